import HTTPTransport
import LinuxHost
import MirrorEngine
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ReloaderTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    /// Reloads these texts one after the other, and gives the engine's mirrors after each.
    private func mirrors(after texts: [String], bandwidth: BandwidthLimit = BandwidthLimit()) async throws -> [[String]] {
        let socket = try NotifySocket(directory.path + "/notify")
        let file = try directory.write("c.toml", MissingRoot.text(directory))
        let configuration = try ConfigurationFile.load(file, environment: [:])
        let names = Names()
        try await MissingRoot.with(directory) { engine, _, _ in
            let (requests, request) = AsyncStream.makeStream(of: Void.self)
            let notifier = SystemdNotifier { $0 == "NOTIFY_SOCKET" ? socket.path : nil }
            let reloader = Reloader(configuration, file: file, engine: engine, bandwidth: bandwidth, notifier: notifier, logger: MissingRoot.silence)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reloader.run(requests) }
                for text in texts {
                    try directory.write("c.toml", text)
                    request.yield()
                    let (begin, end) = (try await socket.message(), try await socket.message())
                    #expect(begin.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") && end == "READY=1")
                    await names.add(await engine.names)
                }
                group.cancelAll()
            }
        }
        return await names.all
    }
    private actor Names {
        var all: [[String]] = []
        func add(_ names: [String]) { all.append(names) }
    }

    @Test func mirrorsComeAndGo() async throws {
        let (two, other) = (MissingRoot.text(directory, mirrors: ["gone", "new"]), MissingRoot.text(directory, mirrors: ["new"]))
        #expect(try await mirrors(after: [two, other]) == [["gone", "new"], ["new"]])
    }

    @Test(arguments: [("2MiB/s", 2 << 20), ("0", nil)] as [(String, Int64?)])
    func theBandwidthLimitCountsAtOnce(_ text: String, _ limit: Int64?) async throws {
        let bandwidth = BandwidthLimit(bytesPerSecond: 5000)
        let daemon = "[daemon]\nbandwidth_limit = \"\(text)\"\n"
        let configuration = MissingRoot.text(directory)
        let mirror = try #require(configuration.firstRange(of: "[[mirror]]"))
        #expect(!configuration.contains("[daemon]"))
        _ = try await mirrors(after: [String(configuration[..<mirror.lowerBound] + daemon + configuration[mirror.lowerBound...])], bandwidth: bandwidth)
        #expect(bandwidth.bytesPerSecond == limit)
    }

    @Test func whatIsWrongOrOfAnotherServerChangesNothing() async throws {
        let two = MissingRoot.text(directory, mirrors: ["gone", "new"])
        let texts = ["[server]\n", two.replacing("127.0.0.1:1", with: "127.0.0.1:2"), two.replacing("\"u\"", with: "\"v\""), two]
        #expect(try await mirrors(after: texts) == [["gone"], ["gone"], ["gone"], ["gone", "new"]])
    }
}
