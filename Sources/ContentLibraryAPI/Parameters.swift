/// The parameters of a call as they came, for the declaration to read.
struct Parameters: Sendable {
    /// From path, query and headers; they win over the body's.
    var texts: [(name: String, value: String)] = []
    /// An object by name.
    var body: JSON = .object([])
    var tagged = false

    func read<Value: WireValue>(_ name: String, _: Value.Type, noting unknown: UnknownMembers? = nil) throws -> Value {
        if let text = texts.first(where: { $0.name == name }) { return try Reader(text: text.value).read(Value.self, named: name) }
        return try Value.read(name, of: Reader(body, tagged: tagged, noting: unknown))
    }
}
