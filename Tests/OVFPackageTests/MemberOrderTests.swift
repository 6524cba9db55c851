import Testing

@testable import OVFPackage

struct MemberOrderTests {
    private func take(_ names: String, maximum: Int = 10) -> ArchiveError.Problem? {
        var order = MemberOrder(maximumMembers: maximum)
        for name in names.split(separator: " ") { do { try order.take(String(name)) } catch { return error } }
        return nil
    }

    @Test(arguments: [
        "", "a.ovf", "a.ovf a.vmdk", "a.ovf a.mf a.vmdk", "a.ovf a.mf a.cert a.vmdk b.vmdk", "a.ovf a.cert a.mf a.vmdk", "a.OVF b.vmdk a.vmdk A.MF",
        "a.ovf b.vmdk a.mf a.cert", "a.ovf b.vmdk a.cert a.mf", "a.ovf a.mf b.vmdk a.cert", "a.ovf other.mf b.vmdk", "a.ovf b.ova",
    ])
    func takes(names: String) { #expect(take(names) == nil) }

    @Test(arguments: [
        ("a.vmdk a.ovf", ArchiveError.Problem.descriptorNotFirst), ("a.mf a.ovf", .descriptorNotFirst), ("a.ovf b.ovf", .secondDescriptor),
        ("a.ovf a.vmdk a.ovf", .duplicate), ("a.ovf a.vmdk a.vmdk", .duplicate), ("a.ovf a.mf b.mf", .second(.manifest)),
        ("a.ovf a.cert a.vmdk b.cert", .second(.certificate)), ("a.ovf a.vmdk a.mf b.vmdk", .afterManifest),
        ("a.ovf a.vmdk a.cert a.mf b.vmdk", .afterManifest),
    ])
    func refuses(names: String, problem: ArchiveError.Problem) { #expect(take(names) == problem) }

    @Test func isBounded() {
        #expect(take("a.ovf b c", maximum: 3) == nil)
        #expect(take("a.ovf b c d", maximum: 3) == .tooManyMembers(limit: 3))
    }
}
