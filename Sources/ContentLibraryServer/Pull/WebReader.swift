import Digests
import HTTPTransport

/// Fetches a file from a web server: few redirects, by the same scheme, to admitted hosts only, and nothing but the whole file counts.
struct WebReader: Sendable {
    let loop: HTTPLoop
    let hosts: PullHosts
    /// Between two tries.
    let pause: @Sendable () async throws -> Void

    static let redirectLimit = 5
    /// In all, where the reason may pass by itself.
    static let tryLimit = 3

    /// Throws `PullFailure`, or `CancellationError`. After a try that failed some bytes may have been written: the next one writes them anew.
    func read(_ url: String, _ thumbprint: Thumbprint?, to sink: FileSink) async throws -> Transferred {
        var tries = 1
        while true {
            do { return try await readOnce(url, thumbprint, sink) } catch let failure as Passing {
                guard tries < Self.tryLimit else { throw failure.failure }
            }
            tries += 1
            try await pause()
        }
    }

    /// What another try may overcome.
    private struct Passing: Error {
        let failure: PullFailure
    }

    private func readOnce(_ url: String, _ thumbprint: Thumbprint?, _ sink: FileSink) async throws -> Transferred {
        var url = url
        for _ in 0...Self.redirectLimit {
            let peer = try origin(of: url, after: nil)
            guard hosts.admits(peer.host) else { throw PullFailure.redirect("is no host that this server pulls from", peer: peer.authority) }
            let response = try await send(url, thumbprint, sink)
            switch response.status {
            case 200:
                guard let received = response.received else { throw PullFailure.answer(status: 200, peer: peer.authority) }
                return received
            case 301, 302, 303, 307, 308:
                guard let location = response.headers["Location"], let next = URLReference.resolve(location, against: url) else {
                    throw PullFailure.redirect("redirects to nowhere", peer: peer.authority)
                }
                let target = try origin(of: next, after: peer)
                guard target.scheme == peer.scheme else { throw PullFailure.redirect("redirects to \(target.scheme)", peer: peer.authority) }
                url = next
            case 429, 502, 503, 504: throw Passing(failure: .answer(status: response.status, peer: peer.authority))
            default: throw PullFailure.answer(status: response.status, peer: peer.authority)
            }
        }
        throw PullFailure.redirect("and others redirect more than \(Self.redirectLimit) times", peer: try origin(of: url, after: nil).authority)
    }

    private func send(_ url: String, _ thumbprint: Thumbprint?, _ sink: FileSink) async throws -> Response {
        do {
            return try await loop.send(
                Request(method: "GET", url: url, sink: .file(sink), timeouts: .transfer, trust: thumbprint.map { .pinned($0) }))
        } catch let error as TransportError {
            if case .tooLarge(let limit) = error.reason { throw PullFailure.longer(than: Int64(limit)) }
            if case .sink(.errno(let code, _)) = error.reason { throw SystemCallError("write", "a pulled file", code: code) }
            if error.isTransient { throw Passing(failure: .transport(error)) }
            throw PullFailure.transport(error)
        }
    }

    private func origin(of url: String, after redirecting: Origin?) throws -> Origin {
        do { return try Origin(ofURL: url) } catch {
            guard let redirecting else { throw PullFailure.transport(error) }
            throw PullFailure.redirect("redirects to what is no http or https address", peer: redirecting.authority)
        }
    }
}
