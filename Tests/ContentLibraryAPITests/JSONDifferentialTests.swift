import ContentLibraryAPI
import Foundation
import Testing

/// The reader and the writer against Python's `json`, on thousands of documents, right and damaged.
struct JSONDifferentialTests {
    /// Reads lines of two base64 documents; writes what each means, or `refused`. What the reader refuses beyond RFC 8259 is refused here too.
    static let script = """
        import base64, json, struct, sys
        def pairs(items):
            names = [name for name, _ in items]
            if len(set(names)) != len(names): raise ValueError("duplicate")
            return ("object", items)
        def constant(_): raise ValueError("constant")
        def flat(v, depth=0):
            if v is None: return "null"
            if v is True: return "true"
            if v is False: return "false"
            if isinstance(v, int) and -2**63 <= v < 2**63: return "i%d" % v
            if isinstance(v, (int, float)):
                bits = struct.unpack(">Q", struct.pack(">d", float(v)))[0]
                if bits >> 52 & 2047 == 2047: raise ValueError("too large")
                return "f%x" % bits
            if isinstance(v, str): return "s" + v.encode("utf-8").hex()
            if depth >= 96: raise ValueError("too deep")
            if isinstance(v, tuple): return "{" + "".join(flat(n) + ":" + flat(x, depth + 1) + "," for n, x in v[1]) + "}"
            return "[" + "".join(flat(x, depth + 1) + "," for x in v) + "]"
        def meaning(text):
            try:
                return flat(json.loads(base64.b64decode(text).decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant))
            except (ValueError, OverflowError, RecursionError):
                return "refused"
        for line in sys.stdin:
            print(*(meaning(text) for text in line.rstrip("\\n").split(" ")))
        """

    static func flat(_ json: JSON) -> String {
        switch json {
        case .null: "null"
        case .bool(let flag): String(flag)
        case .int(let number): "i\(number)"
        case .double(let number): "f" + String(number.bitPattern, radix: 16)
        case .string(let text): flat(text)
        case .array(let items): "[" + items.map { flat($0) + "," }.joined() + "]"
        case .object(let members): "{" + members.map { flat($0.name) + ":" + flat($0.value) + "," }.joined() + "}"
        }
    }

    static func flat(_ text: String) -> String {
        "s" + text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static let python = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    @Test func agreesWithPython() async throws {
        guard let python = Self.python else {
            print("JSONDifferentialTests: no python3 here, nothing compared")
            return
        }
        let documents = Self.documents()
        let answers = try await Self.run(python, documents)
        try #require(answers.count == documents.count)
        var accepted = 0
        for (document, answer) in zip(documents, answers) {
            let value = try? JSON(parsing: document)
            let expected = value.map(Self.flat) ?? "refused"
            accepted += value == nil ? 0 : 1
            if answer != "\(expected) \(expected)" { Issue.record("\(String(decoding: document, as: UTF8.self)): \(answer), not twice \(expected)") }
        }
        #expect(accepted > 2000 && documents.count - accepted > 2000)
    }

    private static func documents() -> [[UInt8]] {
        var random = SplitMix64(0x7079_7468)
        let fixed = DocumentMaker.fixed.map { Array($0.utf8) }
        let deep = [95, 96, 97].map { Array((String(repeating: "[", count: $0) + String(repeating: "]", count: $0)).utf8) }
        let whole = (0..<2500).map { _ in Array(DocumentMaker.text(using: &random).utf8) }
        let damaged = (0..<5000).map { _ in
            var bytes = (Bool.random(using: &random) ? fixed : whole).randomElement(using: &random) ?? []
            DocumentMaker.damage(&bytes, using: &random)
            return bytes
        }
        return fixed + deep + whole + damaged
    }

    /// Each document goes with what the writer makes of it, or with something that is refused.
    private static func run(_ python: String, _ documents: [[UInt8]]) async throws -> [String] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("content-library-json-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let lines = documents.map { document in
            let again = (try? JSON(parsing: document))?.serialized ?? "refused"
            return Data(document).base64EncodedString() + " " + Data(again.utf8).base64EncodedString() + "\n"
        }
        let (input, output) = (directory.appendingPathComponent("in"), directory.appendingPathComponent("out"))
        try Data(lines.joined().utf8).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", script]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        try #require(status == 0)
        return String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
