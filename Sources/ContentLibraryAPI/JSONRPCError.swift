/// A JSON-RPC error: the envelope was refused, not the operation.
public struct JSONRPCError: Error, Sendable, Hashable, CustomStringConvertible {
    /// -32700 not JSON, -32600 no request, -32601 unknown method, -32602 wrong parameters, -32603 internal, -31001 headers and body disagree.
    public var code: Int64
    /// The server's text.
    public var message: String

    public init(_ code: Int64, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { "JSON-RPC error \(code): \(message)".oneLine() }
}
