import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct InotifyTests {
    /// One record as the kernel writes it.
    private func record(_ watch: Int32, _ mask: Int32, _ name: [UInt8], padding: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let length = UInt32(name.count + padding)
        for word in [UInt32(bitPattern: watch), UInt32(bitPattern: mask), 0, length] { withUnsafeBytes(of: word) { bytes += Array($0) } }
        return bytes + name + Array(repeating: 0, count: padding)
    }
    private func parse(_ bytes: [UInt8]) -> [Inotify.Event] { bytes.withUnsafeBytes { Inotify.parse($0) } }

    @Test func readsRecordsAfterOneAnother() {
        let bytes =
            record(3, Int32(IN_CREATE), Array("file".utf8), padding: 12) + record(-1, Int32(IN_Q_OVERFLOW), [], padding: 0)
            + record(7, Int32(IN_MOVED_TO) | Int32(bitPattern: UInt32(IN_ISDIR)), [0xff, 0x0a], padding: 1)
        let events = parse(bytes)
        #expect(events.map(\.watch) == [3, -1, 7])
        #expect(events.map(\.name?.bytes) == [Array("file".utf8), nil, [0xff, 0x0a]])
        #expect(events.map(\.kind) == [.created, nil, .movedIn])
        #expect(events.map(\.isDirectory) == [false, false, true])
        #expect(events[1].has(IN_Q_OVERFLOW))
    }

    @Test func aCutOffRecordIsLeftOut() {
        let whole = record(1, Int32(IN_DELETE), Array("name".utf8), padding: 12)
        for length in 0..<whole.count { #expect(parse(Array(whole.prefix(length))).isEmpty) }
        #expect(parse(whole + whole.prefix(20)).count == 1)
    }
}
