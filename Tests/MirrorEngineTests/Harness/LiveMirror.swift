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
    /// - Parameter step: by how much it moves at most while something is published, for what sleeps there; nil leaves it alone then.
    func moving(by step: Duration? = nil, until condition: @escaping @Sendable () async throws -> Bool) async throws {
        var quietLooks = 0
        try await until {
            if try await condition() { return true }
            let before = site.network.calls.count
            let looks = await mirror.looks
            let isPublishing = await mirror.isPublishing
            guard !isPublishing || step != nil, site.network.underWay == 0, looks.begun == looks.ended, let next = site.clock.sleeping.first,
                site.network.calls.count == before
            else {
                quietLooks = 0
                return false
            }
            quietLooks += 1
            let wait = max(next - site.clock.now(), .zero)
            if isPublishing, quietLooks < 3 { return false }
            site.clock.advance(by: isPublishing ? min(step ?? wait, wait) : wait)
            quietLooks = 0
            return false
        }
    }

    /// Until nothing is left to do.
    func rest(movingClockBy step: Duration? = nil) async throws {
        try await moving(by: step) { [mirror] in
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
