import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct LoginTableTests {
    static let start = Timestamp(milliseconds: 1_000_000)

    @Test func `a login lives as long as it is used`() throws {
        var table = LoginTable(idleTimeout: .seconds(60), limit: 10)
        let id = try table.open(user: "u", access: Access(role: .admin), now: Self.start)
        var now = Self.start
        for _ in 0..<5 {
            now = now + .seconds(60)
            let login = try #require(try table.use(id, now: now))
            #expect(login.user == "u" && login.created == Self.start && login.lastAccessed == now)
        }
        #expect(try table.use(id, now: now + .milliseconds(60_001)) == nil)
        #expect(try table.use(id, now: now) == nil, "once over, over for good")
    }

    @Test func `ids are unguessable, and closed ids are nothing`() throws {
        var table = LoginTable(idleTimeout: .seconds(60), limit: 1000)
        var ids: Set<String> = []
        for _ in 0..<100 { ids.insert(try table.open(user: "u", access: Access(role: .admin), now: Self.start)) }
        #expect(ids.count == 100)
        #expect(ids.allSatisfy { $0.utf8.count == 32 && $0.utf8.allSatisfy(\.isLowercaseHexDigit) })
        for id in ids { try table.close(id) }
        #expect(table.count == 0)
        for id in ids { #expect(try table.use(id, now: Self.start) == nil) }
        #expect(try table.use("", now: Self.start) == nil)
    }

    @Test func `the limit counts living logins`() throws {
        var table = LoginTable(idleTimeout: .seconds(60), limit: 2)
        for _ in 0..<2 { _ = try table.open(user: "u", access: Access(role: .admin), now: Self.start) }
        let error = #expect(throws: APIError.self) { try table.open(user: "v", access: Access(role: .admin), now: Self.start) }
        #expect(error?.kind == .serviceUnavailable)
        _ = try table.open(user: "v", access: Access(role: .admin), now: Self.start + .seconds(61))
        #expect(table.count == 1)
    }

    @Test func `a clock that steps back ends nothing`() throws {
        var table = LoginTable(idleTimeout: .seconds(60), limit: 2)
        let id = try table.open(user: "u", access: Access(role: .admin), now: Self.start)
        #expect(try table.use(id, now: Self.start + .seconds(-1000)) != nil)
        #expect(try table.use(id, now: Self.start + .seconds(60)) != nil)
    }
}
