import ContentLibraryClient
import Testing

@Suite struct LoginPolicyTests {
    private let wrong = LoginCredentials(user: "u", password: "wrong")
    private let other = LoginCredentials(user: "u", password: "other")

    private func at(_ seconds: Int) -> Duration { .seconds(seconds) }

    @Test func nothingStandsInTheWayAtFirst() {
        #expect(LoginPolicy().obstacle(to: wrong, now: at(0)) == nil)
    }

    @Test func aRefusedPasswordIsTriedAfterAMinuteAndThenEveryQuarterOfAnHour() {
        var policy = LoginPolicy()
        var now = 100
        for wait in [60, 900, 900, 900] {
            #expect(policy.refused(wrong, detail: "no", now: at(now)) == .refused(user: "u", detail: "no", retryAfter: at(wait)))
            #expect(policy.obstacle(to: wrong, now: at(now)) == .refused(user: "u", detail: "no", retryAfter: at(wait)))
            #expect(policy.obstacle(to: wrong, now: at(now + wait - 1)) == .refused(user: "u", detail: "no", retryAfter: at(1)))
            #expect(policy.obstacle(to: wrong, now: at(now + wait)) == nil)
            now += wait
        }
    }

    @Test func otherCredentialsMayTryAtOnceAndCountAnew() {
        var policy = LoginPolicy()
        _ = policy.refused(wrong, detail: "no", now: at(0))
        _ = policy.refused(wrong, detail: "no", now: at(60))
        #expect(policy.obstacle(to: wrong, now: at(61)) != nil)
        #expect(policy.obstacle(to: other, now: at(61)) == nil)
        #expect(policy.refused(other, detail: "no", now: at(61)).retryAfter == at(60))
        #expect(policy.obstacle(to: wrong, now: at(62)) == nil, "one account, one record: the last one refused")
    }

    @Test func aPersonMayAskForAnAttempt() {
        var policy = LoginPolicy()
        _ = policy.refused(wrong, detail: "no", now: at(0))
        policy.retryNow()
        #expect(policy.obstacle(to: wrong, now: at(1)) == nil)
        #expect(policy.refused(wrong, detail: "no", now: at(1)).retryAfter == at(60))
    }

    @Test func aLoginEndsTheRecord() {
        var policy = LoginPolicy()
        _ = policy.refused(wrong, detail: "no", now: at(0))
        policy.accepted(now: at(60))
        #expect(policy.refused(wrong, detail: "no", now: at(61)).retryAfter == at(60))
    }

    @Test(arguments: [(0.0, [30, 60, 120, 240, 480, 600, 600]), (0.999_999, [15, 30, 60, 120, 240, 300, 300])])
    func aFullServerIsWaitedForLongerEachTime(jitter: Double, waits: [Int]) {
        var policy = LoginPolicy()
        var now = Duration.zero
        for wait in waits {
            let error = policy.full(detail: "full", jitter: jitter, now: now)
            #expect(abs(error.retryAfter.components.seconds - Int64(wait)) <= 1)
            #expect(policy.obstacle(to: wrong, now: now) == error)
            #expect(policy.obstacle(to: other, now: now) == error, "other credentials do not make room")
            now += error.retryAfter
            #expect(policy.obstacle(to: wrong, now: now) == nil)
        }
        policy.accepted(now: now)
        #expect(policy.full(detail: "full", jitter: 0, now: now).retryAfter == at(30))
    }

    @Test func uselessSessionsAreNotPiledUp() {
        var policy = LoginPolicy()
        for now in 0..<3 {
            #expect(policy.obstacle(to: other, now: at(now)) == nil)
            policy.accepted(now: at(now))
        }
        #expect(policy.obstacle(to: other, now: at(10)) == .sessionsRefused(retryAfter: at(52)))
        #expect(policy.obstacle(to: other, now: at(62)) == nil)
        policy.accepted(now: at(62))
        #expect(policy.obstacle(to: other, now: at(63)) != nil)
        policy.proved()
        #expect(policy.obstacle(to: other, now: at(63)) == nil)
    }

    @Test func noPasswordShows() {
        #expect(!"\(wrong)".contains("wrong"))
        #expect(!String(reflecting: wrong).contains("wrong"))
        var text = ""
        dump(wrong, to: &text)
        #expect(!text.contains("wrong"))
    }
}
