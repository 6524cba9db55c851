import HTTPTransport
import MirrorCore

/// Why the content of a file was not had. It is tried again later.
struct ReadFault: Error, Hashable, Sendable, CustomStringConvertible {
    var path: RelativePath
    var reason: String

    init(_ path: RelativePath, _ reason: String) { (self.path, self.reason) = (path, reason) }
    static func moved(_ path: RelativePath) -> Self { Self(path, "moved while it was read") }
    static func unreadable(_ path: RelativePath, _ why: String) -> Self { Self(path, "cannot be read: \(why)") }
    /// The transfer's own account of what happened to the file.
    init(_ path: RelativePath, _ fault: TransportError.FileFault) {
        switch fault {
        case .short: self = .moved(path)
        case .errno, .digest: self = .unreadable(path, fault.description)
        }
    }

    var description: String { "\(path): \(reason)" }
}
