import ContentLibraryAPI
import Testing

struct HTTPMessageTests {
    @Test func takesTargetsApart() {
        let request = HTTPRequest("GET", target: "/a/%2Fb?x=1&y=a+b%2B&flag&=z&x=2&&e=")
        #expect(request.path == "/a/%2Fb")
        #expect(request.query.map { "\($0.name)=\($0.value)" } == ["x=1", "y=a b+", "flag=", "=z", "x=2", "e="])
        #expect(!request.hasMalformedQuery)
        #expect(request.target == "/a/%2Fb?x=1&y=a%20b%2B&flag&=z&x=2&e")
        #expect(HTTPRequest("GET", target: "/a?").query.isEmpty)
        #expect(HTTPRequest("GET", target: "").path == "")
        #expect(HTTPRequest("GET", target: "?a=b").query.count == 1)
        #expect(HTTPRequest("GET", target: "/a?b=c?d=e").query.first?.value == "c?d=e")
    }

    @Test(arguments: ["/a?x=%", "/a?%ff=1", "/a?x=%zz&y=1"])
    func noticesMalformedQueries(target: String) { #expect(HTTPRequest("GET", target: target).hasMalformedQuery) }

    @Test func looksUpHeadersWhateverTheirCase() {
        let response = HTTPResponse(200, headers: [("DATE", "Fri, 02 Jan 2026 03:04:05 GMT"), ("X-A", "1"), ("x-a", "2")], body: [0x61, 0xff])
        #expect(response.header("Date") == "Fri, 02 Jan 2026 03:04:05 GMT")
        #expect(response.header("x-A") == "1")
        #expect(response.header("y") == nil)
        #expect(response.date?.text == "2026-01-02T03:04:05.000Z")
        #expect(response.text == "a\u{fffd}")
        #expect(HTTPResponse(200).date == nil && HTTPResponse(200, headers: [("date", "soon")]).date == nil)
        #expect(HTTPRequest("GET", "/", headers: [("Host", "h")]).header("HOST") == "h")
    }
}
