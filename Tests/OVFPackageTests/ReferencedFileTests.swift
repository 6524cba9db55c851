import Testing

@testable import OVFPackage

struct ReferencedFileTests {
    typealias Problem = ReferencedFile.HrefProblem

    @Test(arguments: [
        ("disk.vmdk", "disk.vmdk"), ("my%20disk.vmdk", "my disk.vmdk"), ("my disk.vmdk", "my disk.vmdk"), ("100%.vmdk", "100%.vmdk"),
        ("50%25.vmdk", "50%.vmdk"), ("a?b#c", "a?b#c"), ("%C3%A9.iso", "é.iso"), ("%FF.iso", "%FF.iso"), ("...", "..."), ("1a:b", "1a:b"), (":a", ":a"),
        ("a b:c", "a b:c"), ("%3Aa", ":a"),
    ])
    func namesAFile(href: String, name: String) throws { #expect(try ReferencedFile.name(of: href) == .file(name)) }

    @Test(arguments: ["http://example.com/a.vmdk", "https://example.com/a.vmdk", "HTTPS://EXAMPLE.com", "http:a"])
    func isExternal(href: String) throws { #expect(try ReferencedFile.name(of: href) == .external) }

    @Test(arguments: [
        ("", Problem.name(.empty)), (".", .name(.directory)), ("..", .name(.directory)), ("%2e%2E", .name(.directory)), ("../a", .name(.separator("/"))),
        ("..%2fa", .name(.separator("/"))), ("%2Fetc%2Fpasswd", .name(.absolute)), ("/etc/passwd", .name(.absolute)), ("//host/a", .name(.absolute)),
        ("disks/a", .name(.separator("/"))), ("disks%5Ca", .name(.separator("\\"))), ("C:\\a", .name(.absolute)), ("c:a", .name(.absolute)),
        ("a%00.vmdk", .name(.controlCharacter)), ("file:///etc/passwd", .scheme("file")), ("ftp://h/a", .scheme("ftp")), ("ds:///vmfs", .scheme("ds")),
        ("data:,x", .scheme("data")), ("x+y-z.1:a", .scheme("x+y-z.1")),
    ])
    func isRefused(href: String, problem: Problem) { #expect(throws: problem) { try ReferencedFile.name(of: href) } }

    @Test func chunkNames() {
        #expect(ReferencedFile.chunkName(of: "a.vmdk", 0) == "a.vmdk.000000000")
        #expect(ReferencedFile.chunkName(of: "a", 1_234_567_890) == "a.1234567890")
    }

    @Test(
        arguments: [
            (0, 10, [0]), (1, 10, [1]), (10, 10, [10]), (11, 10, [10, 1]), (30, 10, [10, 10, 10]), (7, Int64.max, [7]),
        ] as [(Int64, Int64, [Int64])])
    func chunks(size: Int64, chunk: Int64, sizes: [Int64]) throws {
        let file = try descriptor(files: [fileElement("f", "a", ##"ovf:size="\##(size)" ovf:chunkSize="\##(chunk)""##)]).files[0]
        #expect(file.location == .chunks(of: "a", size: chunk, count: sizes.count))
        #expect(file.names == sizes.indices.map { "a.00000000\($0)" })
        #expect(sizes.indices.map { file.expectedSize(at: $0) } == sizes)
    }

    /// How many there are only the files can tell; one there is in any case.
    @Test func chunksOfUnknownSize() throws {
        let file = try descriptor(files: [fileElement("f", "a%20b", ##"ovf:chunkSize="5""##)]).files[0]
        #expect(file.location == .chunks(of: "a b", size: 5, count: nil))
        #expect(file.names == ["a b.000000000"])
        #expect(file.expectedSize(at: 0) == nil)
    }
}
