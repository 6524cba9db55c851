import Testing

@testable import OVFPackage

struct PackageFileTests {
    @Test(arguments: [
        ("a.ovf", PackageFile.descriptor), ("A.OVF", .descriptor), ("a.mf.Ovf", .descriptor), ("a.mf", .manifest), ("a.MF", .manifest),
        ("a.cert", .certificate), ("a.ova", .archive), ("a.Ova", .archive), ("a.vmdk", .other), ("ovf", .other), (".ovf", .other), (".mf", .other),
        ("", .other), ("a.ovf.gz", .other), ("a.ovf ", .other), ("a.crt", .other), ("é.mf", .manifest),
    ])
    func kindByName(name: String, kind: PackageFile) { #expect(PackageFile(name: name) == kind) }

    @Test func uploadOrder() {
        #expect(
            PackageFile.uploadOrder(["z.vmdk", "a.ovf", "b.iso", "a.cert", "a.mf", "a.vmdk"]) == ["a.mf", "a.cert", "a.ovf", "z.vmdk", "b.iso", "a.vmdk"])
        #expect(PackageFile.uploadOrder([String]()).isEmpty)
        #expect(PackageFile.uploadOrder(["x.ova"]) == ["x.ova"])
    }
}
