import HTTPTransport
import Testing

@Suite struct HeadersTests {
    @Test func namesHaveNoCase() {
        var headers: Headers = ["Content-Type": "a", "X": "1"]
        headers.append("x", "2")
        #expect(headers["content-TYPE"] == "a")
        #expect(headers["X"] == "1")
        #expect(headers.fields.map(\.value) == ["a", "1", "2"])
        headers["x"] = "3"
        #expect(headers.fields == [.init("Content-Type", "a"), .init("x", "3")])
        headers["CONTENT-TYPE"] = nil
        #expect(headers.fields == [.init("x", "3")])
        #expect(headers["Content-Typ"] == nil)
    }
}

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://VCenter.Example.com", "https", "vcenter.example.com", 443), ("http://h/x?y#z", "http", "h", 80), ("https://h:8443/a", "https", "h", 8443),
        ("https://[::1]:9/", "https", "[::1]", 9),
    ])
    func parts(url: String, scheme: String, host: String, port: Int) throws {
        let origin = try Origin(ofURL: url)
        #expect(origin.scheme == scheme)
        #expect(origin.host == host)
        #expect(origin.port == port)
        #expect(origin.authority == "\(host):\(port)")
    }

    @Test func thePortThatGoesWithoutSaying() throws {
        #expect(try Origin(ofURL: "https://h:443/cls/data") == Origin(ofURL: "https://h"))
        #expect(try Origin(ofURL: "http://h") != Origin(ofURL: "https://h"))
    }

    @Test(arguments: [
        "", "h", "ftp://h/", "https://user@h/", "https://u:p@h/", "https://h:99999/", "https://h:x/", "https://", "https://a b/", "http:///lib.json",
        "http:/h/x", "http:h", "https:////h/", "https://:443/", "https://?q", "https://#f",
    ])
    func refused(url: String) {
        #expect(throws: TransportError.self) { try Origin(ofURL: url) }
    }

    @Test(arguments: [("127.0.0.1", true), ("127.8.8.8", true), ("localhost", true), ("[::1]", true), ("128.0.0.1", false), ("127.evil.test", false)])
    func loopback(host: String, isLoopback: Bool) throws {
        #expect(try Origin(ofURL: "http://\(host)/").isLoopback == isLoopback)
    }
}
