/// Where a value is written: JSON with type tags (JSON-RPC) or without (`/rest`, `/api`).
public struct Writer {
    /// The text so far.
    public var json = JSONWriter()
    /// JSON-RPC: values carry type tags.
    public let tagged: Bool

    public init(tagged: Bool) { self.tagged = tagged }

    mutating func object(_ body: (inout Writer) -> Void) {
        let tagged = tagged
        json.object { json in
            var inner = Writer(tagged: tagged)
            swap(&inner.json, &json)
            body(&inner)
            swap(&inner.json, &json)
        }
    }

    /// `{"TAG":value}` where tags are written, the value alone where not.
    mutating func tag(_ name: String, _ body: (inout Writer) -> Void) {
        guard tagged else { return body(&self) }
        object { out in
            out.json.key(name)
            body(&out)
        }
    }
}
