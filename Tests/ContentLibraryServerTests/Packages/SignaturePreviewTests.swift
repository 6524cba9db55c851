import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

/// What an update session shows of a package's signature, and what of it stops a completion.
@Suite struct SignaturePreviewTests {
    typealias File = (name: String, bytes: [UInt8])

    static let package = PackageText()
    /// The test clock's second.
    static let now: Int64 = 1_800_000_000
    static let always = (now - 1000)...(now + 1000)
    static let everything: [UpdateSession.WarningBehavior] = [
        UpdateSession.WarningType.selfSignedCertificate, .expiredCertificate, .notYetValidCertificate, .untrustedCertificate,
    ].map { .init(type: $0, ignored: true) }

    /// Manifest, certificate, descriptor and disks.
    static func files(_ signer: TestSigner) throws -> [File] {
        let manifest = try package.manifest()
        return [("vm.mf", manifest), ("vm.cert", try signer.certificateFile(for: manifest))] + package.files
    }

    private func open(_ server: TestServer, _ behavior: [UpdateSession.WarningBehavior]? = nil) async throws -> (Item.ID, UpdateSession.ID) {
        let item = try await server.call(Item.create(nil, .init(libraryID: try await server.makeLibrary(), name: "vm", type: "ovf")))
        return (item, try await server.call(UpdateSession.create(nil, .init(libraryItemID: item, warningBehavior: behavior))))
    }
    private func push(_ files: [File], to session: UpdateSession.ID, _ server: TestServer) async throws {
        for (name, bytes) in files {
            let response = await server.put(bytes, to: try await server.announce(name, in: session), part: 500)
            #expect(response.status == 200, "\(name): \(response.text)")
        }
    }
    private func preview(_ session: UpdateSession.ID, _ server: TestServer) async throws -> UpdateSession.PreviewInfo? {
        try await server.call(UpdateSession.get(session)).previewInfo
    }
    private func names(_ server: TestServer, _ item: Item.ID) async throws -> [String] { try await server.call(Item.File.list(item)).map(\.name).sorted() }

