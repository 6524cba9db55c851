import Digests
import Testing

@Suite struct ThumbprintTests {
    static let sha1 = "b2527c9dfa33c70c62e21ad78a5f7e4bd1ae5db6"

    @Test(arguments: [
        sha1, sha1.uppercased(), " \(sha1)\n",
        "b2:52:7c:9d:fa:33:c7:0c:62:e2:1a:d7:8a:5f:7e:4b:d1:ae:5d:b6",
        "B2:52:7C:9D:FA:33:C7:0C:62:E2:1A:D7:8A:5F:7E:4B:D1:AE:5D:B6",
    ])
    func formsOfOneThumbprint(_ text: String) throws {
        let thumbprint = try Thumbprint(text)
        #expect(try thumbprint == Thumbprint(Self.sha1))
        #expect(thumbprint.algorithm == .sha1)
        #expect(thumbprint.hex == Self.sha1)
        #expect(thumbprint.description == "B2:52:7C:9D:FA:33:C7:0C:62:E2:1A:D7:8A:5F:7E:4B:D1:AE:5D:B6")
    }

    @Test func sixtyFourDigitsAreSHA256() throws {
        #expect(try Thumbprint(String(repeating: "0f", count: 32)).algorithm == .sha256)
    }

    @Test(arguments: ["", "aa", "zz" + sha1.dropFirst(2), sha1 + "0", "-" + sha1.dropFirst()])
    func refused(_ text: String) {
        #expect(throws: ThumbprintError.self) { try Thumbprint(text) }
    }

    /// A self-signed EC certificate; its thumbprints are what `openssl x509 -fingerprint` prints.
    static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBgzCCASmgAwIBAgIUW6yJslZFITNHt6l8wWmdj74Il7swCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMZXhhbXBsZS50ZXN0MB4XDTI2MTEyMzE3NDYxMloXDTM2MTEy
        MDE3NDYxMlowFzEVMBMGA1UEAwwMZXhhbXBsZS50ZXN0MFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAETShrhyS+/QzyWvCjS3e1f4/WOMrLHl/susLy1GIDvZt2QDXU
        HOlbTpu3D2IxEYjBsYqywzBzd/DGtM1tq55vM6NTMFEwHQYDVR0OBBYEFAHGUhxK
        xxyHtkmUjZ7e1Ol8/zPCMB8GA1UdIwQYMBaAFAHGUhxKxxyHtkmUjZ7e1Ol8/zPC
        MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgKZ3YMMytt7hpFcXr
        L3uMyvp/83Uz+aUYj9SCrQgs9lwCIQCqmYNOypi0Zk7VPV7ouuyOppS69S/0qaSq
        mcMBhXHxCw==
        -----END CERTIFICATE-----
        """

    @Test func ofAPEMCertificate() throws {
        #expect(try Thumbprint(ofPEM: Self.pem, .sha1) == Thumbprint("AB:4F:9E:7C:E5:CD:A8:64:81:56:67:6B:B0:41:8E:7B:33:14:74:CC"))
        #expect(
            try Thumbprint(ofPEM: "text before\n" + Self.pem)
                == Thumbprint("CD:D2:2A:91:DD:60:12:2F:C3:D3:9E:02:63:9F:81:C1:D3:1C:7C:AF:E3:62:E3:8C:A0:D1:2D:E6:09:75:59:84"))
        #expect(throws: ThumbprintError.noCertificate) { try Thumbprint(ofPEM: "no certificate") }
        #expect(throws: ThumbprintError.unusable(.md5)) { try Thumbprint(ofPEM: Self.pem, .md5) }
    }
}
