import CLinux
import Glibc

@testable import LinuxHost
@testable import MirrorCore

/// A directory of its own for one test, removed with its last reference.
final class TemporaryDirectory: Sendable {
    let path: String
    private let isMounted: Bool

    /// - Parameter inMemory: on a file system of its own, where the process may mount one: creating many files on a disk takes long.
    init(inMemory: Bool = false) throws {
        var template = Array("/tmp/clsyncd-host-XXXXXX\0".utf8.map(CChar.init(bitPattern:)))
        guard mkdtemp(&template) != nil else { throw HostError("create a temporary directory", code: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        isMounted = inMemory && mount("tmpfs", path, "tmpfs", 0, "size=256m,nr_inodes=300k") == 0
    }
    deinit {
        if isMounted { umount2(path, Int32(MNT_DETACH)) } else { Self.remove(path) }
        rmdir(path)
    }

    /// Removes what is in the directory.
    private static func remove(_ path: String) {
        chmod(path, 0o700)
        guard let directory = opendir(path) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: 256).prefix { $0 != 0 }) }
            }
            if name == Array(".".utf8) || name == Array("..".utf8) { continue }
            let below = cString(Array((path + "/").utf8) + name)
            if unlinkat(AT_FDCWD, below, 0) == 0 { continue }
            if let text = String(validating: name, as: UTF8.self) { remove(path + "/" + text) }
            rmdir(below)
        }
    }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    @discardableResult func write(_ name: String, _ text: String = "", mode: mode_t = 0o644) throws -> String {
        try write(Array(name.utf8), Array(text.utf8), mode: mode)
        return self(name)
    }
    func write(_ name: [UInt8], _ bytes: [UInt8] = [], mode: mode_t = 0o644) throws {
        let number = open(cString(Array((path + "/").utf8) + name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard number >= 0 else { throw HostError("create \(printable(name))", code: errno) }
        defer { close(number) }
        guard Glibc.write(number, bytes, bytes.count) == bytes.count else { throw HostError("write \(printable(name))", code: errno) }
    }
    /// Creates the directory and those above it.
    @discardableResult func directory(_ name: String) throws -> String {
        var here = path
        for part in name.split(separator: "/") {
            here += "/" + part
            if mkdir(here, 0o755) != 0 && errno != EEXIST { throw HostError("create \(here)", code: errno) }
        }
        return here
    }
    func link(_ name: String, to target: String) throws {
        if symlink(target, self(name)) != 0 { throw HostError("link \(name)", code: errno) }
    }
    func move(_ old: String, _ new: String) throws {
        if rename(self(old), self(new)) != 0 { throw HostError("rename \(old)", code: errno) }
    }
}

extension RelativePath: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let path = RelativePath(text) else { preconditionFailure("\(text) is no path") }
        self = path
    }
}
extension FileName: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let name = FileName(text) else { preconditionFailure("\(text) is no name") }
        self = name
    }
}

/// Waits, looking every few milliseconds, until the condition holds; false after ten seconds.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<2000 {
        if try await condition() { return true }
        await pause()
    }
    return try await condition()
}

/// Five milliseconds, on a thread of its own.
private func pause() async {
    await withCheckedContinuation { continuation in
        do {
            try HostThread.start("pause") {
                usleep(5000)
                continuation.resume()
            }
        } catch { continuation.resume() }
    }
}

/// Runs the body on a thread without root's rights: file access as the user `nobody`, no capability. Whoever is not root runs it as it is.
func withoutPrivileges<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    let reply = Reply<T>()
    return try await reply.wait {
        do {
            try HostThread.start("nobody") {
                if geteuid() == 0 { becomeNobody() }
                reply.settle(Result { try body() })
            }
        } catch { reply.settle(.failure(error)) }
    }
}

/// The system call changes the calling thread alone; it is the C library that changes all threads (nptl(7)).
private func becomeNobody() {
    #if arch(x86_64)
        let setresuid = 117
    #else
        let setresuid = 147
    #endif
    typealias Call = @convention(c) (Int, Int, Int, Int) -> Int
    guard let symbol = dlsym(nil, "syscall") else { preconditionFailure("no syscall(2)") }
    let result = unsafeBitCast(symbol, to: Call.self)(setresuid, 65534, 65534, 65534)
    precondition(result == 0, "cannot give up root's rights")
}

/// Gives the calling thread, and those that it starts from now on, mounts of their own; false where that is not allowed.
func haveOwnMounts() -> Bool {
    let newMounts: Int32 = 0x20000  // CLONE_NEWNS of unshare(2)
    typealias Call = @convention(c) (Int32) -> Int32
    guard let symbol = dlsym(nil, "unshare"), unsafeBitCast(symbol, to: Call.self)(newMounts) == 0 else { return false }
    return mount("none", "/", nil, UInt(MS_REC) | UInt(MS_PRIVATE), nil) == 0
}

/// How many descriptors of this process lead to something at `path` or below it.
func openDescriptors(below path: String) -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = clinux_read_link(AT_FDCWD, "/proc/self/fd/\(name)", &buffer, buffer.count)
        if length > 0, String(decoding: buffer.prefix(length), as: UTF8.self).hasPrefix(path) { count += 1 }
    }
    return count
}