    @Test(arguments: Dialect.allCases)
    func `a preview is there once everything that describes the package has come`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let signer = try TestSigner(valid: Self.always)
            let files = try Self.files(signer)
            let (_, session) = try await open(server)
            #expect(try await preview(session, server) == .init(state: .unavailable))
            try await push([files[3], files[0], files[1]], to: session, server)
            #expect(try await preview(session, server) == .init(state: .unavailable), "there is no descriptor")
            let late = try await server.announce("vm.mf", in: session)
            let path = try await server.announce("vm.ovf", in: session)
            #expect(await server.put(files[2].bytes, to: path).status == 200)
            #expect(try await preview(session, server) == .init(state: .preparing), "the manifest is to come again")
            #expect(await server.put(files[0].bytes, to: late).status == 200)
            let found = try #require(try await preview(session, server))
            #expect(found.state == .available, "a file that the descriptor names is to come, and is nothing to look at")
            #expect(
                found.certificateInfo == .init(issuer: "CN=Acme", subject: "CN=Acme", selfSigned: true, x509: signer.chain[0]))
            #expect(found.warnings?.map(\.type) == [.selfSignedCertificate, .untrustedCertificate])
            #expect(
                found.warnings?.map(\.message) == [
                    .init(id: "com.vmware.vdcs.vsphere-cs-lib.CERTIFICATE_SELF_SIGNED", defaultMessage: "The certificate is self-signed."),
                    .init(id: "com.vmware.vdcs.vsphere-cs-lib.CERTIFICATE_UNTRUSTED", defaultMessage: "The certificate is not trusted."),
                ])
            #expect(found.warnings?.map(\.ignored) == [false, false])
            #expect(found.certChain == [signer.chain[0].split(separator: "\n").dropFirst().dropLast().joined()])
            #expect(await server.put([1], to: try await server.announce("vm.ovf", in: session)).status == 200)
            #expect(try await preview(session, server) == found, "the signature is of the manifest, whatever validate says of the rest")
            _ = try await server.announce("vm.ovf", in: session)
            #expect(try await preview(session, server) == .init(state: .preparing))
            try await server.call(UpdateSession.cancel(session))
            #expect(try await preview(session, server) == nil, "only an active session has one")
        }
    }

    @Test(arguments: Dialect.allCases)
    func `what is not signed has nothing to show, and other types have no preview`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let (item, session) = try await open(server)
            try await push([("vm.mf", try Self.package.manifest())] + Self.package.files, to: session, server)
            #expect(try await preview(session, server) == .init(state: .available, warnings: []))
            try await server.call(UpdateSession.complete(session))
            #expect(try await preview(session, server) == nil)
            let second = try await server.makeSession(item)
            #expect(try await preview(second, server) == .init(state: .available, warnings: []), "the item's descriptor is there")

            let plain = try await server.makeSession(try await server.makeItem(in: try await server.makeLibrary("Other")))
            try await push([("vm.ovf", Self.package.descriptor)], to: plain, server)
            #expect(try await preview(plain, server) == .init(state: .notApplicable))
        }
    }

    @Test(arguments: Dialect.allCases)
    func `a completion needs every warning ignored`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let (item, session) = try await open(server)
            try await push(try Self.files(try TestSigner(valid: Self.always)), to: session, server)
            #expect(try await server.call(UpdateSession.File.validate(session)).hasErrors == false)
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(refused?.kind == .notAllowedInCurrentState)
            #expect(
                refused?.messages.map(\.id) == [
                    "clsyncd.library.warnings_not_ignored", "com.vmware.vdcs.vsphere-cs-lib.CERTIFICATE_SELF_SIGNED",
                    "com.vmware.vdcs.vsphere-cs-lib.CERTIFICATE_UNTRUSTED",
                ])
            #expect(refused?.messages.first?.args == ["SELF_SIGNED_CERTIFICATE", "UNTRUSTED_CERTIFICATE"])
            #expect(try await server.call(UpdateSession.get(session)).state == .active)

            let half: [UpdateSession.WarningBehavior] = [
                .init(type: .selfSignedCertificate, ignored: true), .init(type: .untrustedCertificate, ignored: false),
            ]
            try await server.call(UpdateSession.update(session, .init(warningBehavior: half)))
            #expect(try await preview(session, server)?.warnings?.map(\.ignored) == [true, false])
            let again = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(again?.messages.first?.args == ["UNTRUSTED_CERTIFICATE"])
            #expect(try await names(server, item) == [])

            try await server.call(UpdateSession.update(session, .init(warningBehavior: half.map { .init(type: $0.type, ignored: true) })))
            try await server.call(UpdateSession.complete(session))
            #expect(try await names(server, item) == ["disk.vmdk", "nvram", "vm.ovf"])
            #expect(directory.files("data/datastores").count == 3, "manifest and certificate are gone")
        }
    }

    @Test(arguments: [
        (0, 0, []), (-10, 0, []), (-10, -1, [UpdateSession.WarningType.expiredCertificate]), (0, 10, []), (1, 10, [.notYetValidCertificate]),
        // One whose validity ends before it begins is both.
        (2, -2, [.expiredCertificate, .notYetValidCertificate]),
    ])
    func `a certificate is good from its first second to its last`(_ from: Int64, _ to: Int64, _ types: [UpdateSession.WarningType]) async throws {
        try await TestServer.with { server, _ in
            let signer = try TestSigner(notBefore: Self.now + from, notAfter: Self.now + to)
            let (item, session) = try await open(server, Self.everything.filter { $0.type != types.last })
            try await push(try Self.files(signer), to: session, server)
            let warnings = try #require(try await preview(session, server)?.warnings)
            #expect(warnings.map(\.type) == [.selfSignedCertificate] + types + [.untrustedCertificate])
            #expect(warnings.filter { !$0.ignored }.map(\.type) == Array(types.suffix(1)))
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(refused?.messages.first?.args == types.last.map { [$0.rawValue] })
            #expect(try await names(server, item).isEmpty == (refused != nil))
        }
    }

    @Test func `a certificate expires while the session is open`() async throws {
        try await TestServer.with { server, _ in
            let (_, session) = try await open(server)
            try await push(try Self.files(try TestSigner(valid: (Self.now - 5)...Self.now)), to: session, server)
            server.clock.advance(by: .milliseconds(999))
            #expect(try await preview(session, server)?.warnings?.contains { $0.type == .expiredCertificate } == false)
            server.clock.advance(by: .milliseconds(1))
            let expired = try #require(try await preview(session, server)?.warnings?.first { $0.type == .expiredCertificate })
            #expect(expired.message.args == ["2027-01-15T08:00:00.000Z"])
        }
    }

    @Test func `a certificate that another signed is shown with its chain`() async throws {
        try await TestServer.with { server, _ in
            let signer = try TestSigner("Leaf", valid: Self.always, by: try TestSigner("Root", valid: Self.always))
            let (_, session) = try await open(server, [.init(type: .untrustedCertificate, ignored: true)])
            try await push(try Self.files(signer), to: session, server)
            let found = try #require(try await preview(session, server))
            #expect(found.certificateInfo == .init(issuer: "CN=Root", subject: "CN=Leaf", selfSigned: false, x509: signer.chain[0]))
            #expect(found.certChain == signer.chain.map { $0.split(separator: "\n").dropFirst().dropLast().joined() })
            #expect(found.warnings?.map(\.type) == [.untrustedCertificate])
            try await server.call(UpdateSession.complete(session))
        }
    }

    @Test(arguments: ["another manifest", "another key", "no certificate", "two manifests"])
    func `nobody is shown as the signer of what he did not sign, and no behavior helps`(_ what: String) async throws {
        try await TestServer.with { server, _ in
            let signer = try TestSigner(valid: Self.always)
            var files = try Self.files(signer)
            switch what {
            // The same digests, and yet other bytes.
            case "another manifest": files[0].bytes += Array("\n".utf8)
            case "another key":
                let other = String(decoding: try TestSigner(valid: Self.always).certificateFile(for: files[0].bytes), as: UTF8.self)
                let own = String(decoding: files[1].bytes, as: UTF8.self)
                files[1].bytes = Array((other.prefix { $0 != "\n" } + own.drop { $0 != "\n" }).utf8)
            case "no certificate": files[1].bytes = Array("SHA256(vm.mf)= 00\n".utf8)
            default: files.insert(("other.mf", files[0].bytes), at: 0)
            }
            let (item, session) = try await open(server, Self.everything)
            try await push(files, to: session, server)
            #expect(try await preview(session, server) == .init(state: .available, warnings: []))
            #expect(try await server.call(UpdateSession.File.validate(session)).hasErrors)
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            let id = what == "two manifests" ? "clsyncd.library.not_a_package" : "clsyncd.library.invalid_certificate"
            #expect(refused?.messages.contains { $0.id == id } == true, "\(refused.map { "\($0)" } ?? "")")
            #expect(try await names(server, item) == [])
        }
    }

    @Test(arguments: Dialect.allCases)
    func `an archive is shown as its members would be`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, directory in
            let signer = try TestSigner(valid: Self.always)
            let files = try Self.files(signer)
            let (item, session) = try await open(server)
            let path = try await server.announce("vm.ova", in: session)
            #expect(try await preview(session, server) == .init(state: .preparing))
            #expect(await server.put(PackageText.archive([files[2], files[0], files[1]] + files[3...]), to: path).status == 200)
            let found = try #require(try await preview(session, server))
            #expect(found.certificateInfo?.x509 == signer.chain[0] && found.certChain?.count == 1)
            #expect(found.warnings?.map(\.type) == [.selfSignedCertificate, .untrustedCertificate])
            #expect(
                try await refusal { try await server.call(UpdateSession.complete(session)) }?.messages.first?.id == "clsyncd.library.warnings_not_ignored")
            try await server.call(UpdateSession.update(session, .init(warningBehavior: Self.everything)))
            try await server.call(UpdateSession.complete(session))
            #expect(try await names(server, item) == ["disk.vmdk", "nvram", "vm.ovf"])
            #expect(directory.files("data/datastores").count == 3)

            let second = try await server.makeSession(item)
            let wrong = PackageText.archive([files[2], ("vm.mf", files[0].bytes + [10]), files[1]] + files[3...])
            let response = await server.put(wrong, to: try await server.announce("vm.ova", in: second))
            #expect(response.status == 400 && response.text.contains("vm.cert"), "\(response.text)")
            #expect(try await preview(second, server) == .init(state: .preparing))
        }
    }

    @Test func `a session that ends under a look at it has no preview any more, and that is no failure`() async throws {
        try await TestServer.with { server, _ in
            let files = try Self.files(try TestSigner(valid: Self.always))
            let (item, first) = try await open(server)
            var session = first
            for _ in 0..<25 {
                try await push(files, to: session, server)
                let shown = session
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<12 {
                        group.addTask {
                            let model = try await server.call(UpdateSession.get(shown))
                            #expect((model.previewInfo?.state == .available) == (model.state == .active))
                            #expect((model.previewInfo?.certificateInfo != nil) == (model.state == .active))
                        }
                    }
                    group.addTask { try await server.call(UpdateSession.cancel(shown)) }
                    try await group.waitForAll()
                }
                session = try await server.makeSession(item)
            }
        }
    }

    @Test func `bytes that are gone from the disk are a failure`() async throws {
        try await TestServer.with { server, directory in
            let (_, session) = try await open(server)
            try await push(try Self.files(try TestSigner(valid: Self.always)), to: session, server)
            let certificate = try #require(directory.files("data/datastores").keys.first { $0.hasSuffix(".cert") })
            try FileSystem.remove("\(directory.path)/data/datastores/\(certificate)")
            #expect(try await refusal { try await server.call(UpdateSession.get(session)) }?.kind == .internalServerError)
        }
    }
}
