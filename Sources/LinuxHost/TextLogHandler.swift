import ContentLibraryAPI
import Glibc
import Logging
import MirrorCore

/// Logs one line a message: time (UTC), level, message, `key=value`. No value can break the line or reach the terminal as a control character.
public struct TextLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let write: @Sendable ([UInt8]) -> Void
    private let now: @Sendable () -> Timestamp

    /// Writes to standard error, each line in one piece.
    public init(level: Logger.Level) { self.init(level: level, write: standardError, now: Timestamp.now) }

    init(level: Logger.Level, write: @escaping @Sendable ([UInt8]) -> Void, now: @escaping @Sendable () -> Timestamp) {
        (logLevel, self.write, self.now) = (level, write, now)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let line = LoggedValues(event, metadata, metadataProvider).line(event.message)
        write(Array("\(now().text) \(event.level.rawValue) \(line)\n".utf8))
    }
}

/// The values of one message: the handler's, the provider's and the message's own, the later ones winning.
struct LoggedValues {
    /// By key.
    let all: [(key: String, value: String)]

    init(_ event: LogEvent, _ metadata: Logger.Metadata, _ provider: Logger.MetadataProvider?) {
        var merged = metadata
        if let provided = provider?.get() { merged.merge(provided) { _, new in new } }
        if let own = event.metadata { merged.merge(own) { _, new in new } }
        if let error = event.error { merged["error"] = "\(error)" }
        all = merged.map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
    }

    subscript(key: String) -> String? { all.first { $0.key == key }?.value }

    /// The message with its values, in one safe line. The event's name is for machines: the message says it in words.
    func line(_ message: Logger.Message) -> String {
        let pairs = all.filter { $0.key != "event" }.map { " \(safe($0.key))=\(quoted($0.value))" }
        return safe(message.description) + pairs.joined()
    }

    private func safe(_ text: String) -> String { printable(Array(text.utf8)) }
    private func quoted(_ text: String) -> String {
        let plain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=") }
        return plain ? safe(text) : "\"" + safe(text).map { $0 == "\"" ? "\\\"" : String($0) }.joined() + "\""
    }
}

@Sendable private func standardError(_ line: [UInt8]) {
    var done = 0
    while done < line.count {
        let count = line[done...].withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        let code = errno
        if count > 0 { done += count } else if code != EINTR { return }
    }
}
