import ContentLibraryAPI
import ContentLibraryClient
import Digests
import HTTPTransport
import Testing

/// clsyncd against VMware's simulator: another implementation of the API, which speaks only `/rest` and reports neither checksums nor versions.
@Suite(.serialized) struct SimulatorMirrorTests {
    private struct Peer {
        let process: RunningProcess
        let url: String
        let user: String
        let password: String
        let datastore: String
        let thumbprint: String
        let client: ContentLibraryClient
    }

    private func start(in directory: TemporaryDirectory) async throws -> Peer {
        let ready = directory("simulator.json")
        let process = try await RunningProcess.start(.simulator, ["-ready", ready, "-tls"], log: directory("simulator"))
        let facts: JSON = try await eventually("the simulator writes its ready file", evidence: { process.tail }) {
            try process.checkRunning()
            return try? JSON(parsing: SourceTree.content(Array(ready.utf8)))
        }
        func fact(_ name: String) throws -> String { try #require(facts[name]?.text, "\(facts.serialized)") }
        let (user, password, thumbprint) = (try fact("user"), try fact("password"), try fact("thumbprint"))
        let trust = Trust.pinned(try Thumbprint(thumbprint))
        let client = try ContentLibraryClient(
            .init(server: try fact("url"), api: .fixed(.rest)), control: try HTTPLoop(.init(name: "test-control", trust: trust, proxy: .none)),
            transfer: try HTTPLoop(.init(name: "test-transfer", trust: trust, proxy: .none)), credentials: { (user, password) })
        return Peer(
            process: process, url: try fact("url"), user: user, password: password, datastore: try fact("datastore"), thumbprint: thumbprint, client: client)
    }

    /// A directory, and the configuration that mirrors it into a library of the simulator.
    private func mirrored(body: (_ tree: SourceTree, _ peer: Peer, _ run: ([String]) async throws -> CommandResult) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let peer = try await start(in: directory)
        let tree = try SourceTree(directory("tree"))
        var configuration = Configuration()
        configuration.server["url"] = .init(peer.url)
        configuration.server["username"] = .init(peer.user)
        configuration.server["password_file"] = .init(directory("password"))
        configuration.server["thumbprint"] = .init(peer.thumbprint)
        configuration.daemon["state_directory"] = .init(directory("state"))
        configuration.daemon["runtime_directory"] = .init(directory("run"))
        _ = try await RemoteLibrary.create("Mirrored", peer.client, datastore: peer.datastore)
        configuration.mirrors = [Site.mirror("main", tree.path, "Mirrored")]
        let files = try SourceTree(directory.path)
        try files.write("clsyncd.toml", configuration.text)
        try files.write("password", "\(peer.password)\n")
        try files.mode("password", 0o600)
        var number = 0
        try await body(tree, peer) { arguments in
            number += 1
            let process = try await RunningProcess.start(
                .clsyncd, arguments + ["--config", directory("clsyncd.toml"), "--json"], log: directory("command-\(number)"))
            let exit = try await process.wait(within: .seconds(60))
            return CommandResult(arguments, exit, output: process.output, errors: process.errors)
        }
        try await peer.process.kill()
    }

    private func library(_ peer: Peer) async throws -> RemoteLibrary { try #require(try await RemoteLibrary.find("Mirrored", peer.client)) }

    @Test func directoryIsMirroredAndTheSecondPassSendsNothing() async throws {
        try await mirrored { tree, peer, run in
            try tree.write("disk/disk.iso", "an image")
            try tree.write("tools/a.bin", "a")
            try tree.write("tools/b with space.bin", "b")
            let first = try await run(["sync"])
            #expect(first.code == 0, "\(first)")
            let library = try await library(peer)
            let items = try await library.items()
            #expect(items.mapValues { $0.files.keys.sorted() } == ["disk": ["disk.iso"], "tools": ["a.bin", "b with space.bin"]])
            #expect(items["disk"]?.type == "iso")
            #expect(try await library.content("disk.iso", of: "disk") == Array("an image".utf8))
            #expect(try await library.content("b with space.bin", of: "tools") == Array("b".utf8))
            #expect(try await peer.client.call(UpdateSession.list(nil)) == [])
            // Without checksums it is the journal that tells that nothing moved.
            let plan = try await run(["plan", "--detailed-exitcode"])
            #expect(plan.code == 0 && plan.actions.isEmpty, "\(plan)")
            let second = try await run(["sync"])
            #expect(second.code == 0, "\(second)")
            #expect(try await library.items().mapValues { $0.files.mapValues(\.version) } == items.mapValues { $0.files.mapValues(\.version) })
            // What only our own record says is not verified, and verify does not claim it.
            let verify = try await run(["verify"])
            #expect(verify.code == 3, "\(verify)")
            #expect(verify.lines("file").allSatisfy { $0["state"]?.text == "unverified" }, "\(verify)")
        }
    }

    @Test func addedReplacedAndRemovedFilesFollow() async throws {
        try await mirrored { tree, peer, run in
            try tree.write("tools/a.bin", "a")
            try tree.write("tools/b.bin", "b")
            try tree.write("gone/file", "gone")
            #expect(try await run(["sync"]).code == 0)
            let library = try await library(peer)
            let id = try await library.item("tools")?.id
            try tree.replace("tools/a.bin", "a, replaced")
            try tree.write("tools/c.bin", "c")
            tree.remove("gone")
            let second = try await run(["sync"])
            #expect(second.code == 0, "\(second)")
            let items = try await library.items()
            #expect(items.keys.sorted() == ["tools"])
            #expect(items["tools"]?.id == id)
            #expect(items["tools"]?.files.keys.sorted() == ["a.bin", "b.bin", "c.bin"])
            #expect(try await library.content("a.bin", of: "tools") == Array("a, replaced".utf8))
            #expect(try await library.content("c.bin", of: "tools") == Array("c".utf8))
            let plan = try await run(["plan", "--detailed-exitcode"])
            #expect(plan.code == 0 && plan.actions.isEmpty, "\(plan)")
        }
    }

    @Test func renamedItemKeepsItsID() async throws {
        try await mirrored { tree, peer, run in
            try tree.write("old/file", "file")
            #expect(try await run(["sync"]).code == 0)
            let library = try await library(peer)
            let id = try await library.item("old")?.id
            try tree.rename("old", "new")
            let second = try await run(["sync"])
            #expect(second.code == 0, "\(second)")
            let items = try await library.items()
            #expect(items.keys.sorted() == ["new"])
            #expect(items["new"]?.id == id)
        }
    }

    /// Without a checksum nothing can be said about a file that somebody else put there.
    @Test func fileWithoutAChecksumIsAConflictUnlessItIsReadBack() async throws {
        try await mirrored { tree, peer, run in
            try tree.write("item/file", "file")
            #expect(try await run(["sync"]).code == 0)
            let library = try await library(peer)
            try await library.put("theirs", ["file": "theirs"])
            try tree.write("theirs/file", "theirs")
            let second = try await run(["sync"])
            #expect(second.code == 3, "\(second)")
            #expect(second.holds == ["conflict"], "\(second)")
            #expect(try await library.content("file", of: "theirs") == Array("theirs".utf8))
        }
    }
}
