import ContentLibraryServer
import Logging
import ServiceLifecycle
import StrictTOML
import UnixSignals

/// Reads the faults anew at each SIGHUP. A file that makes no sense changes nothing.
struct FaultsReloader: ServiceLifecycle.Service {
    let path: String
    let service: ContentLibraryService
    let logger: Logger
    let signals: UnixSignalsSequence

    /// Catches SIGHUP from now on.
    init(path: String, service: ContentLibraryService, logger: Logger) async {
        (self.path, self.service, self.logger) = (path, service, logger)
        signals = await UnixSignalsSequence(trapping: .sighup)
    }

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { reload() }
    }

    /// Blocks on the disk for as long as a small file takes.
    func reload() {
        do {
            let plan = try FaultsFile.read(path)
            service.setFaults(plan)
            logger.notice("new faults are in force", metadata: ["faults": "\(plan.rules.count)"])
        } catch {
            for problem in error.problems { logger.error("the faults were refused; the old ones stay in force", metadata: ["reason": "\(problem)"]) }
        }
    }
}
