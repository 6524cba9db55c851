import HTTPTransport

/// The one seam between the client and the network: a request out, its answer back.
///
/// A conforming type answers requests concurrently, ends one whose task is cancelled with `CancellationError`, and throws `TransportError` where
/// there is no answer. It sends every request at most once.
public protocol Transport: Sendable {
    func send(_ request: HTTPTransport.Request) async throws -> HTTPTransport.Response
}

extension HTTPLoop: Transport {}
