import HTTPTransport
import LinuxHost
import Logging
import MirrorCore
import MirrorEngine
import StrictTOML

/// Puts a new configuration in force while the daemon runs.
struct Reloader: Sendable {
    let configuration: Configuration
    let file: String
    let engine: Engine
    let bandwidth: BandwidthLimit
    let notifier: SystemdNotifier
    let logger: Logger

    init(_ configuration: Configuration, file: String, engine: Engine, bandwidth: BandwidthLimit, notifier: SystemdNotifier, logger: Logger) {
        (self.configuration, self.file, self.engine, self.bandwidth) = (configuration, file, engine, bandwidth)
        (self.notifier, self.logger) = (notifier, logger)
    }

    /// Until cancelled: one reload after the other. A person looks: what waits for another try, a refused login too, is tried at once.
    func run(_ requests: AsyncStream<Void>) async throws {
        let disk = try DiskThread(name: "configuration")
        defer { disk.close() }
        for await _ in requests {
            notifier.reloading()
            do {
                try await reload(disk)
            } catch let errors as ConfigurationErrors {
                for problem in errors.problems { refused("\(problem)") }
            } catch let error as CancellationError {
                throw error
            } catch {
                refused("\(error)")
            }
            await engine.rescan()
            notifier.ready()
        }
    }

    private func reload(_ disk: DiskThread) async throws {
        let new = try await disk.run { [file] in try ConfigurationFile.load(file, environment: CommonOptions.environment) }
        let difference = ReloadDifference(from: configuration, to: new)
        if !difference.foreign.isEmpty {
            return refused("\(difference.foreign.joined(separator: ", ")) cannot change while clsyncd runs, and the mirrors may depend on it: restart it")
        }
        try await engine.apply(new.mirrors)
        bandwidth.set(bytesPerSecond: new.daemon.bandwidthLimit)
        let later = difference.later.joined(separator: ", ")
        logger.notice(
            later.isEmpty ? "the new configuration is in force" : "the mirrors of the new configuration are in force; the rest needs a restart",
            metadata: ["event": "reloaded", "mirrors": "\(new.mirrors.map(\.name).joined(separator: ", "))"].merging(
                later.isEmpty ? [:] : ["reason": "changed, and in force after a restart: \(later)"]
            ) { $1 })
    }

    private func refused(_ reason: String) {
        logger.error("the configuration was refused; the old one stays in force", metadata: ["event": "configuration-refused", "reason": "\(reason)"])
    }
}

/// What a new configuration changes besides the mirrors.
struct ReloadDifference: Hashable {
    /// Keys that make it another server or another user: new mirrors must not be applied to the old one.
    private(set) var foreign: [String] = []
    /// Keys that count after a restart.
    private(set) var later: [String] = []

    init(from old: Configuration, to new: Configuration) {
        let (server, daemon) = ((old.server, new.server), (old.daemon, new.daemon))
        if server.0.url != server.1.url { foreign.append("[server] url") }
        if server.0.username != server.1.username { foreign.append("[server] username") }
        note("[server] password_file or password_credential", server.0.password != server.1.password)
        note("[server] ca_file or thumbprint", server.0.trust != server.1.trust)
        note("[server] api", server.0.api != server.1.api)
        note("[server] proxy", server.0.proxy != server.1.proxy)
        note("[server] allow_plaintext", server.0.allowPlaintext != server.1.allowPlaintext)
        note("[server] transfer_hosts", server.0.transferHosts != server.1.transferHosts)
        note("[daemon] state_directory", daemon.0.stateDirectory != daemon.1.stateDirectory)
        note("[daemon] runtime_directory", daemon.0.runtimeDirectory != daemon.1.runtimeDirectory)
        note("[daemon] workers", daemon.0.workers != daemon.1.workers)
        note("[daemon] transfers_per_item", daemon.0.transfersPerItem != daemon.1.transfersPerItem)
        note("[daemon] rescan_interval", daemon.0.rescanInterval != daemon.1.rescanInterval)
    }

    private mutating func note(_ key: String, _ isChanged: Bool) { if isChanged { later.append(key) } }
}
