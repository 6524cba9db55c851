import Foundation
import StrictTOML
import Testing

@testable import ContentLibraryServer
@testable import content_library_server

/// docs/server.md says what is so.
@Suite struct ServerDocumentTests {
    static func text() throws -> String {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return try String(contentsOfFile: "/\(root)/docs/server.md", encoding: .utf8)
    }

    /// The fenced text after a mark.
    static func example(_ name: String) throws -> String {
        let parts = try text().components(separatedBy: "<!-- example: \(name) -->")
        let lines = try #require(parts.dropFirst().first).split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix("```") }
        return lines.dropFirst().prefix { !$0.hasPrefix("```") }.joined(separator: "\n")
    }

    @Test func `the users of the example`() throws {
        let users = try UsersFile.parse(try Self.example("users"), path: "users")
        #expect(users.map(\.name) == ["admin", "viewer", "packer"])
        #expect(users.map(\.role.name) == ["admin", "read-only", "guest"])
        #expect(users[2].grants.map(\.library) == ["ISO images", "7b0f5ff9-9a04-4495-b03d-45430a04ed8d"])
    }

    @Test func `the faults of the example`() throws {
        let plan = try FaultsFile.parse(Array(try Self.example("faults").utf8), file: "faults.toml")
        #expect(
            plan.rules.map(\.fault) == [
                .dropAfter, .unavailable(retryAfter: .seconds(3)), .latency(.milliseconds(1500)), .cut(afterBytes: 1_000_000), .noChecksum,
            ])
        #expect(plan.rules.map(\.times) == [1, nil, nil, 2, nil])
    }

    @Test func `every privilege and every fault is there, and no other`() throws {
        let text = try Self.text()
        let section = try #require(text.components(separatedBy: "<!-- privileges -->").dropFirst().first?.components(separatedBy: "<!-- end -->").first)
        let words = Set(section.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)).subtracting(["ContentLibrary."])
        #expect(words == Set(Privilege.allCases.map { $0.rawValue.replacingOccurrences(of: "ContentLibrary.", with: "") }))
        let table = try #require(text.components(separatedBy: "| fault | with | what happens |\n").dropFirst().first)
        let rows = table.components(separatedBy: "\n").dropFirst().prefix { $0.hasPrefix("| `") }
        let names = rows.compactMap { $0.components(separatedBy: "`").dropFirst().first }
        #expect(names == FaultKind.allCases.map(\.rawValue))
    }
}
