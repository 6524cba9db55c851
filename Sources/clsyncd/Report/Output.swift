import ContentLibraryAPI
import Glibc
import LinuxHost
import MirrorCore
import MirrorEngine
import StrictTOML

/// The process's standard output and standard error.
enum Output {
    /// False where nobody reads any more.
    @discardableResult static func line(_ text: String) -> Bool { write(Array("\(text)\n".utf8), to: STDOUT_FILENO) }

    /// One line of JSON Lines.
    @discardableResult static func line(_ json: JSON) -> Bool { line(json.serialized) }
    @discardableResult static func line(_ report: ReportLine) -> Bool { write(report.json + [UInt8(ascii: "\n")], to: STDOUT_FILENO) }

    @discardableResult static func complain(_ text: String) -> Bool { write(Array("\(severity)\(text)\n".utf8), to: STDERR_FILENO) }

    /// sd-daemon(3): tells the journal, where it reads standard error, that the line is an error.
    private static let severity = Logs.destination() == .journal ? "<3>" : ""

    /// Text for a terminal, as it is.
    static func draw(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// What a command could not do, in one line.
    static func complain(of error: any Error) {
        if let errors = error as? ConfigurationErrors { return errors.problems.forEach { complain("\($0)") } }
        let text = error is CancellationError ? "interrupted" : "\(error)"
        complain("clsyncd: error: \(printable(Array(text.utf8)))")
    }

    /// Unbuffered: who reads a pipe sees each line when it is printed.
    @discardableResult private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
