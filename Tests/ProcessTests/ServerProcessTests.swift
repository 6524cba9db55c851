import ContentLibraryAPI
import ContentLibraryClient
import Glibc
import HTTPTransport
import Testing

/// content-library-server as its users start, stop and lose it.
@Suite(.inTurns) struct ServerProcessTests {
    /// A server that is expected to end by itself.
    private func outcome(
        _ arguments: [String], in directory: TemporaryDirectory, isolation: RunningProcess.Isolation? = nil
    ) async throws -> (exit: RunningProcess.Exit, errors: String) {
        let manners = ["--profile", try Profile.ofThisRun.rawValue]
        let process = try await RunningProcess.start(.server, manners + arguments, log: directory("refused"), isolation: isolation)
        return (try await process.wait(), process.errors)
    }

    @Test func readyFileNamesURLThumbprintAndProcessWhileItServes() async throws {
        let server = try await ServerProcess.start()
        let ready = server.directory("ready.json")
        let json = try JSON(parsing: SourceTree.content(Array(ready.utf8)))
        #expect(json["pid"]?.number == Int64(try server.process.id))
        #expect(json["url"]?.text?.hasPrefix("https://127.0.0.1:") == true)
        #expect(json["thumbprint"]?.text?.contains(":") == true)
        // The thumbprint is that of the certificate: the client checks nothing else.
        #expect(try await server.client().call(Library.list()) == [])
        #expect(try await server.stop() == .code(0))
        #expect(access(ready, F_OK) != 0)
    }

    @Test func readyFileOfAServerThatWasKilledGoesAtTheNextStart() async throws {
        let server = try await ServerProcess.start()
        let facts = try server.facts
        try await server.kill()
        #expect(access(server.directory("ready.json"), F_OK) == 0)
        let socket = try LoopbackSocket.listening()
        let arguments = [
            "--data", server.directory("data"), "--listen", "127.0.0.1:\(socket.port)", "--user", "a:b", "--ready-file", server.directory("ready.json"),
        ]
        let (exit, _) = try await outcome(arguments, in: server.directory)
        #expect(exit == .code(1))
        #expect(access(server.directory("ready.json"), F_OK) != 0)
        // The certificate is kept with the data.
        try await server.start()
        #expect(try server.facts.thumbprint == facts.thumbprint)
        #expect(try await server.stop() == .code(0))
    }

    @Test func faultsAreReadAnewAtEachHangup() async throws {
        let files = try TemporaryDirectory()
        let path = files("faults.toml")
        func put(_ text: String) throws {
            let file = try #require(fopen(path, "w"))
            fputs(text, file)
            fclose(file)
        }
        try put("")
        let server = try await ServerProcess.start(.selfSigned, ["--faults", path], profile: .vcenter)
        let client = try server.client()
        #expect(try await client.call(Library.list()) == [])
        try put("[[fault]]\nfault = \"unavailable\"\noperation = \"library.find\"\n")
        try server.process.signal(SIGHUP)
        let find = Library.find(.init(name: "n"))
        try await eventually("the fault happens", evidence: { server.tail }) {
            do {
                _ = try await client.answer(find)
                return "the call went through"
            } catch let error as APIError { return error.kind == .serviceUnavailable ? nil : "\(error)" }
        }
        try put("[[fault]]\nfault = \"unavailable\"\noperation = \"library.fnid\"\n")
        try server.process.signal(SIGHUP)
        try await eventually("the refusal is logged", evidence: { server.tail }) {
            server.tail.contains("\(path):3:13: error: operation \"library.fnid\" is no operation") ? nil : "nothing is"
        }
        await #expect(throws: APIError.self) { try await client.answer(find) }
        #expect(try await server.stop() == .code(0))
    }

    @Test(arguments: [nil] + Profile.allCases) func serverHasTheMannersItIsAskedFor(profile: Profile?) async throws {
        let server = try await ServerProcess.start(profile: profile)
        let library = try await RemoteLibrary.create("Library", server.client())
        let session = try await library.openSession(library.put("item"))
        let asked = profile?.rawValue ?? getenv(Profile.variable).map { String(cString: $0) } ?? "strict"
        #expect(session.rawValue.split(separator: ":").map(\.count) == (asked == "vcenter" ? [36, 36] : [36]), "\(asked): \(session)")
        #expect(try await server.stop() == .code(0))
    }

    @Test(arguments: ["", "vCenter", "strict "]) func profileThatIsNoneIsRefused(name: String) {
        #expect(throws: ProcessFailure.self) { try Profile(asked: name) }
    }

    @Test func portThatIsTakenIsNamed() async throws {
        let directory = try TemporaryDirectory()
        let socket = try LoopbackSocket.listening()
        let (exit, errors) = try await outcome(["--data", directory("data"), "--listen", "127.0.0.1:\(socket.port)", "--user", "a:b"], in: directory)
        #expect(exit == .code(1))
        #expect(errors.contains("127.0.0.1:\(socket.port)"), "\(errors)")
        #expect(errors.contains("in use"), "\(errors)")
    }

