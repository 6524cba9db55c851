import Glibc

/// The right to be the only process that works with a state directory: an advisory lock (`flock(2)`) on its file `lock`, which the kernel
/// releases when the process ends, however it ends.
public final class StateLock: Sendable {
    private let descriptor: Descriptor

    private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// Takes the lock without waiting, and writes this process's id into the file for whoever comes second. Held until the last reference is gone.
    public static func acquire(directory: String) throws(StateLockError) -> StateLock {
        let path = directory + "/lock"
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let code = errno
        if number < 0 { throw .failed(HostError("open \(path)", code: code)) }
        let descriptor = Descriptor(owning: number)
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EWOULDBLOCK { throw .heldByOther(path: path, process: holder(number)) }
            if code != EINTR { throw .failed(HostError("lock \(path)", code: code)) }
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(number, 0) == 0, pwrite(number, text, text.count, 0) == text.count else {
            let code = errno
            throw .failed(HostError("write \(path)", code: code))
        }
        return StateLock(descriptor)
    }

    private static func holder(_ number: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(number, &bytes, bytes.count, 0)
        return count > 0 ? Int32(String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) : nil
    }
}

public enum StateLockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has it; its id where the file tells.
    case heldByOther(path: String, process: Int32?)
    case failed(HostError)

    public var description: String {
        switch self {
        case .heldByOther(let path, let process): "\(path) is held by " + (process.map { "process \($0)" } ?? "another process")
        case .failed(let error): error.description
        }
    }
}
