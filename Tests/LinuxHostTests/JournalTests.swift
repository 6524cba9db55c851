import Glibc
import Logging
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct JournalTests {
    /// Reads an entry back as journald does.
    private func fields(_ datagram: [UInt8]?) -> [String: String] {
        var (rest, fields) = ((datagram ?? [])[...], [String: String]())
        while let end = rest.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\n") }) {
            let name = String(decoding: rest[..<end], as: UTF8.self)
            var value: ArraySlice<UInt8>
            if rest[end] == UInt8(ascii: "=") {
                value = rest[(end + 1)...].prefix { $0 != UInt8(ascii: "\n") }
                rest = rest[(value.endIndex + 1)...]
            } else {
                let length = rest[(end + 1)...].prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                value = rest[(end + 9)..<(end + 9 + length)]
                rest = rest[(value.endIndex + 1)...]
            }
            fields[name] = String(decoding: value, as: UTF8.self)
        }
        return fields
    }

    private func logger(_ place: TemporaryDirectory, level: Logger.Level = .trace) throws -> Logger {
        let factory = Logs.factory(to: .journal, identifier: "clsyncd", level: level, journalSocket: place("journal"))
        return Logger(label: "test", factory: factory)
    }

    @Test func anEntryHasItsFields() throws {
        let place = try TemporaryDirectory()
        let journal = try DatagramReceiver(place("journal"))
        var logger = try logger(place)
        logger[metadataKey: "mirror"] = "isos"
        logger.notice(
            "item published",
            metadata: [
                "event": "published", "library": "ISO images", "item": "debian", "file": "d.iso", "session": "7f3a", "bytes": "\(12)",
                "duration_usec": "\(34)", "reason": "changed", "tries": "\(2)",
            ])
        let entry = fields(journal.next())
        let message = "item published bytes=12 duration_usec=34 file=d.iso item=debian library=\"ISO images\" mirror=isos reason=changed session=7f3a tries=2"
        #expect(
            entry == [
                "MESSAGE": message, "PRIORITY": "5", "SYSLOG_IDENTIFIER": "clsyncd", "MESSAGE_ID": MessageKind.published.messageID,
                "CLSYNCD_EVENT": "published", "CLSYNCD_MIRROR": "isos", "CLSYNCD_LIBRARY": "ISO images", "CLSYNCD_ITEM": "debian",
                "CLSYNCD_FILE": "d.iso", "CLSYNCD_SESSION": "7f3a", "CLSYNCD_BYTES": "12", "CLSYNCD_DURATION_USEC": "34", "CLSYNCD_REASON": "changed",
            ])
        #expect(journal.next() == nil)
    }

    @Test(arguments: zip(Logger.Level.allCases, ["7", "7", "6", "5", "4", "3", "2"])) func levelsBecomePriorities(level: Logger.Level, priority: String) throws
    {
        let place = try TemporaryDirectory()
        let journal = try DatagramReceiver(place("journal"))
        let logger = try logger(place)
        logger.log(level: level, "text", metadata: ["event": "no-such-kind"])
        let entry = fields(journal.next())
        #expect(entry["PRIORITY"] == priority && entry["MESSAGE_ID"] == nil && entry["CLSYNCD_EVENT"] == "no-such-kind" && entry["MESSAGE"] == "text")
    }

    @Test func aValueWithLinesStaysOneField() throws {
        let place = try TemporaryDirectory()
        let journal = try DatagramReceiver(place("journal"))
        try logger(place).info("two\nlines", metadata: ["reason": "a\nPRIORITY=0\nb"])
        let entry = fields(journal.next())
        #expect(
            entry["CLSYNCD_REASON"] == "a\nPRIORITY=0\nb" && entry["PRIORITY"] == "6" && entry["MESSAGE"] == "two\\x0alines reason=\"a\\x0aPRIORITY=0\\x0ab\"")
    }

    @Test func aLargeEntryComesAsASealedFile() throws {
        let place = try TemporaryDirectory()
        let journal = try DatagramReceiver(place("journal"))
        let text = String(repeating: "x", count: 3 << 20)
        try logger(place).info("large", metadata: ["reason": "\(text)"])
        let entry = fields(journal.nextFile())
        #expect(entry["CLSYNCD_REASON"] == text && entry["PRIORITY"] == "6")
    }

    /// journald does not read: the daemon goes on, and afterwards the journal says what is missing.
    @Test func lossIsCountedAndSaid() throws {
        let place = try TemporaryDirectory()
        let journal = try DatagramReceiver(place("journal"))
        let logger = try logger(place)
        let began = BootTime.now()
        var sent = 0
        while sent < 5000 && BootTime.now() - began < .seconds(10) {
            sent += 1
            logger.info("message \(sent)")
        }
        #expect(sent == 5000, "only the first loss is waited for")
        var taken = 0
        while journal.next() != nil { taken += 1 }
        #expect(taken > 0 && taken < 5000)
        logger.info("after")
        let notice = fields(journal.next())
        #expect(notice["MESSAGE"] == "the system journal did not take \(5000 - taken) log messages")
        #expect(notice["MESSAGE_ID"] == MessageKind.logsLost.messageID && notice["SYSLOG_IDENTIFIER"] == "clsyncd" && notice["PRIORITY"] == "4")
        #expect(fields(journal.next())["MESSAGE"] == "after" && journal.next() == nil)
    }

    @Test func noJournalIsNoError() throws {
        let place = try TemporaryDirectory()
        let logger = try logger(place)
        for _ in 0..<3 { logger.info("lost") }
        let journal = try DatagramReceiver(place("journal"))
        logger.info("found")
        #expect(fields(journal.next())["MESSAGE"] == "the system journal did not take 3 log messages")
        #expect(fields(journal.next())["MESSAGE"] == "found")
    }

    @Test func everyKindHasAnIdOfItsOwn() {
        let ids = Set(MessageKind.allCases.map(\.messageID))
        #expect(ids.count == MessageKind.allCases.count)
        for id in ids { #expect(id.utf8.count == 32 && id.allSatisfy { "0123456789abcdef".contains($0) }) }
        for kind in MessageKind.allCases { #expect(kind.rawValue.allSatisfy { $0 == "-" || "a"..."z" ~= $0 }) }
        // Numbers are an interface: these two stand for the rest.
        #expect(MessageKind.started.messageID == "413d587fdc2a49728441034ff8424687" && MessageKind.passFailed.messageID == "d21587e800a54ae586a4580e456342a2")
    }
}
