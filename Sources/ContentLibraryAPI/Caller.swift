/// Who calls what, before anything of it is believed.
public struct Caller: Sendable, CustomStringConvertible, CustomReflectable {
    /// Not checked yet.
    public let credentials: Credentials
    /// How the call came.
    public let dialect: Dialect
    /// What is called.
    public let operation: Facts
    /// The request's own headers.
    public let headers: [(name: String, value: String)]
    /// The client's name for the call, for the log. It is any text.
    public let opID: String?

    /// Without the headers, which hold secrets.
    public var description: String { "\(operation.id) by \(credentials)" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? { HTTPRequest("", "", headers: headers).header(name) }
}

/// The parameters of a call as they came, for the declaration to read.
struct Parameters: Sendable {
    /// From path, query and headers; they win over the body's.
    var texts: [(name: String, value: String)] = []
    /// An object by name.
    var body: JSON = .object([])
    var tagged = false

    func read<Value: WireValue>(_ name: String, _: Value.Type) throws -> Value {
        if let text = texts.first(where: { $0.name == name }) { return try Reader(text: text.value).read(Value.self, named: name) }
        return try Value.read(name, of: Reader(body, tagged: tagged))
    }
}
