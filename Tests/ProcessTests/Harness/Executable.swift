import Glibc

/// The programs under test, as the build left them.
enum Executable: String {
    case clsyncd
    case server = "content-library-server"
    case simulator = "vcsim"
    /// A file system in a process (FUSE).
    case bindfs

    /// `CLSYNCD_BIN_DIR`, else the build directory of the package that these tests are in.
    private static let directory: String = {
        if let directory = getenv("CLSYNCD_BIN_DIR") { return String(cString: directory) }
        return "\(package)/.build/debug"
    }()
    private static let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

    var path: String {
        get throws {
            let (path, source) =
                switch self {
                case .clsyncd, .server: ("\(Self.directory)/\(rawValue)", "built by swift build")
                case .simulator: ("\(Self.package)/.build/vcsim", "built by scripts/build-simulator")
                case .bindfs: ("/usr/bin/bindfs", "installed by make deps")
                }
            guard access(path, X_OK) == 0 else { throw SystemError("run \(path) (\(source))") }
            return path
        }
    }
}
