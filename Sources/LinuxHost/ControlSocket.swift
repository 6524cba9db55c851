import CLinux
import Glibc

/// Why the control socket cannot be had or used.
public enum ControlError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens at the path.
    case notRunning(path: String)
    /// The socket belongs to another user.
    case notPermitted(path: String)
    /// Somebody else listens at the path already.
    case alreadyRunning(path: String)
    /// The other side is gone.
    case disconnected
    /// The other side went away in the middle of a line.
    case cutOff
    /// A line is longer than `ControlConnection.longestLine`, or what should be one line is several.
    case badLine
    case failed(HostError)

    public var description: String {
        switch self {
        case .notRunning(let path): "nobody listens at \(path): is the daemon running?"
        case .notPermitted(let path): "no permission for \(path): run as the daemon's user or as root"
        case .alreadyRunning(let path): "another daemon listens at \(path)"
        case .disconnected: "the other side closed the connection"
        case .cutOff: "the other side closed the connection in the middle of a line"
        case .badLine: "not one line of at most \(ControlConnection.longestLine) bytes"
        case .failed(let error): error.description
        }
    }
}

/// A path as a socket address, however long it is.
struct ControlPath: Sendable {
    let path: String
    private let address: UnixSocketAddress
    /// Holds the directory through which a path is reached that does not fit into an address.
    private let directory: Descriptor?

    init(_ path: String) throws(ControlError) {
        self.path = path
        if let address = UnixSocketAddress(path) {
            (self.address, directory) = (address, nil)
            return
        }
        guard let slash = path.lastIndex(of: "/") else { throw .failed(HostError("use the socket \(path)", code: EINVAL)) }
        let number = clinux_open(AT_FDCWD, String(path[..<slash]) + "/", CLINUX_OPEN_ROOT)
        if number < 0 { throw Self.error(-number, path) }
        let directory = Descriptor(owning: number)
        guard let address = UnixSocketAddress("/proc/self/fd/\(number)\(path[slash...])") else {
            throw .failed(HostError("use the socket \(path)", code: ENAMETOOLONG))
        }
        (self.address, self.directory) = (address, directory)
    }

    /// Zero, or the value of `errno(3)`.
    func bind(_ socket: Int32) -> Int32 { address.withSocketAddress { Glibc.bind(socket, $0, $1) == 0 ? 0 : errno } }
    func connect(_ socket: Int32) -> Int32 { address.withSocketAddress { Glibc.connect(socket, $0, $1) == 0 ? 0 : errno } }

    static func streamSocket(nonBlocking: Bool) throws(ControlError) -> Descriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (nonBlocking ? SOCK_NONBLOCK.rawValue : 0)
        let number = socket(AF_UNIX, Int32(kind), 0)
        let code = errno
        if number < 0 { throw .failed(HostError("create a socket", code: code)) }
        return Descriptor(owning: number)
    }

    static func error(_ code: Int32, _ path: String) -> ControlError {
        switch code {
        case ENOENT, ECONNREFUSED: .notRunning(path: path)
        case EACCES, EPERM: .notPermitted(path: path)
        default: .failed(HostError("connect to \(path)", code: code))
        }
    }
}

/// Cuts a stream of bytes into lines.
struct LineBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var searched = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { bytes.isEmpty }
    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// The next whole line, without its end; nil if there is none yet.
    mutating func next() throws(ControlError) -> [UInt8]? {
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            if bytes.count > limit { throw .badLine }
            return nil
        }
        if end > limit { throw .badLine }
        let line = Array(bytes[..<end])
        bytes.removeFirst(end + 1)
        searched = 0
        return line
    }
}
