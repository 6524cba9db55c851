import ArgumentParser
import ContentLibraryServer
import Glibc
import Logging
import ServiceLifecycle
import StrictTOML
import Synchronization
import UnixSignals

/// The process: arguments in, exit code out. 0 after a shutdown that was asked for, 1 when it cannot serve, 2 for its arguments.
@main
struct ServerProcess {
    /// How long a shutdown waits for calls and transfers under way.
    private static let drainTime = Duration.seconds(10)

    static func main() async {
        let command: ServerCommand
        do {
            command = try ServerCommand.parse()
        } catch {
            leave(parsing: error)
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        do {
            try await run(command, Logger(label: "content-library-server"))
        } catch let error as ValidationError {
            say("error: \(error.message)")
            exit(2)
        } catch let errors as ConfigurationErrors {
            say("error: the faults are not in order\n\(errors)")
            exit(2)
        } catch let error as StartupError where error.isMisconfiguration {
            say("error: \(error)")
            exit(2)
        } catch {
            say("error: \(error)")
            exit(1)
        }
    }

    /// Help and version are answers, and go to standard output; everything else is a mistake in the arguments.
    private static func leave(parsing error: any Error) -> Never {
        let text = ServerCommand.fullMessage(for: error)
        if ServerCommand.exitCode(for: error).isSuccess {
            print(text)
            exit(0)
        }
        say(text)
        exit(2)
    }

    private static func say(_ text: String) {
        let line = Array("content-library-server: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func run(_ command: ServerCommand, _ logger: Logger) async throws {
        let ready = command.readyFile.map(ReadyFile.init(path:))
        try ready?.remove()
        let address = try command.address()
        let directory = try DataDirectory(command.data)
        let identity = try identity(command, address, directory)
        let configuration = try configuration(command, identity, logger)
        if command.plaintext, !address.isLoopback { logger.warning("without TLS, passwords and content can be read by anybody on the network") }
        let service = try await ContentLibraryService(configuration, in: directory, logger: logger, now: WallClock.now)
        let failure = Mutex<(any Error)?>(nil)
        let listener = ContentLibraryListener(service: service, address: address, identity: identity, logger: logger) { url in
            do {
                try ready?.write(url: url, thumbprint: identity?.thumbprint)
                logger.info("listening", metadata: ["url": "\(url)", "thumbprint": "\(identity?.thumbprint ?? "none, no TLS")"])
            } catch {
                failure.withLock { $0 = error }
                kill(getpid(), SIGTERM)
            }
        }
        let interval = min(configuration.sessionTimeout / 4, .seconds(15))
        var services: [any ServiceLifecycle.Service] = [
            listener, Sweeper(service: service, interval: max(interval, .milliseconds(50)), logger: logger),
        ]
        if let path = command.faults { services.append(await FaultsReloader(path: path, service: service, logger: logger)) }
        var group = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = drainTime
        do {
            try await ServiceGroup(configuration: group).run()
        } catch is CancellationError {
            logger.warning("stopped with transfers under way", metadata: ["transfers": "\(service.transfersUnderWay)"])
        } catch {
            failure.withLock { $0 = error }
        }
        try ready?.remove()
        try await service.close()
        if let failure = failure.withLock({ $0 }) { throw failure }
        logger.info("stopped")
    }

    private static func identity(_ command: ServerCommand, _ address: ListenAddress, _ directory: DataDirectory) throws -> TLSIdentity? {
        if command.plaintext { return nil }
        if let certificate = command.tlsCert, let key = command.tlsKey { return try TLSIdentity(certificate: certificate, key: key) }
        return try .selfSigned(in: directory.path, names: [address.host])
    }

    private static func configuration(_ command: ServerCommand, _ identity: TLSIdentity?, _ logger: Logger) throws -> ServerConfiguration {
        var users = try command.commandLineUsers()
        if let path = command.users { users += try UsersFile.read(path, warn: { logger.warning("\($0)") }) }
        var names: Set<String> = []
        for user in users where !names.insert(user.name).inserted { throw ValidationError("the user \(user.name) is given twice") }
        var publicURL = command.publicURL
        while let url = publicURL, url.hasSuffix("/") { publicURL = String(url.dropLast()) }
        var configuration = ServerConfiguration(
            dataDirectory: command.data, users: users, sessionTimeout: try ServerCommand.time(command.sessionTimeout, "--session-timeout"),
            loginTimeout: try ServerCommand.time(command.loginTimeout, "--login-timeout"), datastores: try command.datastores(),
            storageRoots: command.storageRoot, publicURL: publicURL,
            scheme: identity.map { .https(thumbprint: $0.thumbprint) } ?? .http)
        if let path = command.faults { configuration.faults = try FaultsFile.read(path) }
        if let hosts = command.pullHosts.flatMap(PullHosts.init) { configuration.pullHosts = hosts }
        if let profile = ServerProfile(rawValue: command.profile) { configuration.profile = profile }
        return configuration
    }
}
