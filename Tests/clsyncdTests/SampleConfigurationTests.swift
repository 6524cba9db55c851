import Glibc
import MirrorCore
import StrictTOML
import Testing

@testable import clsyncd

/// The commented sample that is installed as `/etc/clsyncd/clsyncd.toml`.
@Suite struct SampleConfigurationTests {
    /// Optional keys that have no default: the sample shows an example of each.
    private static let examples = ["password_credential", "ca_file", "thumbprint"]

    private static func text() throws -> String {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return String(decoding: try SmallFile(root + "/etc/clsyncd/clsyncd.toml", atMost: 1 << 20).bytes, as: UTF8.self)
    }

    /// The settings that are commented out, with their lines.
    private static func commented() throws -> [(line: Int, key: String)] {
        try text().split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { line, text in
            guard text.hasPrefix("#"), let equals = text.firstRange(of: " = "), !text.hasPrefix("# ") else { return nil }
            return (line, String(text[text.index(after: text.startIndex)..<equals.lowerBound]))
        }
    }

    /// The sample with one commented setting made real.
    private static func withSetting(at line: Int) throws -> String {
        var lines = try text().split(separator: "\n", omittingEmptySubsequences: false)
        lines[line] = lines[line].dropFirst()
        return lines.joined(separator: "\n")
    }

    @Test func isRight() throws {
        let configuration = try ConfigurationText.read(try Self.text())
        #expect(configuration.server.url.description == "https://vcenter.example.com")
        #expect(configuration.mirrors == [MirrorRules(name: "isos", path: "/srv/library/isos", library: "ISO images")])
        #expect(configuration.daemon == DaemonSettings())
    }

    @Test func showsTheRealDefaults() throws {
        let right = try ConfigurationText.read(try Self.text())
        for (line, key) in try Self.commented() where !Self.examples.contains(key) {
            let configuration = try ConfigurationText.read(try Self.withSetting(at: line))
            #expect(configuration.server == right.server && configuration.daemon == right.daemon && configuration.mirrors == right.mirrors, "\(key)")
        }
    }

    @Test func showsExamplesThatWork() throws {
        for (line, key) in try Self.commented() where Self.examples.contains(key) {
            let text = try Self.withSetting(at: line)
            let alone = key == "password_credential" ? text.replacing("\npassword_file = ", with: "\n#") : text
            #expect(ConfigurationText.problems(alone).isEmpty, "\(key)")
        }
    }

    @Test func mentionsEveryKey() throws {
        let text = try Self.text()
        var reader = ConfigurationReader(try TOMLDocument(Array(text.utf8)).root)
        _ = ServerSettings(&reader.server)
        _ = DaemonSettings(&reader.daemon, environment: [:])
        _ = reader.readMirrors()
        // Each table reaches to the next header.
        let parts = text.split(separator: "\n[").dropFirst().map { "[" + $0 }
        #expect(parts.count == 3)
        for (title, keys) in reader.declaredKeys {
            let lines = try #require(parts.first { $0.hasPrefix(title) }).split(separator: "\n")
            let settings = lines.filter { !$0.hasPrefix("# ") && !$0.hasPrefix("[") && $0.contains(" = ") }
            let shown = settings.map { line in String(line.drop { $0 == "#" }.prefix { $0 != " " }) }
            #expect(shown.sorted() == keys.sorted(), "\(title)")
        }
    }

    /// Whatever becomes of the file, the answer is a configuration, or problems with places inside the file.
    @Test(arguments: 1...4) func anyDamageIsAnswered(_ seed: UInt64) throws {
        let sample = Array(try Self.text().utf8)
        var random = SplitMix64(seed: seed)
        var right = 0
        for round in 0..<200 {
            let bytes = Damage.inflict(on: sample, &random)
            do throws(ConfigurationErrors) {
                let configuration = try Configuration(bytes, file: "x", environment: [:])
                #expect(!configuration.mirrors.isEmpty)
                right += 1
            } catch {
                #expect(!error.problems.isEmpty)
                let wrong = error.problems.filter { !Damage.holds($0, of: bytes) }
                #expect(wrong.isEmpty, "seed \(seed), round \(round)")
            }
        }
        // Both answers occur: the damage is neither nothing nor everything.
        #expect((10..<190).contains(right))
    }
}

/// Mutations of a text.
private enum Damage {
    private static let tokens = [
        "[", "]", "[[mirror]]\n", "[daemon]\n", "\"", "'", "\"\"\"", "=", ".", ",", "#", "\n", "\\", "{", "}", "\u{0}", "é", "true", "-1", "1e400",
        "99999999999999999999",
        "1979-05-27T", "\"5s\"", "\"0%\"", "layout = \"single\"\n", "name = \"isos\"\n", "[}", "inf", "0x",
    ].map { Array($0.utf8) }

    static func inflict(on sample: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = sample
        // Most lines are comments: settings are uncovered first, so that the damage meets them.
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            guard
                let hash = bytes.indices.filter({ bytes[$0] == UInt8(ascii: "#") && $0 + 1 < bytes.count && bytes[$0 + 1] > 0x60 }).randomElement(
                    using: &random)
            else { break }
            bytes.remove(at: hash)
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(at..<end)
            case 2: bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0..<bytes.count, using: &random))
            case 3: bytes[at] ^= 1 << UInt8.random(in: 0..<7, using: &random)
            default: bytes.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: at)
            }
        }
        return bytes
    }

    /// Whether the problem is one line and lies inside the text.
    static func holds(_ problem: ConfigurationProblem, of bytes: [UInt8]) -> Bool {
        guard let position = problem.position, !problem.message.isEmpty, !problem.description.contains("\n") else { return false }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard (1...lines.count).contains(position.line) else { return false }
        let columns = lines[position.line - 1].count { $0 & 0xC0 != 0x80 }
        // The end of a line is a place too.
        return (1...columns + 1).contains(position.column)
    }
}
