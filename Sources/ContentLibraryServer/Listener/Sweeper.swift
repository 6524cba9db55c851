import Logging
import ServiceLifecycle

/// Deletes, from time to time, what has expired.
public struct Sweeper: Service {
    let service: ContentLibraryService
    let interval: Duration
    let logger: Logger

    public init(service: ContentLibraryService, interval: Duration, logger: Logger) {
        (self.service, self.interval, self.logger) = (service, interval, logger)
    }

    /// Runs until shut down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: interval) } catch { return }
                do { try await service.sweep() } catch {
                    logger.error("expired sessions were not deleted; trying again", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
