import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct DownloadAnswerTests {
    static let (tag, text) = (EntityTag(content: "t"), #""t""#)

    static func answer(_ headers: [(name: String, value: String)], method: String = "GET", size: Int64 = 10) -> DownloadAnswer {
        DownloadAnswer(HTTPRequest(method, "/x", headers: headers), size: size, tag: tag)
    }

    @Test(
        arguments: [
            ("", 200, 0..<10), ("Range: bytes=2-3", 206, 2..<4), ("range: bytes=-3", 206, 7..<10), ("RANGE: bytes=0-", 206, 0..<10),
            ("Range: bytes=10-", 416, nil), ("Range: bytes=-0", 416, nil), ("Range: lines=2-3", 200, 0..<10), ("Range: bytes=0-1,3-4", 200, 0..<10),
            ("Range: bytes=2-3|Range: bytes=2-3", 200, 0..<10),
            // If-Range: the very bytes, or the whole.
            (#"Range: bytes=2-3|If-Range: "t""#, 206, 2..<4), (#"Range: bytes=2-3|If-Range: W/"t""#, 200, 0..<10),
            (#"Range: bytes=2-3|If-Range: "u""#, 200, 0..<10),
            ("Range: bytes=2-3|If-Range: Sun, 06 Nov 1994 08:49:37 GMT", 200, 0..<10), ("Range: bytes=2-3|If-Range: *", 200, 0..<10),
            (#"Range: bytes=2-3|If-Range: "t", "t""#, 200, 0..<10), (#"Range: bytes=2-3|If-Range: "t"|If-Range: "t""#, 200, 0..<10),
            ("Range: bytes=2-3|If-Range: ", 200, 0..<10), (#"If-Range: "t""#, 200, 0..<10), (#"If-Range: "u""#, 200, 0..<10),
            (#"Range: bytes=10-|If-Range: "t""#, 416, nil), (#"Range: bytes=10-|If-Range: "u""#, 200, 0..<10),
            // If-Match and If-None-Match come first, in this order.
            (#"If-Match: "t""#, 200, 0..<10), ("If-Match: *", 200, 0..<10), (#"If-Match: "u", "t""#, 200, 0..<10),
            (#"If-Match: "u"|If-Match: "t""#, 200, 0..<10),
            (#"If-Match: "u""#, 412, nil), (#"If-Match: W/"t""#, 412, nil), ("If-Match: t", 412, nil), ("If-Match: ", 412, nil),
            (#"If-None-Match: "t""#, 304, nil), (#"If-None-Match: W/"t""#, 304, nil), ("If-None-Match: *", 304, nil), (#"If-None-Match: "u", "t""#, 304, nil),
            (#"If-None-Match: "u""#, 200, 0..<10), ("If-None-Match: t", 200, 0..<10), ("If-None-Match: ", 200, 0..<10),
            (#"If-Match: "u"|If-None-Match: "t""#, 412, nil), (#"If-Match: "t"|If-None-Match: "t""#, 304, nil),
            (#"If-Match: "t"|Range: bytes=2-3"#, 206, 2..<4), (#"If-Match: "u"|Range: bytes=2-3"#, 412, nil), (#"If-Match: "u"|Range: bytes=10-"#, 412, nil),
            (#"If-None-Match: "t"|Range: bytes=2-3"#, 304, nil), (#"If-None-Match: "t"|Range: bytes=10-"#, 304, nil),
            (#"If-None-Match: "u"|Range: bytes=2-3"#, 206, 2..<4), (#"If-None-Match: "u"|Range: bytes=2-3|If-Range: "u""#, 200, 0..<10),
            // There is no date to compare with.
            ("If-Modified-Since: Sun, 06 Nov 2094 08:49:37 GMT", 200, 0..<10), ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200, 0..<10),
        ] as [(String, Int, Range<Int64>?)])
    func `which answer, with which bytes`(_ lines: String, _ status: Int, _ part: Range<Int64>?) throws {
        let headers = lines.split(separator: "|").map { line in
            let name = line.prefix { $0 != ":" }
            return (name: String(name), value: String(line.dropFirst(name.count + 2)))
        }
        let answer = Self.answer(headers)
        #expect(answer.status == status && answer.part == part)
        #expect(answer.header("accept-ranges") == ["bytes"] && answer.header("etag") == [Self.text], "every answer has them")
        #expect((answer.refusal != nil) == [412, 416].contains(status))
        #expect(answer.header("content-type") == (part == nil ? [] : ["application/octet-stream"]), "an error says its own")
        let place = part.map { "bytes \($0.lowerBound)-\($0.upperBound - 1)/10" } ?? "bytes */10"
        #expect(answer.header("content-range") == ([206, 416].contains(status) ? [place] : []))
        // A HEAD has conditions, and no ranges: it is answered as a GET without them.
        let head = Self.answer(headers, method: "HEAD")
        let whole = Self.answer(headers.filter { $0.name.lowercased() != "range" })
        #expect(head.status == whole.status && head.part == whole.part && head.headers.map(\.value) == whole.headers.map(\.value))
    }

    @Test func `an empty file`() {
        for (range, status) in [("bytes=0-", 416), ("bytes=0-0", 416), ("bytes=-0", 416), ("bytes=-1", 200), ("nonsense", 200)] {
            let answer = Self.answer([("Range", range)], size: 0)
            #expect(answer.status == status && answer.part == (status == 200 ? 0..<0 : nil), "\(range)")
            #expect(answer.header("content-range") == (status == 416 ? ["bytes */0"] : []))
        }
    }
}

extension DownloadAnswer {
    func header(_ name: String) -> [String] { headers.filter { $0.name.lowercased() == name }.map(\.value) }
}
