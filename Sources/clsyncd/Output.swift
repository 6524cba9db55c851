import ContentLibraryAPI
import Glibc

/// The process's standard output and standard error.
enum Output {
    static func line(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// One line of JSON Lines.
    static func line(_ json: JSON) { line(json.serialized) }

    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Unbuffered: who reads a pipe sees each line when it is printed. What nobody can read is dropped.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array("\(text)\n".utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
