import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ServerURLTests {
    @Test(arguments: [
        ("https://vcenter.example.com", "https://vcenter.example.com", 443), ("HTTPS://VCenter.Example.com/", "https://vcenter.example.com", 443),
        ("https://vc:8443", "https://vc:8443", 8443), ("https://10.0.0.1:443/", "https://10.0.0.1:443", 443),
        ("https://[FD00::1]:9443", "https://[fd00::1]:9443", 9443),
        ("https://[::1]", "https://[::1]", 443), ("http://localhost", "http://localhost", 80), ("https://under_score.local", "https://under_score.local", 443),
    ])
    func reads(_ text: String, _ description: String, _ port: Int) throws {
        let url = try ServerURL(text)
        #expect(url.description == description)
        #expect(url.port == port)
    }

    @Test(arguments: [
        "", "vcenter.example.com", "ftp://vc", "https:/vc", "https://", "https://:443", "https://vc:", "https://vc:0", "https://vc:65536", "https://vc:+1",
        "https://vc:1:2",
        "https://-vc", "https://vc-", "https://a..b", "https://[::1", "https://[vc]", "https://::1", "https://[::1]x", "https://v c", "https://vcé",
        "https:// vc",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(throws: TextRefusal.mismatch) { try ServerURL(text) }
    }

    @Test(arguments: [
        ("https://admin:secret@vc", "must not hold a user or a password"), ("ftp://admin:secret@vc", "must not hold a user or a password"),
        ("https://vc/ui", "must end after the host and the port, without a path"), ("https://vc?x", "must end after the host and the port, without a path"),
        ("https://vc#x", "must end after the host and the port, without a path"),
    ])
    func refusesMoreThanAServer(_ text: String, _ reason: String) {
        #expect(throws: TextRefusal.reason(reason)) { try ServerURL(text) }
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:80", true), ("127.0.0.1", true), ("127.9.9.9:1", true), ("[::1]:80", true), ("[0:0:0:0:0:0:0:1]", true),
        ("[::]", false), ("0.0.0.0", false),
        ("128.0.0.1", false), ("localhost.example.com", false), ("127.0.0.1.example.com", false), ("[::ffff:127.0.0.1]", false),
    ])
    func knowsLoopback(_ text: String, _ expected: Bool) {
        #expect(HostPort(text)?.isLoopback == expected)
    }
}
