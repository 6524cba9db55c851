import ContentLibraryAPI
import ContentLibraryClient
import ContentLibraryServer
import HTTPTransport
import Logging
import MirrorCore
import MirrorEngine
import Synchronization

/// A real server in the simulation's process, which can be away and come back on the same data.
final class SimulatedServer: Transport {
    private struct State {
        var service: ContentLibraryService?
        var transport: InProcessTransport?
    }
    static let user = "mirror@vsphere.local"
    static let rival = "rival@vsphere.local"

    private let directory: String
    private let clock: TestClock
    private let loop: SerialLoop
    private let state = Mutex(State())

    init(directory: String, clock: TestClock, loop: SerialLoop) async throws {
        (self.directory, self.clock, self.loop) = (directory, clock, loop)
        try await start()
    }

    func start() async throws {
        let users = [Self.user, Self.rival].map { User(name: $0, password: .plain("secret")) }
        let service = try await ContentLibraryService(
            ServerConfiguration(dataDirectory: "\(directory)/data", users: users, scheme: .http, diskThreads: 0),
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }, now: { [clock] in clock.wallTime() })
        state.withLock { $0 = State(service: service, transport: InProcessTransport(service, threads: nil)) }
    }

    /// Requests under way come to their end first: none of them waits for anything but the others.
    func stop() async throws {
        let service = state.withLock { state in
            defer { state = State() }
            return state.service
        }
        try await clock.sleep(for: .milliseconds(1))
        try await loop.outside { try await service?.close() }
    }

    /// What the server does from time to time by itself.
    func sweep() async throws { try await state.withLock { $0.service }?.sweep() }

    func send(_ request: HTTPTransport.Request) async throws -> HTTPTransport.Response {
        guard let transport = state.withLock({ $0.transport }) else {
            throw TransportError(.cannotConnect(detail: "the server is away"), peer: "simulation", isBeforeSending: true)
        }
        return try await transport.send(request)
    }

    func client(of user: String, over transport: any Transport) throws -> ContentLibraryClient {
        try ContentLibraryClient(
            .init(server: "http://localhost", api: .fixed(.jsonRPC)), control: transport, transfer: transport, credentials: { (user, "secret") },
            now: { [clock] in .nanoseconds(clock.now().nanoseconds) })
    }
}
