import Testing

@testable import OVFPackage

struct PackageLayoutTests {
    @Test func files() throws {
        let layout = try PackageLayout(["z.vmdk", "a.OVF", "a.mf", "a.iso", "b.cert"])
        #expect(layout.form == .files(descriptor: "a.OVF") && layout.manifest == "a.mf" && layout.certificate == "b.cert")
        #expect(layout.others == ["z.vmdk", "a.iso"])
        let alone = try PackageLayout(["a.ovf"])
        #expect(alone.manifest == nil && alone.certificate == nil && alone.others.isEmpty)
    }

    @Test func archive() throws {
        #expect(try PackageLayout(["a.ova"]).form == .archive("a.ova"))
    }

    @Test(
        arguments: [
            ([], PackageLayoutError.noDescriptor), (["a.mf", "b"], .noDescriptor), (["a.ovf", "b", "c.ovf"], .several(.descriptor, ["a.ovf", "c.ovf"])),
            (["a.ova", "b.ova"], .several(.archive, ["a.ova", "b.ova"])), (["a.ovf", "a.mf", "b.MF"], .several(.manifest, ["a.mf", "b.MF"])),
            (["a.ovf", "a.cert", "b.cert"], .several(.certificate, ["a.cert", "b.cert"])), (["a.ovf", "a.ova", "b"], .besidesArchive("a.ova", ["a.ovf"])),
            (["a.ova", "x", "a.mf"], .besidesArchive("a.ova", ["a.mf", "x"])),
        ] as [([String], PackageLayoutError)])
    func refuses(names: [String], error: PackageLayoutError) { #expect(throws: error) { try PackageLayout(names) } }

    @Test func messages() {
        let many = PackageLayoutError.besidesArchive("a.ova", (0..<12).map(String.init))
        #expect(many.description.hasSuffix("\"8\", \"9\" and 2 more"))
        #expect(PackageLayoutError.several(.manifest, ["a", "b"]).description.contains("(manifest): \"a\", \"b\""))
    }
}
