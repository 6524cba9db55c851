import Synchronization

/// Counters of a running transfer, for any thread to look at.
public final class TransferProgress: Sendable {
    /// The length in bytes, as the creator knows it.
    public let total: Int64
    private let count = Atomic<Int64>(0)

    public init(total: Int64) { self.total = total }

    /// Bytes handed to, or taken from, the network so far. It falls back to zero when a transfer starts over.
    public var moved: Int64 { count.load(ordering: .relaxed) }

    /// Called by whatever moves the bytes.
    public func record(_ moved: Int64) { count.store(moved, ordering: .relaxed) }
}
