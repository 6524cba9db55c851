import ContentLibraryAPI
import Glibc
import Testing

/// What `clsyncd status` says of a running daemon.
@Suite(.inTurns) struct StatusTests {
    @Test func withoutADaemonItSaysSo() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            for command in ["status", "rescan"] {
                let result = try await site.run(command)
                #expect(result.code == 1, "\(result)")
                #expect(result.errors.contains("not running"), "\(result)")
            }
            // A daemon that was killed leaves its socket.
            try await site.startDaemon().kill()
            let result = try await site.status()
            #expect(result.code == 1 && result.errors.contains("not running"), "\(result)")
        }
        _ = try await server.stop()
    }

    @Test func itNamesMirrorsItemsAndWhenTheServerSaidSo() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { configuration, directory in
            configuration.mirrors.append(Site.mirror("second", directory("second"), "No such library"))
        } body: { site in
            try site.tree.write("disk/disk.iso", "image")
            try site.tree.write("tools/file", "file")
            try SourceTree(site.directory("second")).write("item/file", "file")
            try await site.startDaemon()
            try await site.converges()
            let status: CommandResult = try await eventually("the mirror is in sync", evidence: site.evidence) {
                let status = try await site.run("status", "main")
                return status.mirror()?["state"]?.text == "in-sync" ? status : nil
            }
            #expect(status.code == 0, "\(status)")
            let mirror = try #require(status.mirror(), "\(status)")
            #expect(status.lines("mirror").count == 1, "\(status)")
            #expect(mirror["library"]?.text == site.library.name && mirror["library_id"]?.text == site.library.id.rawValue, "\(status)")
            #expect(mirror["watch"]?.text == "watching" && mirror["verified_at"]?.text != nil, "\(status)")
            for (key, count) in [("items", 2), ("in_sync", 2), ("pending", 0), ("held", 0), ("failed", 0)] as [(String, Int64)] {
                #expect(mirror[key]?.number == count, "\(key): \(status)")
            }
            #expect(status.item("disk")?["type"]?.text == "iso", "\(status)")
            #expect(status.item("tools")?["state"]?.text == "in-sync", "\(status)")
            #expect(status.item("tools")?["item_id"]?.text == (try await site.library.item("tools")?.id.rawValue), "\(status)")
            let all = try await site.run(["status"], json: false)
            #expect(all.code == 3 && all.output.contains("No such library"), "\(all)")
        }
        _ = try await server.stop()
    }

    /// The server is stopped in the middle of an upload: the daemon answers all the same.
    @Test func itShowsTransfersWithTheirProgressWhileTheServerHangs() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            var random = SplitMix64(seed: 4)
            let size = 96 << 20
            try site.tree.write("item/large", random.bytes(size))
            try await site.startDaemon()
            try await eventually("the upload is under way", every: .milliseconds(5), evidence: site.evidence) {
                try await site.library.sessions().isEmpty ? "there is no session" : nil
            }
            try await Task.sleep(for: .milliseconds(60))
            try server.process.signal(SIGSTOP)
            defer { try? server.process.signal(SIGCONT) }
            let transfer: JSON = try await eventually(
                "the status shows the transfer", within: .seconds(10), evidence: { (try? site.daemon.process.tail) ?? "" }
            ) {
                let status = try await site.status()
                #expect(status.code == 0, "\(status)")
                return status.lines("transfer").first
            }
            #expect(transfer["item"]?.text == "item" && transfer["file"]?.text == "large", "\(transfer.serialized)")
            #expect(transfer["total"]?.number == Int64(size), "\(transfer.serialized)")
            #expect((0..<Int64(size)).contains(transfer["sent"]?.number ?? -1), "\(transfer.serialized)")
            try server.process.signal(SIGCONT)
            try await site.converges(within: .seconds(60))
        }
        _ = try await server.stop()
    }

    @Test func pendingWorkIsNoFault() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { configuration, _ in
            configuration.mirror["quiet"] = "20s"
            configuration.mirror["max_wait"] = "60s"
        } body: { site in
            try await site.startDaemon()
            try site.tree.write("item/file", "file")
            let status: CommandResult = try await eventually("the item is pending", evidence: site.evidence) {
                let status = try await site.status()
                return status.item("item") == nil ? nil : status
            }
            #expect(status.code == 0, "\(status)")
            #expect(status.item("item")?["state"]?.text == "pending", "\(status)")
        }
        _ = try await server.stop()
    }
}
