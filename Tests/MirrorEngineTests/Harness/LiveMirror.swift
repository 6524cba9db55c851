import LinuxHost
import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorEngine

/// A mirror that goes on until it is stopped, with the kernel's own events: on the site's clock, which only the test moves, or on the machine's.
final class LiveMirror: Sendable {
    let site: Site
    let mirror: Mirror
    private let task: Task<Void, any Error>

    init(_ site: Site, _ rules: MirrorRules, clock: (any HostClock)? = nil) async throws {
        self.site = site
        let mirror = try Mirror(rules: rules, environment: site.environment(.continuous, clock: clock))
        self.mirror = mirror
        task = Task { try await mirror.run() }
        try await until { await mirror.isStanding() }
    }

    /// Until the condition holds, the clock moves on to whatever somebody waits for.
    func moving(until condition: @escaping @Sendable () async throws -> Bool) async throws {
        try await until {
            if try await condition() { return true }
            let before = site.network.calls.count
            let looks = await mirror.looks
            if await mirror.isPublishing || site.network.underWay > 0 || looks.begun != looks.ended { return false }
            guard let next = site.clock.sleeping.first, site.network.calls.count == before else { return false }
            site.clock.advance(by: max(next - site.clock.now(), .zero))
            return false
        }
    }

    /// Until nothing is left to do.
    func rest() async throws {
        try await moving { [mirror] in
            let progress = await mirror.progress()
            return progress.passes > 0 && progress.isSettled
        }
    }

    /// Until one more look has ended, without moving the clock.
    func looked() async throws {
        let before = await mirror.looks.ended
        try await until { await mirror.looks.ended > before }
    }

    /// As SIGTERM does.
    func stop() async throws {
        task.cancel()
        try await task.value
    }
}
