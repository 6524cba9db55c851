import ContentLibraryAPI
import Glibc

/// Says, to whoever started the server, that it accepts connections, and where: `{"url":...,"thumbprint":...,"pid":...}`.
public struct ReadyFile: Sendable {
    private let path: String

    public init(path: String) { self.path = path }

    /// Appears as a whole. Blocks. Throws `StartupError`.
    public func write(url: String, thumbprint: String?) throws {
        var members: [JSON.Member] = [.init("url", .string(url))]
        if let thumbprint { members.append(.init("thumbprint", .string(thumbprint))) }
        members.append(.init("pid", .int(Int64(getpid()))))
        var out = JSONWriter()
        out.value(.object(members))
        do { try FileSystem.replace(path, with: out.bytes + [UInt8(ascii: "\n")], mode: 0o644) } catch {
            throw StartupError.readyFile(path: path, why: error.reason)
        }
    }

    /// A file that is not there is as good as removed. Blocks. Throws `StartupError`.
    public func remove() throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw StartupError.readyFile(path: path, why: String(cString: strerror(errno))) }
    }
}
