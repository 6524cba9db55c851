import Glibc
import MirrorCore

/// One inotify instance (`inotify(7)`).
struct Inotify {
    struct Event {
        var watch: Int32
        var mask: UInt32
        /// Nil when the event is about the watched directory itself.
        var name: FileName?

        func has(_ bit: Int32) -> Bool { mask & UInt32(bitPattern: bit) != 0 }
        var isDirectory: Bool { has(Int32(bitPattern: UInt32(IN_ISDIR))) }

        var kind: FileEvent.Kind? {
            if has(Int32(IN_CREATE)) { return .created }
            if has(Int32(IN_MODIFY)) { return .modified }
            if has(Int32(IN_CLOSE_WRITE)) { return .closedAfterWrite }
            if has(Int32(IN_ATTRIB)) { return .attributesChanged }
            if has(Int32(IN_DELETE)) { return .deleted }
            if has(Int32(IN_MOVED_TO)) { return .movedIn }
            if has(Int32(IN_MOVED_FROM)) { return .movedOut }
            return nil
        }
    }

    let descriptor: Descriptor

    static func open() -> Result<Inotify, Errno> {
        let number = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        let code = errno
        return number < 0 ? .failure(Errno(code: code)) : .success(Inotify(descriptor: Descriptor(owning: number)))
    }

    private static let mask =
        UInt32(IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO)
        | UInt32(IN_ONLYDIR) | UInt32(IN_EXCL_UNLINK)
    private static let rootMask = mask | UInt32(IN_DELETE_SELF | IN_MOVE_SELF)

    /// Watches the directory that the descriptor holds: this one, whatever its path leads to meanwhile. A watch does not keep the file
    /// system from being unmounted, as the descriptor would.
    func watch(_ directory: Descriptor, isRoot: Bool) -> Result<Int32, Errno> {
        let watch = inotify_add_watch(descriptor.number, "/proc/self/fd/\(directory.number)", isRoot ? Self.rootMask : Self.mask)
        let code = errno
        return watch < 0 ? .failure(Errno(code: code)) : .success(watch)
    }

    func remove(_ watch: Int32) { inotify_rm_watch(descriptor.number, watch) }

    /// What is in the queue and fits into the buffer, without waiting.
    func read(_ buffer: UnsafeMutableRawBufferPointer) -> [Event] {
        let count = Glibc.read(descriptor.number, buffer.baseAddress, buffer.count)
        return count <= 0 ? [] : Self.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> [Event] {
        let head = MemoryLayout<inotify_event>.size
        var events: [Event] = []
        var offset = 0
        while offset + head <= bytes.count {
            let raw = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let end = offset + head + Int(raw.len)
            guard end <= bytes.count else { break }
            events.append(Event(watch: raw.wd, mask: raw.mask, name: FileName(bytes: bytes[(offset + head)..<end].prefix { $0 != 0 })))
            offset = end
        }
        return events
    }

    /// The kernel's limits, of /proc/sys/fs/inotify; 0 where they cannot be read.
    static func limit(_ name: String) -> Int {
        guard let file = fopen("/proc/sys/fs/inotify/\(name)", "re") else { return 0 }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 32)
        guard fgets(&bytes, CInt(bytes.count), file) != nil else { return 0 }
        return Int(atoi(bytes))
    }
}
