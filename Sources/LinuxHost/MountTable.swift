import Glibc
import MirrorCore

/// One line of `/proc/self/mountinfo`.
public struct Mount: Hashable, Sendable {
    public var id: UInt64
    public var parent: UInt64
    /// The part of the file system that is mounted, as seen from its own root.
    public var root: [UInt8]
    /// Where it is mounted. Names are bytes.
    public var mountPoint: [UInt8]
    /// As in `ext4`, `fuse.sshfs`.
    public var fileSystem: String
    public var source: [UInt8]

    /// Whether it is mounted at `path` or below it.
    public func isWithin(_ path: String) -> Bool {
        let path = Array(path.utf8)
        return mountPoint == path || mountPoint.starts(with: path.last == UInt8(ascii: "/") ? path : path + [UInt8(ascii: "/")])
    }
}

/// The mounts that this process sees, and a thread that says when they change.
public final class MountTable: Sendable {
    public static let standardPath = "/proc/self/mountinfo"

    /// One element after every change; changes that come while nobody listens fold into one. Ends with `close()`. One listener.
    public let changes: AsyncStream<Void>
    private let waker: ThreadWaker

    public init() throws(HostError) {
        let number = open(Self.standardPath, O_RDONLY | O_CLOEXEC)
        let code = errno
        if number < 0 { throw HostError("open \(Self.standardPath)", code: code) }
        let table = Descriptor(owning: number)
        let waker = try ThreadWaker()
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (changes, self.waker) = (stream, waker)
        try HostThread.start("mounts") {
            Self.loop(table, waker) { continuation.yield() }
            continuation.finish()
        }
    }
    deinit { close() }

    /// Ends the thread and the stream.
    public func close() { waker.wake() }

    private static func loop(_ table: Descriptor, _ waker: ThreadWaker, changed: () -> Void) {
        var polled = [
            pollfd(fd: table.number, events: Int16(POLLPRI), revents: 0), pollfd(fd: waker.descriptor.number, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            // proc(5): a change is an exceptional condition; the kernel compares with what this descriptor was last told.
            if poll(&polled, 2, -1) < 0 { continue }
            if polled[1].revents != 0 { return }
            changed()
        }
    }

    /// The mounts now. Blocks, though on no source: the kernel answers from memory.
    public static func mounts() throws(HostError) -> [Mount] {
        let number = open(standardPath, O_RDONLY | O_CLOEXEC)
        let code = errno
        if number < 0 { throw HostError("open \(standardPath)", code: code) }
        let table = Descriptor(owning: number)
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(table.number, &buffer, buffer.count)
            let code = errno
            if count == 0 { return parse(text) }
            if count > 0 { text += buffer[..<count] } else if code != EINTR { throw HostError("read \(standardPath)", code: code) }
        }
    }

    /// Reads the lines of proc(5): `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`. A line that is none is passed over.
    static func parse(_ text: [UInt8]) -> [Mount] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split(separator: UInt8(ascii: " "))
            guard let dash = words.firstIndex(of: [UInt8(ascii: "-")]), dash >= 6, words.count >= dash + 3 else { return nil }
            guard let id = number(words[0]), let parent = number(words[1]) else { return nil }
            return Mount(
                id: id, parent: parent, root: unescaped(words[3]), mountPoint: unescaped(words[4]),
                fileSystem: String(decoding: words[dash + 1], as: UTF8.self), source: unescaped(words[dash + 2]))
        }
    }

    private static func number(_ word: ArraySlice<UInt8>) -> UInt64? { UInt64(String(decoding: word, as: UTF8.self)) }

    /// Blanks, line breaks and backslashes come as `\` and three octal digits.
    private static func unescaped(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = word
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
