import ContentLibraryAPI
import Testing

@testable import MirrorCore

@Suite struct SessionLeaseTests {
    static let start = BootTime(nanoseconds: 1_000_000_000_000)
    static func at(_ seconds: Double) -> BootTime { start + .milliseconds(Int64(seconds * 1000)) }
    static func wall(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + seconds * 1000) }

    struct Row: Sendable {
        var expiration: Int64?
        var date: Int64?
        /// Seconds from the send.
        var renewal: Double
        var deadline: Double
    }

    @Test(arguments: [
        Row(expiration: 300, date: 0, renewal: 60, deadline: 300), Row(expiration: 120, date: 0, renewal: 30, deadline: 120),
        Row(expiration: 1000, date: 996, renewal: 1, deadline: 4), Row(expiration: 7200, date: 0, renewal: 60, deadline: 7200),
        Row(expiration: nil, date: 0, renewal: 60, deadline: 300), Row(expiration: 10, date: nil, renewal: 60, deadline: 300),
        Row(expiration: nil, date: nil, renewal: 60, deadline: 300), Row(expiration: 5, date: 5, renewal: 60, deadline: 300),
        Row(expiration: 0, date: 50, renewal: 60, deadline: 300),
    ])
    func countsFromTheSend(_ row: Row) {
        let lease = SessionLease(sentAt: Self.start, expiration: row.expiration.map(Self.wall), date: row.date.map(Self.wall))
        #expect(lease.nextRenewal == Self.at(row.renewal))
        #expect(lease.deadline == Self.at(row.deadline))
        #expect(lease.isProven(now: Self.at(row.deadline - 0.001)))
        #expect(!lease.isProven(now: Self.at(row.deadline)))
    }

    @Test func survivesNonsense() {
        let lease = SessionLease(sentAt: Self.start, expiration: Timestamp(milliseconds: .max), date: Timestamp(milliseconds: .min))
        #expect(lease.deadline == Self.at(300))
        let endless = SessionLease(sentAt: Self.start, expiration: Timestamp(milliseconds: .max), date: Self.wall(0))
        #expect(endless.isProven(now: Self.at(86_400)) && endless.nextRenewal == Self.at(60))
    }

    @Test func aRenewalMovesTheDeadlineFromItsOwnSend() {
        var lease = SessionLease(sentAt: Self.start, expiration: Self.wall(300), date: Self.wall(0))
        lease.renewed(sentAt: Self.at(60), expiration: Self.wall(1000), date: Self.wall(900))
        #expect(lease.deadline == Self.at(160) && lease.nextRenewal == Self.at(85))
        // The answer to an older request tells nothing new.
        lease.renewed(sentAt: Self.at(50), expiration: Self.wall(9000), date: Self.wall(0))
        #expect(lease.deadline == Self.at(160))
    }

    @Test func triesAgainSoonerTheLessIsLeft() {
        var lease = SessionLease(sentAt: Self.start, expiration: Self.wall(300), date: Self.wall(0))
        lease.renewalFailed(now: Self.at(60))
        #expect(lease.nextRenewal == Self.at(120))
        lease.renewalFailed(now: Self.at(280))
        #expect(lease.nextRenewal == Self.at(285))
        lease.renewalFailed(now: Self.at(400))
        #expect(lease.nextRenewal == Self.at(400.1))
        #expect(lease.deadline == Self.at(300))
    }

    @Test func tellsProgressOnlyWhenItGrew() {
        var lease = SessionLease(sentAt: Self.start, expiration: nil, date: nil)
        let told = [0, 3, 3, 2, 40, 40, 150, 100, -1].map { lease.progressToSend(current: $0) }
        #expect(told == [nil, 3, nil, nil, 40, nil, 100, nil, nil])
        lease = SessionLease(sentAt: Self.start, expiration: nil, date: nil)
        _ = lease.progressToSend(current: 10)
        lease.renewed(sentAt: Self.at(1), expiration: nil, date: nil)
        #expect(lease.progressToSend(current: 10) == nil)
    }
}
