import Glibc

/// A system call of a test that failed.
struct SystemError: Error, CustomStringConvertible {
    let action: String
    let code: Int32

    init(_ action: String, code: Int32 = errno) { (self.action, self.code) = (action, code) }

    var description: String { "cannot \(action): \(String(cString: strerror(code)))" }
}
