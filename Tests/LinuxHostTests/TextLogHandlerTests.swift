import ContentLibraryAPI
import Glibc
import Logging
import Testing

@testable import LinuxHost

@Suite struct TextLogHandlerTests {
    private func line(_ log: (Logger) -> Void) -> String? {
        let written = Collected<[UInt8]>()
        let logger = Logger(label: "test") { _ in
            TextLogHandler(level: .info, write: { written.append($0) }, now: { Timestamp(milliseconds: 1_767_323_045_678) })
        }
        log(logger)
        return written.all.isEmpty ? nil : written.all.map { String(decoding: $0, as: UTF8.self) }.joined()
    }

    @Test func writesOneLine() {
        #expect(
            line { $0.warning("watch limit met", metadata: ["mirror": "isos", "needed": "\(12)", "event": "watch-limited"]) }
                == "2026-01-02T03:04:05.678Z warning watch limit met mirror=isos needed=12\n")
        #expect(line { $0.debug("unseen") } == nil)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""),
        ("line\nbreak", "\"line\\x0abreak\""), ("\u{1b}[2Jred", "\"\\x1b[2Jred\""), ("é", "é"), ("\u{202e}gpj", "\\xe2\\x80\\xaegpj"),
        ("nul\0", "\"nul\\x00\""), ("del\u{7f}", "del\\x7f"), ("c1\u{9b}31m", "c1\\xc2\\x9b31m"),
    ]) func valuesAreSafe(value: String, expected: String) {
        #expect(line { $0.info("m", metadata: ["v": "\(value)"]) } == "2026-01-02T03:04:05.678Z info m v=\(expected)\n")
    }

    @Test func messagesKeysAndErrorsAreSafeToo() {
        let text = line { $0.error("a\rb", error: HostError("open x\ny", code: ENOENT), metadata: ["k\u{7}": "1"]) }
        #expect(text == "2026-01-02T03:04:05.678Z error a\\x0db error=\"cannot open x\\x0ay: No such file or directory\" k\\x07=1\n")
    }

    @Test func theMessagesOwnValuesWin() {
        let text = line { logger in
            var logger = logger
            logger[metadataKey: "mirror"] = "a"
            logger.info("m", metadata: ["mirror": "b"])
        }
        #expect(text == "2026-01-02T03:04:05.678Z info m mirror=b\n")
    }

    @Test func theJournalIsChosenWhereItIsConnected() throws {
        let place = try TemporaryDirectory()
        try place.write("stderr")
        let file = open(place("stderr"), O_RDONLY)
        defer { close(file) }
        var status = stat()
        fstat(file, &status)
        func destination(_ stream: String?) -> Logs.Destination {
            Logs.destination(environment: { $0 == "JOURNAL_STREAM" ? stream : nil }, standardError: file)
        }
        #expect(destination("\(status.st_dev):\(status.st_ino)") == .journal)
        for stream in [nil, "", "\(status.st_dev):\(status.st_ino + 1)", "\(status.st_dev + 1):\(status.st_ino)", "x"] { #expect(destination(stream) == .text) }
    }
}
