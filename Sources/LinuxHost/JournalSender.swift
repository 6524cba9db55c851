import CLinux
import Glibc
import Synchronization

/// Sends entries to the system journal in its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
///
/// Not by `sd_journal_sendv(3)`, which waits for as long as journald does not read: a stopped journald would stop the daemon. Here an entry
/// waits a tenth of a second at most, and the first after a loss says how many were lost.
public final class JournalSender: Sendable {
    /// Where journald listens.
    public static let standardSocket = "/run/systemd/journal/socket"

    public struct Field: Hashable, Sendable {
        /// Capital letters, digits and underscores, not at the beginning.
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    private let sender: DatagramSender
    private let lost = Mutex(0)
    private static let pauseMicroseconds: UInt32 = 5000
    private static let pauses = 20

    /// - Parameter socket: a path, or a name in the abstract namespace that begins with `@`.
    public init(socket: String = standardSocket) throws(HostError) { sender = try DatagramSender(to: socket) }

    /// Sends one entry. Entries of one caller arrive in order.
    public func send(_ fields: [Field]) {
        lost.withLock { lost in
            if lost > 0, deliver(Self.lossNotice(lost, like: fields), patient: false) { lost = 0 }
            // After a loss nobody waits until journald reads again.
            if !deliver(fields, patient: lost == 0) { lost += 1 }
        }
    }

    private func deliver(_ fields: [Field], patient: Bool) -> Bool {
        let datagram = Self.datagram(fields)
        for pause in 0...Self.pauses {
            let code = sender.send(datagram)
            switch code {
            case 0: return true
            case EMSGSIZE, ENOBUFS: return deliverLarge(datagram)
            case EAGAIN where patient && pause < Self.pauses: usleep(Self.pauseMicroseconds)
            default: return false
            }
        }
        return false
    }

    /// What does not fit into a datagram goes as a sealed memory file.
    private func deliverLarge(_ datagram: [UInt8]) -> Bool {
        let number = clinux_sealed_memory("clsyncd-journal", datagram, datagram.count)
        return number >= 0 && sender.send(descriptor: Descriptor(owning: number)) == 0
    }

    /// `NAME=value` and a line break; a value with line breaks is preceded by its length in 64 bits, little-endian.
    static func datagram(_ fields: [Field]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            bytes += Array(field.name.utf8)
            let value = Array(field.value.utf8)
            if value.contains(UInt8(ascii: "\n")) {
                bytes.append(UInt8(ascii: "\n"))
                withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += Array($0) }
            } else {
                bytes.append(UInt8(ascii: "="))
            }
            bytes += value
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private static func lossNotice(_ count: Int, like fields: [Field]) -> [Field] {
        [
            Field("MESSAGE", "the system journal did not take \(count) log messages"), Field("PRIORITY", "4"),
            Field("MESSAGE_ID", MessageKind.logsLost.messageID), Field("CLSYNCD_EVENT", MessageKind.logsLost.rawValue),
        ] + fields.filter { $0.name == "SYSLOG_IDENTIFIER" }
    }
}
