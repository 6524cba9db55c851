import ContentLibraryAPI
import Testing

/// Each call of a publish is lost once, on its way there or on its way back: the library follows all the same, and nothing is taken for somebody else's.
@Suite(.sharedServer(.plaintext), .inTurns) struct LostCallTests {
    /// By the first line of the request, in the `/api` dialect.
    enum Lost: String, CaseIterable {
        case createItem, createSession, addFile, upload, removeFile, validate, complete, look, list, deleteSession, deleteItem, rename

        @Sendable func matches(_ line: String) -> Bool {
            let (items, sessions) = ("/api/content/library/item", "/api/content/library/item/update-session")
            let isOfSession = line.contains(" \(sessions)/")
            return switch self {
            case .createItem: line.hasPrefix("POST \(items)") && !line.contains("\(items)/") && !line.contains("action=")
            case .createSession: line.hasPrefix("POST \(sessions)") && !isOfSession
            case .addFile: line.hasPrefix("POST ") && isOfSession && line.contains("/file") && !line.contains("action=")
            case .upload: line.hasPrefix("PUT ")
            case .removeFile: line.hasPrefix("DELETE ") && isOfSession && line.contains("/file/")
            case .validate: line.contains("action=validate")
            case .complete: line.contains("action=complete")
            case .look: line.hasPrefix("GET ") && isOfSession && !line.contains("/file")
            case .list: line.hasPrefix("GET \(items)/") && !isOfSession && line.contains("/file")
            case .deleteSession: line.hasPrefix("DELETE ") && isOfSession && !line.contains("/file/")
            case .deleteItem: line.hasPrefix("DELETE \(items)/") && !isOfSession
            case .rename: line.hasPrefix("PATCH \(items)/")
            }
        }
    }

    @Test(arguments: Lost.allCases, Relay.Loss.allCases) func libraryFollowsAllTheSame(call: Lost, loss: Relay.Loss) async throws {
        let relay = try Relay(to: #require(SharedServer.current).facts.port)
        try await Site.with(url: "http://127.0.0.1:\(relay.port)") { site in
            for name in ["a", "b", "c"] { try site.tree.write("item/\(name)", "first \(name)") }
            try site.tree.write("old/file", "renamed")
            try site.tree.write("gone/file", "gone")
            try await site.startDaemon()
            try await site.converges()
            relay.lose(loss, where: call.matches)
            try site.tree.replace("item/a", "second a")
            site.tree.remove("item/b")
            try site.tree.write("item/d", "second d")
            try site.tree.write("new/file", "new")
            try site.tree.rename("old", "renamed")
            site.tree.remove("gone")
            try await eventually("the call is lost", every: .milliseconds(5), evidence: site.evidence) { relay.lost == 1 ? nil : "it has not come" }
            // Before the daemon tries again: what is on the server by then is ours, whatever the daemon heard of it.
            try site.tree.replace("item/a", "third a")
            site.tree.remove("item/c")
            site.tree.remove("item/d")
            site.tree.remove("new")
            try site.tree.replace("renamed/file", "renamed, and changed")
            try await site.converges()
            let status: CommandResult = try await eventually("everything is in sync", evidence: site.evidence) {
                let status = try await site.status()
                return status.mirror()?["state"]?.text == "in-sync" ? status : nil
            }
            #expect(status.code == 0 && status.holds.isEmpty, "\(status)")
            let log = try site.daemon.process.errors
            #expect(!log.contains("somebody"), "\(log)")
            let plan = try await site.run("plan", "--detailed-exitcode")
            #expect(plan.code == 0, "\(plan)")
        }
    }
}
