import Glibc
import MirrorCore

/// A system call that failed, outside of any mirror's tree.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done and to what, as in `open /run/clsyncd/control.sock`.
    public var action: String
    /// The value of `errno(3)`.
    public var code: Int32

    public init(_ action: String, code: Int32) { (self.action, self.code) = (action, code) }
    public var text: String { errorText(code) }
    public var description: String { "cannot \(action): \(text)" }
}

/// The text of `strerror(3)`, from any thread.
func errorText(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

extension ScanProblem {
    init(_ path: RelativePath, code: Int32) { self.init(path: path, code: code, text: errorText(code)) }
}

/// A file descriptor, closed with its last owner.
final class Descriptor: Sendable {
    let number: Int32

    init(owning number: Int32) { self.number = number }
    deinit { close(number) }
}

/// The value of an environment variable.
@Sendable public func environmentValue(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
