import Digests
import Testing

@testable import OVFPackage

struct CertificateTests {
    private func read(_ pem: String) throws -> Certificate { try #require(Certificate(pem: Array(pem.utf8))) }

    @Test func selfSigned() throws {
        let certificate = try read(SignedManifest.rsa)
        #expect(certificate.subject == #"CN=Appliances é,O=Acme\, Ltd.,C=DE"#)
        #expect(certificate.issuer == certificate.subject && certificate.isSelfSigned)
        #expect((certificate.notBefore, certificate.notAfter) == SignedManifest.rsaDates)
        #expect(try Thumbprint(ofDER: certificate.der) == Thumbprint(ofPEM: SignedManifest.rsa))
        #expect(certificate.pem == SignedManifest.rsa)
    }

    @Test func signedByAnother() throws {
        let (leaf, root) = (try read(SignedManifest.leaf), try read(SignedManifest.root))
        #expect(leaf.subject == "CN=Leaf" && leaf.issuer == "CN=Root" && !leaf.isSelfSigned)
        #expect(root.isSelfSigned)
        // A name alone does not make a certificate its own issuer.
        let namesake = try read(SignedManifest.namesake)
        #expect(namesake.subject == namesake.issuer && !namesake.isSelfSigned)
    }

    @Test func noCertificate() {
        #expect(Certificate(pem: []) == nil)
        #expect(Certificate(pem: Array(SignedManifest.rsa.dropLast(40).utf8)) == nil)
    }
}
