import ContentLibraryAPI
import Synchronization

/// Time that stands still until a test moves it.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

    var now: Timestamp { time.withLock { $0 } }
    func advance(by length: Duration) { time.withLock { $0 = $0 + length } }
}
