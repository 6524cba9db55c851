import Testing

@testable import OVFPackage

struct PackageCheckTests {
    static let package = [
        fileElement("f", "a.vmdk", ##"ovf:size="5""##), fileElement("g", "b%20c.iso"), fileElement("h", "https://example.com/d"),
        fileElement("i", "e", ##"ovf:size="25" ovf:chunkSize="10""##),
    ]
    static let whole: [String: Int64?] = [
        "p.ovf": 1, "p.mf": nil, "p.cert": 3, "a.vmdk": 5, "b c.iso": nil, "e.000000000": 10, "e.000000001": 10, "e.000000002": 5,
    ]

    private func check(_ present: [String: Int64?]) throws -> PackageCheck { PackageCheck(try descriptor(files: Self.package), present: present) }

    @Test func whole() throws {
        let check = try check(Self.whole)
        #expect(check.isWhole && check.unreferenced.isEmpty)
        #expect(check.external == ["https://example.com/d"])
    }

    @Test func missing() throws {
        for name in ["a.vmdk", "b c.iso", "e.000000000", "e.000000001", "e.000000002"] {
            let check = try check(Self.whole.filter { $0.key != name })
            #expect(check.missing == [name] && !check.isWhole && check.unreferenced.isEmpty)
        }
        #expect(try check([:]).missing == ["a.vmdk", "b c.iso", "e.000000000", "e.000000001", "e.000000002"])
    }

    @Test func unreferenced() throws {
        let check = try check(Self.whole.merging(["z.log": 1, "d": nil as Int64?, "e": 25, "e.000000003": 1, "q.ova": 1, "q.MF": 1]) { $1 })
        #expect(check.unreferenced == ["d", "e", "e.000000003", "q.ova", "z.log"])
        #expect(check.isWhole)
    }

    @Test func wrongSizes() throws {
        let check = try check(Self.whole.merging(["a.vmdk": 6 as Int64?, "b c.iso": 99, "e.000000001": 9, "e.000000002": 6]) { $1 })
        #expect(
            check.wrongSizes == [
                .init(name: "a.vmdk", stated: 5, actual: 6), .init(name: "e.000000001", stated: 10, actual: 9),
                .init(name: "e.000000002", stated: 5, actual: 6),
            ])
        #expect(!check.isWhole && check.missing.isEmpty)
        var unknown = Self.whole
        unknown.updateValue(nil, forKey: "a.vmdk")
        #expect(try self.check(unknown).isWhole)
    }

    /// Tools that do not decode a reference store the file under it.
    @Test func namedAsWritten() throws {
        let asWritten = Self.whole.filter { $0.key != "b c.iso" }.merging(["b%20c.iso": 1 as Int64?]) { $1 }
        #expect(try check(asWritten).isWhole)
        let both = try check(asWritten.merging(["b c.iso": 1 as Int64?]) { $1 })
        #expect(both.isWhole && both.unreferenced == ["b%20c.iso"])
        let chunks = try descriptor(files: [fileElement("f", "a%20b", ##"ovf:chunkSize="5" ovf:size="6""##)])
        #expect(PackageCheck(chunks, present: ["a%20b.000000000": 5, "a%20b.000000001": 1]).isWhole)
        #expect(PackageCheck(chunks, present: ["a b.000000000": 5, "a%20b.000000001": 1]).missing == ["a b.000000001"])
    }

    /// What is one file's decoded name is not another's as written.
    @Test func twoReferencesThatOneFileCouldMean() throws {
        let package = try descriptor(files: [fileElement("f", "a%20b"), fileElement("g", "a%2520b")])
        #expect(PackageCheck(package, present: ["a%20b": 1]).missing == ["a b"])
        #expect(PackageCheck(package, present: ["a b": 1]).missing == ["a%20b"])
        #expect(PackageCheck(package, present: ["a b": 1, "a%20b": 1]).isWhole)
        #expect(PackageCheck(package, present: ["a%20b": 1, "a%2520b": 1]).missing == ["a b"])
    }

    @Test func chunksWithoutASize() throws {
        let chunks = try descriptor(files: [fileElement("f", "a", ##"ovf:chunkSize="5""##)])
        #expect(PackageCheck(chunks, present: [:]).missing == ["a.000000000"])
        #expect(PackageCheck(chunks, present: ["a": 5]).missing == ["a.000000000"])
        let three = PackageCheck(chunks, present: ["a.000000000": 5, "a.000000001": 2, "a.000000002": 6, "a.000000004": 1])
        #expect(three.missing.isEmpty && three.unreferenced == ["a.000000004"])
        // Before the last every chunk is full.
        #expect(three.wrongSizes == [.init(name: "a.000000001", stated: 5, actual: 2), .init(name: "a.000000002", stated: 5, actual: 6)])
    }
}
