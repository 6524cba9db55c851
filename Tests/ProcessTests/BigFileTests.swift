import Glibc
import Testing

/// Files of any size, in little memory. `CLSYNCD_BIG_FILE_GIB` makes the file that many GiB long.
@Suite(.inTurns) struct BigFileTests {
    private static let mebibytes = getenv("CLSYNCD_BIG_FILE_GIB").flatMap { Int(String(cString: $0)) }.map { $0 << 10 } ?? 256

    @Test func bigFileTakesLittleMemoryOnBothSides() async throws {
        let server = try await ServerProcess.start(medium: .disk)
        try await Site.with(server, medium: .disk) { site in
            var random = SplitMix64(seed: 6)
            // Not sparse, and no two megabytes alike.
            var block = random.bytes(1 << 20)
            var file: OpenFile? = try site.tree.open("item/big.img")
            for number in 0..<Self.mebibytes {
                withUnsafeBytes(of: number) { block.replaceSubrange(0..<8, with: $0) }
                try file?.write(block)
            }
            let limit = Duration.seconds(60 + Self.mebibytes / 8)
            let began = ContinuousClock.now
            try await site.startDaemon()
            // The file is still open for writing: nothing may be sent yet.
            try await Task.sleep(for: .seconds(1))
            #expect(try await site.library.items().isEmpty)
            file = nil
            try await site.converges({ try Self.model($0) }, within: limit)
            print("\(Self.mebibytes) MiB mirrored \(began.duration(to: .now)) after the start of the daemon")
            let (daemon, service) = (
                try ProcessFigures(id: try site.daemon.process.id).peakMemory(), try ProcessFigures(id: try server.process.id).peakMemory()
            )
            print("peak memory: daemon \(daemon >> 20) MiB, server \(service >> 20) MiB")
            #expect(daemon < 64 << 20)
            #expect(service < 128 << 20)
        }
        _ = try await server.stop()
    }

    private static func model(_ site: Site) throws -> LocalTree { try LocalTree.directories(site.tree.path) }
}
