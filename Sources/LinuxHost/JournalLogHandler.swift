import Logging
import MirrorCore

/// Logs to the system journal: MESSAGE with every value for people, and the known ones as fields of their own for `journalctl FIELD=value`.
public struct JournalLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let identifier: String
    private let sender: JournalSender

    /// The metadata keys that become journal fields.
    static let fields: [String: String] = [
        "event": "CLSYNCD_EVENT", "mirror": "CLSYNCD_MIRROR", "library": "CLSYNCD_LIBRARY", "item": "CLSYNCD_ITEM", "file": "CLSYNCD_FILE",
        "session": "CLSYNCD_SESSION", "bytes": "CLSYNCD_BYTES", "duration_usec": "CLSYNCD_DURATION_USEC", "reason": "CLSYNCD_REASON",
    ]

    /// - Parameter identifier: SYSLOG_IDENTIFIER, the name before the process id in `journalctl`.
    public init(identifier: String, level: Logger.Level, sender: JournalSender) {
        (self.identifier, logLevel, self.sender) = (identifier, level, sender)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let values = LoggedValues(event, metadata, metadataProvider)
        var entry: [JournalSender.Field] = [
            .init("MESSAGE", values.line(event.message)), .init("PRIORITY", String(event.level.syslogPriority)),
            .init("SYSLOG_IDENTIFIER", identifier),
        ]
        if let kind = values["event"].flatMap(MessageKind.init(rawValue:)) { entry.append(.init("MESSAGE_ID", kind.messageID)) }
        for (key, value) in values.all {
            if let field = Self.fields[key] { entry.append(.init(field, value)) }
        }
        sender.send(entry)
    }
}

extension Logger.Level {
    /// The severity of `syslog(3)`: 2 is critical, 7 is debug.
    var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
