import Glibc

/// A system call that failed, with what it was about.
struct SystemCallError: Error, CustomStringConvertible {
    let call: String
    let path: String
    let code: Int32

    init(_ call: String, _ path: String, code: Int32 = errno) { (self.call, self.path, self.code) = (call, path, code) }

    var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
    var reason: String { String(cString: strerror(code)) }
    var description: String { "\(call) \(path): \(reason)" }
}
