import ContentLibraryAPI
import Digests
import Testing

@testable import ContentLibraryServer

@Suite struct PullSourceTests {
    static let thumbprint = Array(repeating: "AB", count: 20).joined(separator: ":")

    @Test(
        arguments: [
            ("http://a.test/f", .web(url: "http://a.test/f", thumbprint: nil)),
            ("HTTPS://a.test:444/f%20g?x#y", .web(url: "HTTPS://a.test:444/f%20g?x#y", thumbprint: nil)),
            ("file:///iso/a.iso", .file(path: "/iso/a.iso")), ("file:/iso/a%20b", .file(path: "/iso/a b")), ("file://localhost/a", .file(path: "/a")),
            ("ds:///vmfs/volumes/one/a/b.iso", .datastore(id: "one", path: "a/b.iso")), ("ds:/vmfs/volumes/one/a%25", .datastore(id: "one", path: "a%")),
            ("DS:///vmfs/volumes/one/..a", .datastore(id: "one", path: "..a")),
        ] as [(String, PullSource)])
    func `addresses that name a file`(_ uri: String, _ source: PullSource) throws {
        #expect(try PullSource(TransferEndpoint(uri: uri), hosts: .all) == source)
    }

    @Test(arguments: [
        "", "f", "/f", "ftp://a/f", "javascript:1", "http://", "http:///f", "http://user:secret@a/f", "https://a b/f",
        "file:f", "file:///", "file:///C:/f", "file:///c|/f", "file://server/share/f", "file:////server/share/f", "file:///a/../b", "file:///a/%2e%2e/b",
        "file:///a//b", "file:///a/./b", "file:///a/", "file:///a%00b", "file:///a?b", "file:///a#b", "file:///a%5Cb", #"file:\\server\share"#,
        "ds:///vmfs/volumes/one", "ds:///vmfs/volumes/one/", "ds:///vmfs/volumes//f", "ds:///f", "ds://host/vmfs/volumes/one/f", "ds:///vmfs/volumes/one/../f",
        "ds:///vmfs/volumes/one/%2e%2e/f", "ds:///vmfs/volumes/one//f", "ds:///vmfs/volumes/one/a%00", "ds:///vmfs/volumes/one/a?b",
        "ds:///vmfs/volumes/one/a/.", "ds:///vmfs/volumes/one/a%zz",
    ])
    func `addresses that name none`(_ uri: String) {
        let error = #expect(throws: APIError.self) { try PullSource(TransferEndpoint(uri: uri), hosts: .all) }
        #expect(error?.kind == .invalidArgument && error?.messages.first?.args.first == "file_spec.source_endpoint.uri")
    }

    @Test func `a certificate goes with https, and hosts may be limited`() throws {
        let endpoint = TransferEndpoint(uri: "https://a.test/f", sslCertificateThumbprint: Self.thumbprint.lowercased())
        let expected = PullSource.web(url: "https://a.test/f", thumbprint: try Thumbprint(Self.thumbprint))
        let (one, others) = (try #require(PullHosts("a.test")), try #require(PullHosts("b.test")))
        #expect(try PullSource(endpoint, hosts: one) == expected)
        for (uri, thumbprint, hosts) in [
            ("http://a.test/f", Self.thumbprint, one), ("https://a.test/f", "no thumbprint", one), ("https://a.test/f", Self.thumbprint, others),
            ("http://a.test@b.test/f", nil, one), ("http://b.test/f", nil, one),
        ] as [(String, String?, PullHosts)] {
            let error = #expect(throws: APIError.self) { try PullSource(TransferEndpoint(uri: uri, sslCertificateThumbprint: thumbprint), hosts: hosts) }
            #expect(error?.kind == .invalidArgument, "\(uri)")
        }
    }
}