    @Test func dataDirectoryThatIsReadOnlyIsNamed() async throws {
        let directory = try TemporaryDirectory()
        let data = try SourceTree(directory("data"))
        #expect(chmod(data.path, 0o500) == 0)
        let (exit, errors) = try await outcome(["--data", data.path, "--listen", "127.0.0.1:0", "--user", "a:b"], in: directory, isolation: .withoutPrivileges)
        #expect(exit == .code(1))
        #expect(errors.contains(data.path), "\(errors)")
        #expect(errors.contains("ermission") || errors.contains("read-only"), "\(errors)")
    }

    @Test func dataDirectoryThatAnotherServerHasIsNamed() async throws {
        let server = try await ServerProcess.start()
        let (exit, errors) = try await outcome(
            ["--data", server.directory("data"), "--listen", "127.0.0.1:0", "--user", "a:b"], in: server.directory)
        #expect(exit == .code(1))
        #expect(errors.contains(server.directory("data")), "\(errors)")
        // The first one is not disturbed.
        #expect(try await server.client().call(Library.list()) == [])
        #expect(try await server.stop() == .code(0))
    }

    @Test(arguments: [
        (arguments: [], message: "--user"),
        (arguments: ["--user", "nobody"], message: "NAME:PASSWORD"),
        (arguments: ["--user", "a:b", "--listen", "nowhere"], message: "--listen"),
        (arguments: ["--user", "a:b", "--session-timeout", "soon"], message: "--session-timeout"),
        (arguments: ["--user", "a:b", "--plaintext", "--self-signed"], message: "--plaintext"),
        (arguments: ["--user", "a:b", "--tls-cert", "/nonexistent"], message: "--tls-key"),
        (arguments: ["--user", "a:b", "--sesion-timeout", "5m"], message: "--sesion-timeout"),
    ])
    func wrongArgumentsAreRefused(arguments: [String], message: String) async throws {
        let directory = try TemporaryDirectory()
        let (exit, errors) = try await outcome(["--data", directory("data")] + arguments, in: directory)
        #expect(exit == .code(2))
        #expect(errors.contains(message), "\(errors)")
    }

    @Test func terminationDuringAnUploadEndsInTimeAndWithSuccess() async throws {
        let server = try await ServerProcess.start()
        let library = try await RemoteLibrary.create("Library", server.client())
        let item = try await library.put("item", ["a": "one"])
        let session = try await library.openSession(item)
        let spec = UpdateSession.File.AddSpec(name: "b", source: .push, size: 1000)
        _ = try await library.client.call(UpdateSession.File.add(session, spec))
        // A connection that idles in the middle of nothing must not hold the exit.
        let idle = try LoopbackSocket.connected(to: server.facts.port)
        #expect(try await server.process.terminate(within: .seconds(20)) == .code(0))
        withExtendedLifetime(idle) {}
    }

    /// Whatever `complete` was answered for is there after SIGKILL, byte for byte; whatever was not, is there as a whole or not at all.
    @Test func completedChangesSurviveBeingKilledAtAnyMoment() async throws {
        let server = try await ServerProcess.start()
        let library = try await RemoteLibrary.create("Library", server.client())
        var random = SplitMix64(seed: 7)
        var kept: [String: String] = [:]
        for round in 0..<6 {
            let delay = Int.random(in: 5..<250, using: &random)
            let killer = Task {
                try await Task.sleep(for: .milliseconds(delay))
                try await server.kill()
            }
            var attempted: (name: String, text: String)?
            do {
                for number in 0... {
                    let (name, text) = ("file-\(number % 5)", "round \(round), number \(number), " + String(repeating: "x", count: number * 1000))
                    attempted = (name, text)
                    try await library.put("item", [name: text])
                    kept[name] = text
                }
            } catch is TransportError {}
            try await killer.value
            try await server.start()
            let item = try await library.item("item")
            for (name, text) in kept {
                let content = String(decoding: try await library.content(name, of: "item"), as: UTF8.self)
                let isAttempt = attempted.map { $0.name == name && $0.text == content } ?? false
                #expect(content == text || isAttempt, "round \(round): \(name) has \(content.prefix(60))..., not \(text.prefix(60))...")
                if isAttempt { kept[name] = content }
            }
            let surplus = Set(item?.files.keys ?? [:].keys).subtracting(kept.keys)
            #expect(surplus.isSubset(of: [attempted?.name ?? ""]), "round \(round): \(surplus)")
            for name in surplus { kept[name] = attempted?.text }
            try await endSessions(library)
        }
        #expect(!kept.isEmpty)
        #expect(try await server.stop() == .code(0))
    }

    /// A session that was under way when the server died is still there, and blocks its item until it is cancelled.
    private func endSessions(_ library: RemoteLibrary) async throws {
        for session in try await library.client.call(UpdateSession.list(nil)) {
            if try await library.client.call(UpdateSession.get(session)).state == .active { try await library.client.call(UpdateSession.cancel(session)) }
            try await library.client.call(UpdateSession.delete(session))
        }
    }
}
