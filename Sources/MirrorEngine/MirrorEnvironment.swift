import ContentLibraryAPI
import ContentLibraryClient
import LinuxHost
import Logging
import MirrorCore
import MirrorJournal
import Synchronization

/// What all mirrors of one server share.
public struct MirrorEnvironment: Sendable {
    /// How a mirror runs.
    public enum Mode: Sendable {
        /// The daemon: watches, goes on for ever, leaves sessions for the next start.
        case continuous
        /// One pass to the end: waits for files to become stable, ends its own sessions.
        case once
        /// One look that changes nothing, here or at the server, and says what a pass would do.
        case plan
    }
    public var client: ContentLibraryClient
    public var journal: Journal
    public var clock: any HostClock
    public var logger: Logger
    public var mode: Mode
    public var rescanInterval: Duration
    public var transfersPerItem: Int
    /// Whose threads look at the source and hear of its events.
    public var threads = SourceThreads.own
    /// One element after something that `status` shows may have moved; what nobody looks at folds into one. One listener.
    public let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation
    /// The mirrors that run.
    let configured = ConfiguredMirrors()
    let slots: Slots
    let claims: ItemClaims

    /// - Parameter workers: how many items are published at once, over all mirrors.
    public init(
        client: ContentLibraryClient, journal: Journal, clock: any HostClock, logger: Logger, mode: Mode, workers: Int = 4, transfersPerItem: Int = 2,
        rescanInterval: Duration = .seconds(3600)
    ) {
        (self.client, self.journal, self.clock, self.logger, self.mode) = (client, journal, clock, logger, mode)
        (self.rescanInterval, self.transfersPerItem) = (rescanInterval, transfersPerItem)
        (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        slots = Slots(workers)
        claims = ItemClaims()
    }

    func noteChange() { changed.yield() }
}

/// Whose threads wait for a mirror's source.
public enum SourceThreads: Sendable {
    /// The mirror's: whatever a source does, it holds nobody else.
    case own
    /// The caller's: for simulations, in which one executor sees one order of events. Events are taken by `Mirror.pump()`.
    case callers
}

/// The names of the mirrors that the present configuration has.
final class ConfiguredMirrors: Sendable {
    private let current = Mutex<Set<String>>([])

    /// Empty where no engine has them.
    var names: Set<String> { current.withLock { $0 } }
    func set(_ names: Set<String>) { current.withLock { $0 = names } }
}

/// Which mirror has which item: two that claim one item are refused, both named.
actor ItemClaims {
    private struct Claim: Hashable {
        var library: LibraryKey
        /// As the server compares names.
        var item: String
    }
    private var holders: [Claim: String] = [:]

    /// The mirror that has the item already; nil where it is now `mirror`'s.
    func claim(_ item: String, in library: LibraryKey, for mirror: String) -> String? {
        let claim = Claim(library: library, item: item.lowercased())
        if let holder = holders[claim], holder != mirror { return holder }
        holders[claim] = mirror
        return nil
    }
    func release(_ item: String, in library: LibraryKey, of mirror: String) {
        let claim = Claim(library: library, item: item.lowercased())
        if holders[claim] == mirror { holders[claim] = nil }
    }
    func releaseAll(of mirror: String) { holders = holders.filter { $0.value != mirror } }
}
