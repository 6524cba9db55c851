import Glibc
import LinuxHost

/// The directory of the control socket.
struct RuntimeDirectory: Sendable {
    let path: String

    var socket: String { "\(path)/control.sock" }

    /// Makes the directory where it is missing, and listens. The caller holds the lock of the state directory.
    func listen() throws -> ControlListener {
        if mkdir(path, 0o750) != 0, errno != EEXIST {
            throw RuntimeDirectoryError(path: path, detail: String(cString: strerror(errno)))
        }
        do throws(ControlError) {
            return try ControlListener.open(socket)
        } catch {
            guard case .failed(let cause) = error else { throw error }
            throw RuntimeDirectoryError(path: path, detail: cause.description)
        }
    }
}

/// Why there can be no control socket.
struct RuntimeDirectoryError: Error, Hashable, CustomStringConvertible {
    var path: String
    var detail: String

    var description: String { "the runtime directory \(path) cannot be used: \(detail); set runtime_directory in [daemon] to one that this user can write" }
}
