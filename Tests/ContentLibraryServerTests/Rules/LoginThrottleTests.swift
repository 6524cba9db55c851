import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct LoginThrottleTests {
    static let start = Timestamp(milliseconds: 1_000_000)
    static let key = LoginThrottle.Key(user: "u", address: "10.0.0.1")

    @Test func `five in three minutes lock for a quarter of an hour`() {
        var throttle = LoginThrottle()
        for second in 0..<4 { throttle.failed(Self.key, now: Self.start + .seconds(second)) }
        #expect(!throttle.isLocked(Self.key, now: Self.start + .seconds(4)))
        throttle.failed(Self.key, now: Self.start + .seconds(180))
        #expect(throttle.isLocked(Self.key, now: Self.start + .seconds(180)))
        throttle.failed(Self.key, now: Self.start + .seconds(900))
        #expect(throttle.isLocked(Self.key, now: Self.start + .seconds(180 + 900)), "more failures do not lengthen it")
        #expect(!throttle.isLocked(Self.key, now: Self.start + .milliseconds(1_080_001)))
        throttle.failed(Self.key, now: Self.start + .seconds(1081))
        #expect(!throttle.isLocked(Self.key, now: Self.start + .seconds(1081)), "after the lock the count begins anew")
    }

    @Test func `a window that is over, and a right password, begin anew`() {
        var throttle = LoginThrottle()
        for second in 0..<4 { throttle.failed(Self.key, now: Self.start + .seconds(second)) }
        throttle.failed(Self.key, now: Self.start + .milliseconds(180_001))
        #expect(!throttle.isLocked(Self.key, now: Self.start + .seconds(181)))
        for _ in 0..<3 { throttle.failed(Self.key, now: Self.start + .seconds(182)) }
        throttle.succeeded(Self.key)
        throttle.failed(Self.key, now: Self.start + .seconds(183))
        #expect(!throttle.isLocked(Self.key, now: Self.start + .seconds(183)))
    }

    @Test func `a lock is of one user at one address`() {
        var throttle = LoginThrottle()
        for _ in 0..<5 { throttle.failed(Self.key, now: Self.start) }
        #expect(throttle.isLocked(Self.key, now: Self.start))
        for other in [("u", "10.0.0.2"), ("v", "10.0.0.1")] {
            #expect(!throttle.isLocked(.init(user: other.0, address: other.1), now: Self.start))
        }
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.2", false), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("2001:db8::1", "2001:db8:0:0:1:2:3:4", true), ("::1", "::2", true), ("::1", "2001::1", false), ("fe80::1%eth0", "fe80::2%eth0", true),
        ("", "10.0.0.1", false),
    ])
    func `what is one address`(_ a: String, _ b: String, _ same: Bool) {
        #expect((LoginThrottle.Key(user: "u", address: a) == LoginThrottle.Key(user: "u", address: b)) == same)
    }

    @Test func `memory is bounded, and what is over is forgotten first`() {
        var throttle = LoginThrottle(capacity: 10)
        for _ in 0..<5 { throttle.failed(Self.key, now: Self.start) }
        for number in 0..<1000 { throttle.failed(.init(user: "u", address: "a\(number)"), now: Self.start + .milliseconds(number)) }
        #expect(throttle.count == 10)
        #expect(throttle.isLocked(Self.key, now: Self.start), "a lock lasts longer than a window, and is kept")
        throttle.failed(.init(user: "u", address: "later"), now: Self.start + .seconds(2000))
        #expect(throttle.count == 1)
    }
}
