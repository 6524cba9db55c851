import Testing

@testable import ContentLibraryServer

@Suite struct PullHostsTests {
    @Test(
        arguments: [
            ("a.test", ["a.test", "a.test."], ["b.a.test", "xa.test", "a.tes", ""]),
            ("A.Test,b", ["a.test", "b"], ["c"]),
            ("*.a.test", ["b.a.test", "c.b.a.test"], ["a.test", "ba.test", ".a.test.evil"]),
            ("10.0.0.1, 10.0.0.2", ["10.0.0.1", "10.0.0.2"], ["10.0.0.11", "10.0.0.3"]),
            ("::1", ["[::1]"], ["[::2]"]), ("[FE80::1]", ["[fe80::1]"], ["fe80::1"]),
            ("", [], ["a", "127.0.0.1"]),
        ] as [(String, [String], [String])])
    func `who is admitted`(_ text: String, _ admitted: [String], _ refused: [String]) throws {
        let hosts = try #require(PullHosts(text))
        for host in admitted { #expect(hosts.admits(host), "\(host)") }
        for host in refused { #expect(!hosts.admits(host), "\(host)") }
    }

    @Test func `without a list, everybody`() { #expect(PullHosts.all.admits("anybody") && PullHosts.all.admits("[::1]")) }

    @Test(arguments: ["a b", "a,,b", ",", "a,", "http://a", "a/b", "a:80", "*", "*.", "a.*.b", "a..b", "[::1", "ä.test"])
    func `what is no list of hosts`(_ text: String) { #expect(PullHosts(text) == nil) }
}
