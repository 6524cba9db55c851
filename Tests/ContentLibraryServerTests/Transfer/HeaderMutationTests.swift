import ContentLibraryAPI
import Foundation
import Testing

@testable import ContentLibraryServer

/// The headers of downloads, spoilt by the thousand: none crashes their readers, is read in two ways, or leads out of the file.
///
/// The same ones in every ordinary run. `CLSYNCD_FUZZ_SECONDS` makes it go on for so long per test, from `CLSYNCD_FUZZ_SEED` on.
@Suite(.serialized) struct HeaderMutationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["CLSYNCD_FUZZ_SECONDS"].flatMap(Int.init) ?? 0
    private static let seed = environment["CLSYNCD_FUZZ_SEED"].flatMap(UInt64.init) ?? 0x7261_6e67
    private static let batch = 10_000

    private static let tag = EntityTag(content: "0f6c5dc8-2a3b-4c1d-9e8f-7a6b5c4d3e2f")
    private static let ranges = [
        "bytes=0-0", "bytes=2-3", "bytes=7-", "bytes=-2", "bytes=-0", "bytes=0-9223372036854775807", "bytes=99999999999999999999-", "bytes= 1-2 , ",
        "bytes=0-1,3-4",
    ]
    private static let tags = [tag.description, "W/\(tag)", "\"a\", \(tag)", "*", "\"a,b\" , W/\"c\"", "Sun, 06 Nov 1994 08:49:37 GMT"]
    private static let words = [
        "bytes=", "bytes", "=", "-", ",", ", ", " ", "\t", "0", "9", "10", "9223372036854775807", "9223372036854775808", "\"", "W/", "*", "\0", "\u{7f}", "é",
        "\u{301}", "٣", "lines=", tag.description,
    ]

    /// Tries spoilt texts; `outcome` checks what came of one and tells outcomes of different kinds apart.
    private static func run(_ seeds: [String], outcome: (String, inout SplitMix64) throws -> String) rethrows {
        var outcomes: Set<String> = []
        let start = ContinuousClock.now
        var number = seed
        repeat {
            var random = SplitMix64(seed: number)
            for _ in 0..<batch { outcomes.insert(try outcome(spoilt(seeds.randomElement(using: &random) ?? "", &random), &random)) }
            number &+= 1
        } while start.duration(to: .now) < .seconds(seconds)
        #expect(outcomes.count >= 5, "the texts were all alike: \(outcomes)")
    }

    /// A few changes to a text. Header values come as text: bytes that are none are replaced.
    private static func spoilt(_ text: String, _ random: inout SplitMix64) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = Int.random(in: start...min(bytes.count, start + 8), using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: if start < bytes.count { bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 3: bytes.replaceSubrange(start..<end, with: (words.randomElement(using: &random) ?? "").utf8)
            case 4: bytes.insert(contentsOf: (0..<Int.random(in: 1...300, using: &random)).flatMap { _ in bytes[start..<end] }.prefix(400), at: start)
            default: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: start)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same grammar, read by a regular expression.
    private static func reference(_ text: String) -> (first: String, last: String)? {
        let grammar = /[bB][yY][tT][eE][sS]=[ \t,]*([0-9]*)-([0-9]*)[ \t,]*/.matchingSemantics(.unicodeScalar)
        guard text.utf8.count <= ByteRange.longest, let match = text.wholeMatch(of: grammar) else { return nil }
        let (first, last) = (String(match.1), String(match.2))
        guard !first.isEmpty || !last.isEmpty else { return nil }
        if let start = number(first), let end = number(last), start > end { return nil }
        return (first, last)
    }

    private static func number(_ digits: String) -> Int64? { digits.isEmpty ? nil : Int64(digits) ?? .max }

    @Test func ranges() {
        Self.run(Self.ranges) { text, random in
            let range = ByteRange(text)
            let expected = Self.reference(text)
            #expect((range != nil) == (expected != nil), "\(text.debugDescription)")
            guard let range, let (first, last) = expected else { return "ignored" }
            let size: Int64 = [0, 1, 10, 1 << 40, .max].randomElement(using: &random) ?? 0
            let extent = range.extent(of: size)
            if case .part(let part) = extent { #expect(!part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size, "\(text.debugDescription)") }
            if size <= 10 {
                // Of a small file, byte by byte.
                let bytes = (0..<size).filter { position in
                    if let start = Self.number(first) {
                        position >= start && position <= Self.number(last) ?? .max
                    } else {
                        size - position <= Self.number(last) ?? 0
                    }
                }
                let isSuffix = first.isEmpty && Self.number(last) != 0
                let wanted: ByteRange.Extent =
                    if let start = bytes.first, let end = bytes.last { .part(start..<(end + 1)) } else { isSuffix ? .whole : .unsatisfiable }
                #expect(extent == wanted, "\(text.debugDescription) of \(size)")
            }
            return switch extent {
            case .whole: "whole"
            case .unsatisfiable: "unsatisfiable"
            case .part(let part): part == 0..<size ? "all" : part.upperBound == size ? "end" : part.lowerBound == 0 ? "start" : "middle"
            }
        }
    }

    @Test func lists() {
        Self.run(Self.tags) { text, _ in
            let list = EntityTagList([text])
            guard case .tags(let tags) = list else {
                #expect(text.filter { !" \t,".contains($0) } == "*", "\(text.debugDescription)")
                return "any"
            }
            let again = tags.map(\.description)
            #expect(EntityTagList(again) == list && EntityTagList([again.joined(separator: " ,, ")]) == list, "\(text.debugDescription)")
            var rest = Array(text.utf8)[...]
            for tag in tags {
                let found = rest.firstRange(of: Array(tag.description.utf8))
                #expect(found != nil, "\(tag) is not in \(text.debugDescription)")
                rest = rest[(found?.upperBound ?? rest.endIndex)...]
            }
            #expect(rest.allSatisfy { " \t,".utf8.contains($0) } || tags.isEmpty, "\(text.debugDescription)")
            return "\(tags.map(\.isWeak).prefix(4))"
        }
    }

    @Test func answers() {
        Self.run(Self.ranges) { text, random in
            var headers = [(name: "Range", value: text)]
            for name in ["If-Range", "If-Match", "If-None-Match"] where Int.random(in: 0..<4, using: &random) == 0 {
                headers.append((name, Self.spoilt(Self.tags.randomElement(using: &random) ?? "", &random)))
            }
            headers.shuffle(using: &random)
            let size: Int64 = [0, 1, 10, 1 << 40].randomElement(using: &random) ?? 0
            let request = HTTPRequest(Bool.random(using: &random) ? "GET" : "HEAD", "/x", headers: headers)
            let answer = DownloadAnswer(request, size: size, tag: Self.tag)
            #expect((answer.part != nil) == [200, 206].contains(answer.status), "\(headers)")
            if let part = answer.part { #expect(part.lowerBound >= 0 && part.upperBound <= size && (answer.status == 206 || part == 0..<size), "\(headers)") }
            #expect(request.method == "GET" || ![206, 416].contains(answer.status), "\(headers)")
            #expect(answer.headers.allSatisfy { $0.value.utf8.allSatisfy { 0x20..<0x7f ~= $0 } }, "nothing of a request comes back: \(headers)")
            // The same bytes for certain, or no part.
            if answer.status == 206, let condition = request.header("If-Range") { #expect(condition == Self.tag.description) }
            return "\(request.method) \(answer.status)"
        }
    }
}
