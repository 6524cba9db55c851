import Glibc

/// Tells the service manager how the service is (`sd_notify(3)`), by datagrams to the socket that `$NOTIFY_SOCKET` names.
///
/// No call waits. Any thread may call.
public struct SystemdNotifier: Sendable {
    public enum Delivery: Hashable, Sendable {
        case sent
        /// The process was not started by a service manager that wants to know.
        case notAsked
        /// The message did not go out; a later one may.
        case failed(HostError)
    }

    /// How often the manager expects `watchdog()` at the latest; to be called twice as often. Nil where there is no watchdog for this process.
    public let watchdogInterval: Duration?
    private let socket: String?

    /// - Parameter environment: looks up NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    public init(environment: (String) -> String? = environmentValue) {
        socket = environment("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap(Int64.init) ?? 0
        watchdogInterval = isForUs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    /// The service is up, or has reloaded its configuration.
    @discardableResult public func ready() -> Delivery { send("READY=1") }
    /// One line for `systemctl status`.
    @discardableResult public func status(_ text: String) -> Delivery { send("STATUS=\(Self.line(text))") }
    /// The configuration is being read anew; `ready()` ends it. Carries the time that `Type=notify-reload` asks for.
    @discardableResult public func reloading() -> Delivery {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return send("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)")
    }
    @discardableResult public func stopping() -> Delivery { send("STOPPING=1") }
    @discardableResult public func watchdog() -> Delivery { send("WATCHDOG=1") }
    /// Moves the time limit of the start, the reload or the stop under way to `duration` from now.
    @discardableResult public func extendTimeout(_ duration: Duration) -> Delivery {
        let (seconds, attoseconds) = duration.components
        return send("EXTEND_TIMEOUT_USEC=\(max(seconds, 0) * 1_000_000 + max(attoseconds, 0) / 1_000_000_000_000)")
    }

    private func send(_ message: String) -> Delivery {
        guard let socket else { return .notAsked }
        do {
            let code = try DatagramSender(to: socket).send(Array(message.utf8))
            return code == 0 ? .sent : .failed(HostError("notify \(socket)", code: code))
        } catch { return .failed(error) }
    }

    /// A line break would begin another assignment.
    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
