import ContentLibraryAPI
import Digests
import Testing

@testable import ContentLibraryServer

/// Items of type `ovf`: a package is checked and published as a whole, or not at all.
@Suite struct PackageTests {
    private func makePackage(_ server: TestServer) async throws -> (Item.ID, UpdateSession.ID) {
        let item = try await server.call(Item.create(nil, .init(libraryID: try await server.makeLibrary(), name: "vm", type: "ovf")))
        return (item, try await server.makeSession(item))
    }
    private func push(_ files: [(name: String, bytes: [UInt8])], to session: UpdateSession.ID, _ server: TestServer) async throws {
        for (name, bytes) in files {
            #expect(await server.put(bytes, to: try await server.announce(name, in: session, size: Int64(bytes.count)), part: 100).status == 200)
        }
    }
    private func names(_ server: TestServer, _ item: Item.ID) async throws -> [String] { try await server.call(Item.File.list(item)).map(\.name).sorted() }

    @Test(arguments: Dialect.allCases, [DigestAlgorithm.sha1, .sha256, .sha512])
    func `manifest and files that agree are published without the manifest`(_ dialect: Dialect, _ algorithm: DigestAlgorithm) async throws {
        try await TestServer.with(dialect) { server, directory in
            let package = PackageText(algorithm: algorithm)
            let (item, session) = try await makePackage(server)
            try await push([("vm.mf", try package.manifest())] + package.files, to: session, server)
            let files = try await server.call(UpdateSession.File.list(session))
            #expect(
                Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.keepInStorage) })
                    == ["vm.mf": false, "vm.ovf": true, "disk.vmdk": true, "nvram": true])
            #expect(try await server.call(UpdateSession.File.validate(session)).hasErrors == false)
            try await server.call(UpdateSession.complete(session))
            #expect(try await names(server, item) == ["disk.vmdk", "nvram", "vm.ovf"])
            #expect(try await server.download("disk.vmdk", of: item) == package.disks[0].bytes)
            // The manifest has done its work: nothing of it is left.
            #expect(directory.files("data/datastores").count == 3)
        }
    }

    @Test(arguments: Dialect.allCases) func `what is missing is named by validate, and refused by complete`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let package = PackageText()
            let (item, session) = try await makePackage(server)
            try await push([package.files[0], package.files[2]], to: session, server)
            let result = try await server.call(UpdateSession.File.validate(session))
            #expect(result.hasErrors && result.missingFiles == ["disk.vmdk"] && result.invalidFiles.isEmpty)
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(refused?.kind == .notAllowedInCurrentState)
            #expect(refused?.messages.first?.id == "com.vmware.vdcs.cls-main.session_has_missing_or_invalid_files")
            #expect(refused?.messages.first?.args == ["disk.vmdk", ""])
            #expect(try await server.call(UpdateSession.get(session)).state == .active)
            #expect(try await names(server, item) == [])
            try await push([package.files[1]], to: session, server)
            try await server.call(UpdateSession.complete(session))
            #expect(try await names(server, item) == ["disk.vmdk", "nvram", "vm.ovf"])
        }
    }

    @Test(arguments: [
        ("a digest", "disk.vmdk", "com.vmware.ovfs.ovfs-main.ovfs.invalid_manifest_checksum_mismatch"),
        ("a length", "disk.vmdk", "clsyncd.library.size_mismatch"),
        ("a descriptor", "vm.ovf", "clsyncd.library.invalid_descriptor"), ("a manifest", "vm.mf", "clsyncd.library.invalid_manifest"),
        ("no descriptor", "disk.vmdk", "clsyncd.library.not_a_package"), ("two descriptors", "a.ovf", "clsyncd.library.not_a_package"),
        ("no manifest to sign", "vm.cert", "clsyncd.library.certificate_without_manifest"),
    ]) func `what is wrong is named, with the reason`(_ what: String, _ name: String, _ id: String) async throws {
        try await TestServer.with { server, _ in
            let package = PackageText()
            let (item, session) = try await makePackage(server)
            var files = [("vm.mf", try package.manifest())] + package.files
            switch what {
            case "a digest": files[0].1 = try package.manifest(wrong: "disk.vmdk")
            case "a length":
                files[2].1.append(0)
                files.remove(at: 0)
            case "a descriptor":
                files[1].1 = Array("<Envelope".utf8)
                files.remove(at: 0)
            case "a manifest": files[0].1 = Array("no manifest\n".utf8)
            case "no descriptor": files = Array(files[2...])
            case "two descriptors": files = Array(files[1...]) + [("a.ovf", package.descriptor)]
            default: files[0] = ("vm.cert", Array("no certificate".utf8))
            }
            try await push(files, to: session, server)
            let result = try await server.call(UpdateSession.File.validate(session))
            #expect(result.hasErrors)
            #expect(result.invalidFiles.contains { $0.name == name && $0.errorMessage.id == id }, "\(result)")
            let refused = try await refusal { try await server.call(UpdateSession.complete(session)) }
            #expect(refused?.messages.contains { $0.id == id && $0.defaultMessage.hasPrefix(name) } == true, "\(refused.map { "\($0)" } ?? "")")
            #expect(try await names(server, item) == [])
        }
    }

    @Test func `a manifest after the descriptor comes too late`() async throws {
        try await TestServer.with { server, _ in
            let package = PackageText()
            let (_, session) = try await makePackage(server)
            _ = try await server.announce("vm.ovf", in: session)
            for name in ["vm.mf", "VM.CERT"] {
                let refused = try await refusal { try await server.announce(name, in: session) }
                #expect(refused?.kind == .notAllowedInCurrentState && refused?.messages.first?.defaultMessage.contains("vm.ovf") == true)
            }
            try await push(package.files, to: session, server)
            try await server.call(UpdateSession.complete(session))
        }
    }

    @Test func `one file of a package is replaced under the check of the others`() async throws {
        try await TestServer.with { server, _ in
            let package = PackageText()
            let (item, session) = try await makePackage(server)
            try await push(package.files, to: session, server)
            try await server.call(UpdateSession.complete(session))
            let second = try await server.makeSession(item)
            try await push([("disk.vmdk", Array("longer than the descriptor says".utf8))], to: second, server)
            #expect(try await refusal { try await server.call(UpdateSession.complete(second)) }?.messages.first?.args == ["", "disk.vmdk"])
            try await push([("disk.vmdk", Array("A DISK".utf8))], to: second, server)
            try await server.call(UpdateSession.complete(second))
            #expect(try await server.download("disk.vmdk", of: item) == Array("A DISK".utf8))
            // Emptied, it is a package no more, and may be so.
            let third = try await server.makeSession(item)
            for name in try await names(server, item) { try await server.call(UpdateSession.File.remove(third, name)) }
            try await server.call(UpdateSession.complete(third))
            #expect(try await names(server, item) == [])
        }
    }

    @Test func `other types take the same files as they are`() async throws {
        try await TestServer.with { server, _ in
            let item = try await server.makeItem()
            try await server.publish([("vm.ovf", Array("no xml".utf8)), ("vm.mf", [1]), ("vm.ova", [2])], to: item)
            #expect(try await names(server, item) == ["vm.mf", "vm.ova", "vm.ovf"])
        }
    }

    // MARK: archives

    @Test(arguments: Dialect.allCases, [1, 511, 4096, 1 << 20])
    func `an archive becomes its members, and replaces what was there`(_ dialect: Dialect, _ part: Int) async throws {
        try await TestServer.with(dialect) { server, directory in
            var package = PackageText()
            package.disks[0].bytes = part == 1 ? Array(UploadTests.large.prefix(3000)) : UploadTests.large
            let (item, session) = try await makePackage(server)
            let archive = try package.archive()
            let checksum = Item.File.ChecksumInfo(algorithm: .init(rawValue: "SHA512"), checksum: try DigestAlgorithm.sha512.hexDigest(of: archive))
            let path = try await server.announce("vm.ova", in: session, size: Int64(archive.count), checksum: checksum)
            #expect(await server.put(archive, to: path, part: part).status == 200)
            let files = try await server.call(UpdateSession.File.list(session))
            #expect(files.map(\.name).sorted() == ["disk.vmdk", "nvram", "vm.mf", "vm.ova", "vm.ovf"])
            #expect(files.filter { $0.keepInStorage == false }.map(\.name).sorted() == ["vm.mf", "vm.ova"])
            #expect(files.allSatisfy { $0.status == .ready })
            try await server.call(UpdateSession.complete(session))
            #expect(try await names(server, item) == ["disk.vmdk", "nvram", "vm.ovf"])
            #expect(try await server.download("disk.vmdk", of: item) == package.disks[0].bytes)
            let info = try await server.call(Item.File.get(item, "disk.vmdk"))
            #expect(info.checksumInfo?.checksum == (try DigestAlgorithm.sha1.hexDigest(of: package.disks[0].bytes)))

            let other = PackageText(name: "vm", disks: [("only.vmdk", [1, 2, 3])])
            let second = try await server.makeSession(item)
            #expect(await server.put(try other.archive(), to: try await server.announce("vm.ova", in: second)).status == 200)
            #expect(try await names(server, item) == ["disk.vmdk", "nvram", "vm.ovf"])
            try await server.call(UpdateSession.complete(second))
            #expect(try await names(server, item) == ["only.vmdk", "vm.ovf"])
            #expect(try await server.call(Item.File.get(item, "vm.ovf")).version == "2")
            #expect(directory.files("data/datastores").count == 2)
        }
    }

    @Test(arguments: ["a wrong digest", "a missing file", "cut off", "garbage behind", "a path", "no tar", "a wrong checksum"])
    func `an archive that is none, or whose members are wrong, is refused as a whole`(_ what: String) async throws {
        try await TestServer.with { server, directory in
            let package = PackageText()
            let (item, session) = try await makePackage(server)
            let good = try package.archive()
            var bytes = good
            var checksum: Item.File.ChecksumInfo?
            switch what {
            case "a wrong digest": bytes = try package.archive(wrong: "nvram")
            case "a missing file": bytes = PackageText.archive([package.files[0], package.files[1]])
            case "cut off": bytes.removeLast(1500)
            case "garbage behind": bytes += [1]
            case "a path": bytes = PackageText.archive([package.files[0], ("../disk.vmdk", [1])])
            case "no tar": bytes = Array(repeating: 7, count: 2000)
            default: checksum = .init(algorithm: nil, checksum: try DigestAlgorithm.sha1.hexDigest(of: [1]))
            }
            let path = try await server.announce("vm.ova", in: session, checksum: checksum)
            let response = await server.put(bytes, to: path, part: 700)
            #expect(response.status == 400, "\(response.text)")
            let info = try await server.call(UpdateSession.File.get(session, "vm.ova"))
            #expect(info.status == .error && info.errorMessage?.defaultMessage.isEmpty == false)
            #expect(try await server.call(UpdateSession.File.list(session)).map(\.name) == ["vm.ova"])
            #expect(directory.files("data/datastores") == [:])
            if checksum == nil {
                #expect(await server.put(good, to: path).status == 200)
                try await server.call(UpdateSession.complete(session))
                #expect(try await names(server, item).count == 3)
            }
        }
    }

    @Test func `an archive that is removed, or whose session is cancelled, takes its members with it`() async throws {
        try await TestServer.with { server, directory in
            let archive = try PackageText().archive()
            let (_, session) = try await makePackage(server)
            #expect(await server.put(archive, to: try await server.announce("vm.ova", in: session)).status == 200)
            #expect(directory.files("data/datastores").count == 4)
            try await server.call(UpdateSession.File.remove(session, "vm.ova"))
            #expect(try await server.call(UpdateSession.File.list(session)).isEmpty)
            #expect(directory.files("data/datastores") == [:])
            #expect(await server.put(archive, to: try await server.announce("vm.ova", in: session)).status == 200)
            // Announced anew, what it brought is gone until it comes again.
            let path = try await server.announce("vm.ova", in: session)
            #expect(directory.files("data/datastores") == [:])
            #expect(await server.put(archive, to: path).status == 200)
            try await server.call(UpdateSession.cancel(session))
            #expect(directory.files("data/datastores") == [:])
        }
    }

    @Test func `an archive whose connection breaks leaves nothing, and may come again`() async throws {
        try await TestServer.with { server, directory in
            let archive = try PackageText().archive()
            let (_, session) = try await makePackage(server)
            let path = try await server.announce("vm.ova", in: session)
            let request = HTTPRequest("PUT", target: path, headers: [("Content-Length", String(archive.count))])
            let response = await server.service.receive(request, body: Parts([Array(archive.prefix(1800)), nil]))
            #expect(response.status == 400)
            #expect(try await server.call(UpdateSession.File.get(session, "vm.ova")).status == .waitingForTransfer)
            #expect(directory.files("data/datastores") == [:])
            #expect(await server.put(archive, to: path).status == 200)
        }
    }

    @Test func `a member that was pushed too is named`() async throws {
        try await TestServer.with { server, directory in
            let package = PackageText()
            let (_, session) = try await makePackage(server)
            try await push([package.files[1]], to: session, server)
            let response = await server.put(try package.archive(), to: try await server.announce("vm.ova", in: session))
            #expect(response.status == 400 && response.text.contains("disk.vmdk"))
            #expect(directory.files("data/datastores").count == 1)
        }
    }
}
