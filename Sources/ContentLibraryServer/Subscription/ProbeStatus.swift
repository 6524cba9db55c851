import ContentLibraryAPI
import HTTPTransport

// What an address that gave nothing is called, a publisher's or a source's.
extension SubscribedLibrary.ProbeResult.Status {
    /// Of no answer.
    init(of reason: TransportError.Reason) {
        self =
            switch reason {
            case .cannotResolve: .hostNotFound
            case .connectTimeout, .stalled: .timedOut
            case .untrusted, .tls: .certificateError
            case .badRequest: .invalidURL
            default: .unknownError
            }
    }

    /// Of an answer that is no success.
    init(ofAnswer status: Int) {
        self =
            switch status {
            case 401, 403: .invalidCredentials
            case 404, 410: .resourceNotFound
            default: .unknownError
            }
    }
}
