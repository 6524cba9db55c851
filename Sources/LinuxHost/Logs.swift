import CLinux
import Glibc
import Logging

/// Where log messages go.
public enum Logs {
    public enum Destination: Hashable, Sendable {
        /// The system journal, natively.
        case journal
        /// Standard error, as text.
        case text
    }

    /// The journal where standard error is connected to it: `$JOURNAL_STREAM` has its device and inode (`systemd.exec(5)`). Else text.
    public static func destination(environment: (String) -> String? = environmentValue) -> Destination {
        destination(environment: environment, standardError: STDERR_FILENO)
    }

    static func destination(environment: (String) -> String?, standardError: Int32) -> Destination {
        var status = clinux_status()
        guard let stream = environment("JOURNAL_STREAM"), clinux_status(standardError, "", &status) == 0 else { return .text }
        return stream == "\(status.device):\(status.inode)" ? .journal : .text
    }

    /// What `LoggingSystem.bootstrap` takes. Falls back to text where no socket can be had.
    ///
    /// - Parameter identifier: the program's name in the journal.
    public static func factory(
        to destination: Destination, identifier: String, level: Logger.Level, journalSocket: String = JournalSender.standardSocket
    ) -> @Sendable (String) -> any LogHandler {
        if destination == .journal, let sender = try? JournalSender(socket: journalSocket) {
            return { _ in JournalLogHandler(identifier: identifier, level: level, sender: sender) }
        }
        return { _ in TextLogHandler(level: level) }
    }
}
