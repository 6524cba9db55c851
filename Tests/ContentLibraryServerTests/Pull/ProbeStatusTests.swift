import ContentLibraryAPI
import HTTPTransport
import Testing

@testable import ContentLibraryServer

@Suite struct ProbeStatusTests {
    typealias Status = SubscribedLibrary.ProbeResult.Status

    @Test(
        arguments: [
            (.cannotResolve(host: "h"), .hostNotFound), (.connectTimeout(.seconds(1)), .timedOut), (.stalled(.answering, .seconds(1)), .timedOut),
            (.tls(detail: ""), .certificateError), (.untrusted(presented: nil, expected: nil, detail: ""), .certificateError),
            (.badRequest(detail: ""), .invalidURL), (.cannotConnect(detail: ""), .unknownError), (.connectionLost(detail: ""), .unknownError),
        ] as [(TransportError.Reason, Status)])
    func `what no answer is called`(_ reason: TransportError.Reason, _ status: Status) { #expect(Status(of: reason) == status) }

    @Test(
        arguments: [
            (401, .invalidCredentials), (403, .invalidCredentials), (404, .resourceNotFound), (410, .resourceNotFound), (400, .unknownError),
            (500, .unknownError), (304, .unknownError),
        ] as [(Int, Status)])
    func `what a refusal is called`(_ answer: Int, _ status: Status) { #expect(Status(ofAnswer: answer) == status) }
}
