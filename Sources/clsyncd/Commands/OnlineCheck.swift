import ContentLibraryAPI
import ContentLibraryClient
import MirrorCore
import MirrorEngine

/// Looks at what a configuration names at the server. Changes nothing there.
struct OnlineCheck: Sendable {
    private let configuration: Configuration
    private let client: ContentLibraryClient

    init(_ configuration: Configuration, _ client: ContentLibraryClient) { (self.configuration, self.client) = (configuration, client) }

    /// The server first, then each mirror. Throws where the server cannot be asked at all.
    func findings() async throws -> [OnlineFinding] {
        try await client.call(Session.get())
        let dialect = client.dialect.map { " by \(Self.name($0))" } ?? ""
        var findings = [
            OnlineFinding(subject: .server("\(configuration.server.url)"), state: .good, text: "logged in as \(configuration.server.username)\(dialect)")
        ]
        for mirror in configuration.mirrors { findings.append(try await find(mirror)) }
        return findings
    }

    private func find(_ mirror: MirrorRules) async throws -> OnlineFinding {
        let name = "library \"\(mirror.library)\""
        do {
            let library = try await LibraryResolver(client: client).resolve(mirror, recorded: nil, mayCreate: false, token: "")
            return OnlineFinding(subject: .mirror(mirror.name), state: .good, text: "\(name) is \(library.id.rawValue)", library: library.id.rawValue)
        } catch LibraryError.notCreated {
            return OnlineFinding(subject: .mirror(mirror.name), state: .toBeCreated, text: "\(name) does not exist yet; the first pass creates it")
        } catch let error as LibraryError {
            return OnlineFinding(subject: .mirror(mirror.name), state: .failed, text: "\(error)")
        } catch let error as APIError where error.kind != .unauthenticated && error.kind != .serviceUnavailable {
            return OnlineFinding(subject: .mirror(mirror.name), state: .failed, text: "\(name): \(error)")
        }
    }

    private static func name(_ dialect: Dialect) -> String {
        switch dialect {
        case .api: "api"
        case .rest: "rest"
        case .jsonRPC: "vapi"
        }
    }
}

/// One thing that an online check found out.
struct OnlineFinding: Error, Hashable, CustomStringConvertible {
    enum Subject: Hashable, Sendable {
        /// Its URL.
        case server(String)
        case mirror(String)
    }
    enum State: String, Sendable { case good, toBeCreated = "to-be-created", failed }

    var subject: Subject
    var state: State
    /// For people.
    var text: String
    /// The library's id, where there is one.
    var library: String?

    init(subject: Subject, state: State, text: String, library: String? = nil) {
        (self.subject, self.state, self.text, self.library) = (subject, state, text, library)
    }

    var description: String {
        let safe = printable(Array(text.utf8))
        return switch subject {
        case .server(let url): "server \(url): \(safe)"
        case .mirror(let name): "mirror \(name): \(safe)"
        }
    }

    /// A line of `--json`.
    var json: JSON {
        let subject: [JSON.Member] =
            switch subject {
            case .server(let url): [.init("kind", .string("server")), .init("server", .string(url))]
            case .mirror(let name): [.init("kind", .string("library")), .init("mirror", .string(name))]
            }
        let library = library.map { [JSON.Member("library_id", .string($0))] } ?? []
        return .object(subject + [.init("state", .string(state.rawValue))] + library + [.init("message", .string(text))])
    }
}
