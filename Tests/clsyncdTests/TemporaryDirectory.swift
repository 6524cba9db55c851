import Glibc

/// A directory that is gone with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/clsyncd-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SmallFailure(errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        guard let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { remove("\(path)/\(name)") }
        }
        closedir(stream)
        rmdir(path)
    }

    /// Writes a file, replacing what was there in place.
    @discardableResult func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SmallFailure(errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else { throw SmallFailure(errno) }
        return file
    }
    @discardableResult func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String { try write(name, Array(text.utf8), mode: mode) }
}

/// A system call of a test that failed.
struct SmallFailure: Error {
    let code: Int32
    init(_ code: Int32) { self.code = code }
}
