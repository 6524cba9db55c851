import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import Synchronization

/// Carries requests through another transport, records them, and breaks those that a rule names: before they reach the server, or after they had their
/// effect there, as when a connection or a process dies on either side of a call.
///
/// Does not model a body that arrives in part: what the server is given, it is given whole.
public final class FaultyTransport: Transport {
    /// One request.
    public struct Call: Sendable, Hashable {
        /// Counted from 0.
        public var number: Int
        /// The service's last word and the operation, as `update_session.create`, of a JSON-RPC call; the method, as `PUT`, of any other request.
        public var name: String
        /// The file that a transfer's URL names.
        public var file: String?
        /// Bytes of the file that is sent; 0 where none is.
        public var length: Int64
        /// What a call of the API says.
        public var words: String
    }
    public enum Moment: Sendable, Hashable, CaseIterable { case before, after }
    public enum Fault: Sendable {
        /// The connection breaks; the client cannot know on which side of the call.
        case lost
        /// No connection comes about. Not after the call.
        case unreachable
        /// The client gets this answer instead of the server's.
        case answer(HTTPTransport.Response)
        /// The client gets what is made of the server's answer. Not before the call.
        case altered(@Sendable (HTTPTransport.Response) -> HTTPTransport.Response)
    }
    /// Asked before a request goes to the server, and after its answer came; nil lets it pass. It may wait, and act on the world.
    public typealias Rule = @Sendable (Call, Moment) async -> Fault?

    private struct State {
        var rule: Rule
        var calls: [Call] = []
        var underWay = 0
    }
    private let inner: any Transport
    private let state: Mutex<State>

    public init(_ inner: any Transport, rule: @escaping Rule = { _, _ in nil }) {
        self.inner = inner
        state = Mutex(State(rule: rule))
    }

    /// Every request since the start, or since the last `forget()`.
    public var calls: [Call] { state.withLock { $0.calls } }
    public var underWay: Int { state.withLock { $0.underWay } }
    public func forget() { state.withLock { $0.calls = [] } }
    /// For requests from now on; what is under way meets it at its end.
    public func setRule(_ rule: @escaping Rule) { state.withLock { $0.rule = rule } }

    public func send(_ request: HTTPTransport.Request) async throws -> HTTPTransport.Response {
        let call = state.withLock { state in
            let call = Call(request, number: state.calls.count)
            state.calls.append(call)
            state.underWay += 1
            return call
        }
        defer { state.withLock { $0.underWay -= 1 } }
        if let fault = await rule(call, .before) { return try Self.answer(fault, call, nil) }
        let response = try await inner.send(request)
        guard let fault = await rule(call, .after) else { return response }
        return try Self.answer(fault, call, response)
    }

    private func rule(_ call: Call, _ moment: Moment) async -> Fault? { await state.withLock { $0.rule }(call, moment) }

    private static func answer(_ fault: Fault, _ call: Call, _ response: HTTPTransport.Response?) throws -> HTTPTransport.Response {
        switch fault {
        case .lost: throw TransportError(.connectionLost(detail: "by rule, at \(call.name)"), peer: "faulty", isBeforeSending: false)
        case .unreachable: throw TransportError(.cannotConnect(detail: "by rule, at \(call.name)"), peer: "faulty", isBeforeSending: true)
        case .answer(let response): return response
        case .altered(let change): return change(response ?? HTTPTransport.Response(status: 502))
        }
    }
}

extension FaultyTransport.Call {
    fileprivate init(_ request: HTTPTransport.Request, number: Int) {
        let service = request.headers["vapi-service"]?.split(separator: ".").last
        let operation = request.headers["vapi-operation"]
        self.number = number
        name = if let service, let operation { "\(service).\(operation)" } else { request.method }
        file = operation == nil ? request.url.split(separator: "/").last.map { percentDecoded($0) } : nil
        length = if case .file(let body) = request.body { body.length } else { 0 }
        words = if case .bytes(let body) = request.body { String(decoding: body, as: UTF8.self) } else { "" }
    }
}

extension FaultyTransport.Fault {
    /// The API's own refusal, in JSON-RPC.
    public static func refusal(_ kind: APIError.Kind, _ text: String = "by rule") -> Self {
        let message = #"{"STRUCTURE":{"com.vmware.vapi.std.localizable_message":{"id":"by.rule","default_message":"\#(text)","args":[]}}}"#
        let error = #"{"ERROR":{"\#(kind.id)":{"messages":[\#(message)]}}}"#
        return .answer(.init(status: 200, body: Array(#"{"jsonrpc":"2.0","id":"0","result":{"error":\#(error)}}"#.utf8)))
    }
    /// An answer of something before the server, such as a proxy.
    public static func status(_ status: Int, retryAfter seconds: Int? = nil) -> Self {
        let headers = seconds.map { Headers([("Retry-After", String($0))]) } ?? Headers()
        return .answer(.init(status: status, headers: headers, body: Array("by rule".utf8)))
    }
}

private func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
            rest = rest.dropFirst(2)
            bytes.append(value)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
