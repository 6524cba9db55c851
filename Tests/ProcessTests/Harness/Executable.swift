import Glibc

/// The programs under test, as the build left them.
enum Executable: String {
    case clsyncd
    case server = "content-library-server"
    case simulator = "vcsim"

    /// `CLSYNCD_BIN_DIR`, else the build directory of the package that these tests are in.
    private static let directory: String = {
        if let directory = getenv("CLSYNCD_BIN_DIR") { return String(cString: directory) }
        return "\(package)/.build/debug"
    }()
    private static let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

    var path: String {
        get throws {
            let path = self == .simulator ? "\(Self.package)/.build/vcsim" : "\(Self.directory)/\(rawValue)"
            guard access(path, X_OK) == 0 else {
                throw SystemError("run \(path)\(self == .simulator ? " (built by scripts/build-simulator)" : " (built by swift build)")")
            }
            return path
        }
    }
}
