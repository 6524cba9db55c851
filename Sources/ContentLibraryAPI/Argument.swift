/// A parameter's name and value, encoded.
struct Argument: Sendable {
    let name: String
    let json: [UInt8]

    init<Value: WireValue>(_ name: String, _ value: Value, tagged: Bool) {
        self.name = name
        var out = Writer(tagged: tagged)
        value.write(to: &out)
        json = out.json.bytes
    }

    /// An optional that is unset, in plain JSON.
    var isUnset: Bool { json == Array("null".utf8) }

    /// As it is written in a path or a query.
    func text() throws(WireError) -> String {
        do {
            let value = try JSON(parsing: json)
            return value.text ?? value.serialized
        } catch { throw WireError("cannot be sent: \(error)", at: [name]) }
    }

    /// As a segment of a path. A dot segment, however it is encoded, would be taken for another path on the way (RFC 3986, 5.2.4).
    func pathSegment() throws(WireError) -> String {
        let text = try text()
        guard !["", ".", ".."].contains(text) else { throw WireError("\"\(text)\" cannot be sent as a part of a path", at: [name]) }
        return percentEncode(text)
    }
}
