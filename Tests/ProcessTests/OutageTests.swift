import ContentLibraryAPI
import Glibc
import Testing

/// Servers that are away, are not what they should be, or refuse the login: the daemon stays, says so, and goes on when it can.
@Suite(.inTurns) struct OutageTests {
    @Test func serverThatIsDownAtTheStartIsWaitedFor() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            try site.tree.write("item/file", "file")
            _ = try await server.stop()
            // Ready all the same: an unreachable server is not a failed start.
            try await site.startDaemon()
            try await site.daemon.logs("127.0.0.1:\(try server.facts.port)")
            try await eventually("the status says what is wrong", evidence: site.evidence) {
                let status = try site.daemon.notify.status ?? ""
                return status.contains("cannot connect") ? nil : status
            }
            let status = try await site.status()
            #expect(status.code == 3, "\(status)")
            #expect(status.mirror()?["reason"]?.text?.contains("cannot connect") == true, "\(status)")
            try await server.start()
            try await site.converges(within: .seconds(60))
            try await eventually("the status is good again", evidence: site.evidence) {
                let status = try await site.status()
                return status.code == 0 ? nil : "\(status)"
            }
            #expect(try await site.daemon.stop() == .code(0))
        }
        _ = try await server.stop()
    }

    @Test func serverThatIsDownInTheMiddleCostsOnlyTime() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            try site.tree.write("item/file", "one")
            try await site.startDaemon()
            try await site.converges()
            let id = try await site.library.item("item")?.id
            try await server.kill()
            try site.tree.replace("item/file", "two")
            try site.tree.write("item/more", "more")
            try site.tree.write("new/file", "new")
            try await site.daemon.logs("cannot connect")
            try await Task.sleep(for: .seconds(4))
            try site.daemon.process.checkRunning()
            try await server.start()
            try await site.converges(within: .seconds(60))
            #expect(try await site.library.item("item")?.id == id)
            let verify = try await site.verify()
            #expect(verify.code == 0, "\(verify)")
        }
        _ = try await server.stop()
    }

    @Test func serverThatGoesDuringAnUploadIsSentTheFileAgain() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            var random = SplitMix64(seed: 3)
            try site.tree.write("item/large", random.bytes(48 << 20))
            try await site.startDaemon()
            try await eventually("the upload is under way", every: .milliseconds(10), evidence: site.evidence) {
                try await site.library.sessions().isEmpty ? "there is no session" : nil
            }
            try await server.kill()
            try await server.start()
            try await site.converges(within: .seconds(60))
        }
        _ = try await server.stop()
    }

    @Test func commandsSayWhichServerDoesNotAnswer() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { site in
            try site.tree.write("item/file", "file")
            _ = try await server.stop()
            for command in ["sync", "plan", "verify"] {
                let result = try await site.run(command)
                #expect(result.code == 1, "\(result)")
                #expect(result.errors.contains("127.0.0.1:\(try server.facts.port)"), "\(result)")
                #expect(result.errors.contains("cannot connect"), "\(result)")
            }
        }
    }

    @Test func serverThatAnswersWithAPageIsNamed() async throws {
        let server = try await ServerProcess.start()
        let page = try PageServer()
        try await Site.with(server, url: "http://127.0.0.1:\(page.port)") { configuration, _ in
            configuration.server["thumbprint"] = nil
        } body: { site in
            try site.tree.write("item/file", "file")
            let sync = try await site.sync()
            #expect(sync.code == 1, "\(sync)")
            #expect(sync.errors.contains("127.0.0.1:\(page.port)") && sync.errors.contains("text/html"), "\(sync)")
            try await site.startDaemon()
            try await site.daemon.logs("text/html")
            try site.daemon.process.checkRunning()
            #expect(try await site.daemon.stop() == .code(0))
        }
        withExtendedLifetime(page) {}
        _ = try await server.stop()
    }

    @Test func wrongPasswordIsSaidAndTriedOnceAndTheRightOneCountsAtOnce() async throws {
        let server = try await ServerProcess.start(.plaintext)
        let relay = try Relay(to: server.facts.port)
        try await Site.with(server, url: "http://127.0.0.1:\(relay.port)") { site in
            try site.setPassword("not the password")
            try site.tree.write("item/file", "file")
            try await site.startDaemon()
            try await site.daemon.logs("mirror", "refused the login")
            // A change makes no further attempt: each could lock the account.
            for number in 0..<3 {
                try site.tree.write("item/file", "\(number)")
                try await Task.sleep(for: .seconds(1))
            }
            try site.daemon.process.checkRunning()
            #expect(Self.logins(relay) == 1)
            #expect(try !site.daemon.process.errors.contains("not the password"))
            try site.setPassword(ServerProcess.User.mirror.password)
            try await site.converges(within: .seconds(30))
            #expect(Self.logins(relay) == 2)
        }
        _ = try await server.stop()
    }

    /// Calls that carried the credentials in whatever dialect.
    private static func logins(_ relay: Relay) -> Int {
        relay.count("Authorization: Basic") + relay.count("authorization: Basic") + relay.count("\"userName\"")
    }

    @Test func wrongPasswordEndsACommandWithOneMessage() async throws {
        let server = try await ServerProcess.start(.plaintext)
        let relay = try Relay(to: server.facts.port)
        try await Site.with(server, url: "http://127.0.0.1:\(relay.port)") { site in
            try site.tree.write("item/file", "file")
            try site.setPassword("not the password")
            for (number, command) in ["sync", "plan", "verify"].enumerated() {
                let result = try await site.run(command)
                #expect(result.code == 1, "\(result)")
                #expect(result.errors.contains("refused the login of mirror"), "\(result)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
                #expect(Self.logins(relay) == number + 1, "\(result)")
            }
        }
        _ = try await server.stop()
    }

    @Test func wrongThumbprintIsSaidWithBothAndNoPasswordIsSent() async throws {
        let server = try await ServerProcess.start()
        let wrong = Array(repeating: "AB", count: 20).joined(separator: ":")
        try await Site.with(server) { configuration, _ in
            configuration.server["thumbprint"] = .init(wrong)
        } body: { site in
            try site.tree.write("item/file", "file")
            let sync = try await site.sync()
            #expect(sync.code == 1, "\(sync)")
            #expect(sync.errors.contains(wrong), "\(sync)")
            #expect(sync.errors.contains("thumbprint"), "\(sync)")
            try await site.startDaemon()
            try await site.daemon.logs(wrong)
            try site.daemon.process.checkRunning()
            // The server's log knows no login: the daemon ended the handshake.
            #expect(try await site.library.items().isEmpty)
            #expect(try await site.daemon.stop() == .code(0))
        }
        _ = try await server.stop()
    }

    @Test func certificateThatNobodyVouchesForIsSaidWithItsThumbprint() async throws {
        let server = try await ServerProcess.start()
        try await Site.with(server) { configuration, _ in
            configuration.server["thumbprint"] = nil
        } body: { site in
            try site.tree.write("item/file", "file")
            let sync = try await site.sync()
            #expect(sync.code == 1, "\(sync)")
            #expect(sync.errors.contains("not trusted"), "\(sync)")
        }
        _ = try await server.stop()
    }
}
