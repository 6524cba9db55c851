import ContentLibraryAPI
import LinuxHost
import MirrorCore
import MirrorEngine
import Synchronization
import Testing

@testable import clsyncd

/// Both sides of the control socket, over a real one, with an engine whose server is not there.
@Suite struct ControlServerTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func withDaemon(_ body: @Sendable (String) async throws -> Void) async throws {
        try await MissingRoot.with(directory) { engine, _, _ in
            let clock = try SystemClock()
            let listener = try RuntimeDirectory(path: directory.path).listen()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await ControlServer(listener: listener, desk: ControlDesk(engine: engine, meter: TransferMeter(), clock: clock)).run()
                }
                try await body(listener.path)
                listener.close()
                group.cancelAll()
            }
        }
    }

    private func ask(_ request: ControlRequest, _ path: String) async throws -> (lines: [JSON], status: Status) {
        let client = try await ControlClient.require(path)
        defer { client.close() }
        let lines = Mutex<[JSON]>([])
        let status = try await client.ask(request) { line in lines.withLock { $0.append(line) } }
        return (lines.withLock { $0 }, status)
    }

    @Test func aStatusTellsOfAHold() async throws {
        try await withDaemon { path in
            let (lines, status) = try await ask(.status(mirrors: []), path)
            #expect(status == .partial)
            #expect(lines.map { $0["kind"]?.text } == ["mirror", "summary"])
            #expect(lines.first?["hold"]?.text == "root-missing")
            #expect(try await ask(.status(mirrors: ["gone"]), path).lines == lines)
        }
    }

    @Test func aSyncOfWhatIsHeldEnds() async throws {
        try await withDaemon { path in
            let (lines, status) = try await ask(.sync(mirrors: ["gone"]), path)
            #expect(status == .partial)
            #expect(lines.last?["kind"]?.text == "summary")
        }
    }

    @Test func anApprovalOfNothingAndARescanSucceed() async throws {
        try await withDaemon { path in
            // A missing root ends by itself alone.
            let (lines, status) = try await ask(.approve(mirror: "gone", digest: nil), path)
            #expect(status == .success && lines.count == 1 && lines.first?["released"] == .int(0))
            #expect(try await ask(.rescan(mirror: nil), path).status == .success)
            #expect(try await ask(.rescan(mirror: "gone"), path).status == .success)
        }
    }

    @Test(arguments: [ControlRequest.status(mirrors: ["x"]), .sync(mirrors: ["gone", "x"]), .rescan(mirror: "x"), .approve(mirror: "x", digest: nil)])
    func anUnknownMirrorIsRefused(_ request: ControlRequest) async throws {
        try await withDaemon { path in
            let refusal = CommandRefusal(message: "there is no mirror \"x\"; there is gone", status: .failure)
            await #expect(throws: refusal) { try await ask(request, path) }
        }
    }

    @Test func severalRequestsAndNonsenseGoOverOneConnection() async throws {
        try await withDaemon { path in
            let connection = try await ControlConnection.connect(path)
            defer { connection.close() }
            try await connection.write(Array("nonsense".utf8))
            #expect(try ControlAnswer(try #require(try await connection.readLine())) == .refused("\(ControlProtocolError.notARequest)", exit: 1))
            try await connection.write(Array(ControlRequest.rescan(mirror: nil).json.serialized.utf8))
            guard case .summary = try ControlAnswer(try #require(try await connection.readLine())) else {
                Issue.record("a rescan ends with a summary")
                return
            }
        }
    }

    @Test func withoutADaemonThereIsNobodyToAsk() async throws {
        let path = directory.path + "/control.sock"
        #expect(try await ControlClient.connect(path) == nil)
        await #expect(throws: DaemonNotRunning(socket: path)) { try await ControlClient.require(path) }
    }
}
