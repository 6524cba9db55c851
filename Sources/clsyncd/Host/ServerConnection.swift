import ContentLibraryAPI
import ContentLibraryClient
import Glibc
import HTTPTransport
import LinuxHost
import StrictTOML

/// The way to the configured server: a client on two loops, one for calls and one for files, so that no transfer delays a call.
struct ServerConnection: Sendable {
    /// A server that is away must not keep a command from ending.
    private static let logoutLimit = Duration.seconds(5)

    let client: ContentLibraryClient
    let control: HTTPLoop
    let transfer: HTTPLoop
    /// Of the transfers; it may be changed while they run.
    let bandwidth: BandwidthLimit
    private let password: PasswordSource
    /// Reads what a login needs: a hung disk holds this thread and nothing else.
    private let disk: DiskThread

    /// Starts the loops. Nothing is sent before the first call.
    /// - Parameter bandwidthLimit: bytes a second of all transfers together; nil is no limit.
    init(_ settings: ServerSettings, transfers: Int, bandwidthLimit: Int64? = nil, environment: [String: String]) async throws {
        let disk = try DiskThread(name: "password")
        let trust = try await disk.run { try settings.trust.resolved() }
        let password = PasswordSource(settings.password, environment: environment)
        control = try HTTPLoop(Self.loop("control", settings, trust, connections: 16))
        bandwidth = BandwidthLimit(bytesPerSecond: bandwidthLimit)
        var loop = Self.loop("transfer", settings, trust, connections: max(16, transfers))
        loop.bandwidth = bandwidth
        transfer = try HTTPLoop(loop)
        client = try ContentLibraryClient(
            ContentLibraryClient.Configuration(
                server: settings.url.description, api: settings.api.choice, transferHosts: settings.transferHosts.map(\.description),
                allowPlaintext: settings.allowPlaintext),
            control: control, transfer: transfer,
            credentials: { (settings.username, try await disk.run { try password.read().text }) })
        (self.password, self.disk) = (password, disk)
    }

    /// Changes when the source of the password does; nil while there is none.
    func passwordStamp() async throws -> FileStamp? { try await disk.run { [password] in password.stamp } }

    private static func loop(_ name: String, _ settings: ServerSettings, _ trust: Trust, connections: Int) -> HTTPLoop.Configuration {
        HTTPLoop.Configuration(
            name: name, trust: trust, proxy: settings.proxy.map { .url($0) } ?? .environment, maxConnections: connections,
            maxConnectionsPerHost: connections, userAgent: "clsyncd/\(Version.current)")
    }

    /// Ends the login and both loops, whether the calling task is cancelled or not.
    func close() async {
        await Task { await end() }.value
    }

    private func end() async {
        await withTaskGroup { group in
            group.addTask { try? await client.logout() }
            group.addTask { try? await Task.sleep(for: Self.logoutLimit) }
            await group.next()
            group.cancelAll()
        }
        await control.close()
        await transfer.close()
        disk.close()
    }

    /// Opens a connection for the body and closes it afterwards, however the body ends.
    static func with<Result: Sendable>(
        _ configuration: Configuration, _ body: @Sendable (ServerConnection) async throws -> Result
    ) async throws -> Result {
        let daemon = configuration.daemon
        let connection = try await ServerConnection(
            configuration.server, transfers: daemon.workers * daemon.transfersPerItem, bandwidthLimit: daemon.bandwidthLimit,
            environment: CommonOptions.environment)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}

extension ServerSettings.Dialect {
    fileprivate var choice: APIChoice {
        switch self {
        case .auto: .auto
        case .api: .fixed(.api)
        case .rest: .fixed(.rest)
        case .vapi: .fixed(.jsonRPC)
        }
    }
}

extension ServerSettings.ServerTrust {
    /// Reads the certificates. Blocks on the disk.
    fileprivate func resolved() throws(TrustError) -> Trust {
        switch self {
        case .system: .system
        case .authorities(let file): try .authorities(fromFile: file)
        case .pinned(let thumbprint): .pinned(thumbprint)
        }
    }
}
