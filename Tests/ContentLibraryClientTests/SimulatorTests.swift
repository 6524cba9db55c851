import ContentLibraryAPI
import ContentLibraryClient
import Digests
import Foundation
import HTTPTransport
import Testing

/// The cases that VMware's own simulator can pass. It has only `/rest`, and says so only by what it lacks.
@Suite(.serialized) struct SimulatorTests {
    @Test(arguments: [false, true]) func contract(tls: Bool) async throws {
        try await withSimulator(tls: tls) { facts in
            let trust = try facts["thumbprint"]?.text.map { Trust.pinned(try Thumbprint($0)) } ?? .system
            let (control, transfer) = (try HTTPLoop(.init(name: "control", trust: trust)), try HTTPLoop(.init(name: "transfer", trust: trust)))
            let url = try #require(facts["url"]?.text)
            let (user, password) = (facts["user"]?.text ?? "", facts["password"]?.text ?? "")
            for contract in ContractCase.all where !contract.needsRules {
                let client = try ContentLibraryClient(.init(server: url), control: control, transfer: transfer, credentials: { (user, password) })
                do {
                    try await contract.body(ContractPeer(client: client, datastore: facts["datastore"]?.text ?? "", keepsRules: false))
                } catch { Issue.record("\(contract.name): \(error)") }
                #expect(client.dialect == .rest)
            }
            await control.close()
            await transfer.close()
        }
    }

    @Test func theWrongCertificate() async throws {
        try await withSimulator(tls: true) { facts in
            let url = try #require(facts["url"]?.text)
            let presented = try Thumbprint(#require(facts["thumbprint"]?.text))
            let expected = try Thumbprint(String(repeating: "00", count: 20))
            let loop = try HTTPLoop(.init(name: "control", trust: .pinned(expected)))
            let client = try ContentLibraryClient(.init(server: url), control: loop, transfer: loop, credentials: { ("u", "p") })
            let error = await #expect(throws: TransportError.self) { try await client.call(Library.list()) }
            guard case .untrusted(presented, expected, _) = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
            await loop.close()
        }
    }
}

/// Runs the simulator for as long as `body` does. It is tied to this process: it ends when its standard input does.
private func withSimulator(tls: Bool, _ body: (JSON) async throws -> Void) async throws {
    let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let executable = "\(package)/.build/vcsim"
    guard access(executable, X_OK) == 0 else { throw ContractBroken("\(executable) is missing: scripts/build-simulator builds it") }
    let directory = try TemporaryDirectory()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["-ready", "\(directory.path)/ready", "-tied"] + (tls ? ["-tls"] : [])
    let input = Pipe()
    process.standardInput = input
    try process.run()
    defer {
        process.terminate()
        process.waitUntilExit()
    }
    let end = ContinuousClock.now + .seconds(60)
    while !FileManager.default.fileExists(atPath: "\(directory.path)/ready") {
        guard ContinuousClock.now < end, process.isRunning else { throw ContractBroken("the simulator does not start") }
        try await Task.sleep(for: .milliseconds(10))
    }
    try await body(JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: "\(directory.path)/ready")))))
}
