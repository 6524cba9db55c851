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
    /// The address that the request came from, if whoever carried it knows.
    public let peer: String?
    /// The client's name for the call, for the log. It is any text.
    public let opID: String?

    /// Without the headers, which hold secrets.
    public var description: String { "\(operation.id) by \(credentials)" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? { HTTPRequest("", "", headers: headers).header(name) }
}
