import Synchronization
import Testing

@testable import HTTPTransport

@Suite struct ThreadPoolTests {
    @Test func everyJobRunsOnAFewThreads() {
        let pool = ThreadPool(name: "pool-jobs", threads: 3)
        let done = Monitor((count: 0, running: 0, most: 0))
        for _ in 0..<5000 {
            let accepted = pool.submit {
                done.withLock {
                    $0.running += 1
                    $0.most = max($0.most, $0.running)
                }
                done.withLock {
                    $0.running -= 1
                    $0.count += 1
                }
                done.wakeAll()
            }
            #expect(accepted)
        }
        let most = done.wait { $0.count == 5000 ? $0.most : nil }
        #expect(most <= 3)
    }

    @Test func oneThreadKeepsTheOrder() {
        let pool = ThreadPool(name: "pool-order", threads: 1)
        let seen = Monitor([Int]())
        for number in 0..<3000 {
            _ = pool.submit {
                seen.withLock { $0.append(number) }
                seen.wakeAll()
            }
        }
        #expect(seen.wait { $0.count == 3000 ? $0 : nil } == Array(0..<3000))
    }

    /// What a job held goes outside the pool's lock, where it may use the pool.
    @Test func aJobMayHoldTheLastReferenceToAUserOfThePool() async {
        final class User: Sendable {
            let pool: ThreadPool, gone: Monitor<Int>
            init(_ pool: ThreadPool, _ gone: Monitor<Int>) { (self.pool, self.gone) = (pool, gone) }
            deinit {
                let gone = gone
                _ = pool.submit { gone.withLock { $0 += 1 } }
            }
        }
        let (pool, gone) = (ThreadPool(name: "pool-user", threads: 2), Monitor(0))
        for _ in 0..<2000 {
            let user = User(pool, gone)
            _ = pool.submit { withExtendedLifetime(user) {} }
        }
        #expect(await eventually { gone.withLock { $0 } == 2000 })
    }

    @Test func theThreadsEnd() async {
        let pool = ThreadPool(name: "pool-end", threads: 4)
        let gate = Monitor(false)
        for _ in 0..<4 { _ = pool.submit { gate.wait { $0 ? () : nil } } }
        func threads() -> Int { threadNames().filter { $0 == "pool-end" }.count }
        #expect(await eventually { threads() == 4 })
        pool.close()
        #expect(!pool.submit {})
        gate.withLock { $0 = true }
        gate.wakeAll()
        #expect(await eventually { threads() == 0 })
    }

    @Test func theLongestCallShows() async throws {
        let pool = ThreadPool(name: "pool-busy", threads: 2)
        let now = SuspendingClock.now
        #expect(pool.longestCall(now: now) == nil)
        let gate = Monitor(0)
        _ = pool.submit { gate.wait { $0 >= 1 ? () : nil } }
        #expect(await eventually { pool.longestCall(now: .now) != nil })
        let age = try #require(pool.longestCall(now: now.advanced(by: .seconds(100))))
        #expect(age > .seconds(80) && age <= .seconds(100))
        gate.withLock { $0 = 1 }
        gate.wakeAll()
        #expect(await eventually { pool.longestCall(now: .now) == nil })
    }
}
