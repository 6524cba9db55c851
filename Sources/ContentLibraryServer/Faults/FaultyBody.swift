/// The body of an upload that is slowed down, or stopped before its end.
struct FaultyBody<Base: AsyncSequence>: AsyncSequence where Base.Element: Sequence<UInt8> {
    typealias Element = Base.Element

    let base: Base
    let fault: TransferFault
    let sleep: FaultInjector.Sleep

    struct Stopped: Error {}

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: Base.AsyncIterator
        fileprivate let fault: TransferFault
        fileprivate let sleep: FaultInjector.Sleep
        private var moved: Int64 = 0

        fileprivate init(base: Base.AsyncIterator, fault: TransferFault, sleep: @escaping FaultInjector.Sleep) {
            (self.base, self.fault, self.sleep) = (base, fault, sleep)
        }

        mutating func next() async throws -> Element? {
            if let ending = fault.ending, moved >= ending.afterBytes { throw Stopped() }
            guard let part = try await base.next() else { return nil }
            let count = part.reduce(into: Int64(0)) { count, _ in count += 1 }
            moved += count
            if let wait = fault.wait(forBytes: count) { try await sleep(wait) }
            return part
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), fault: fault, sleep: sleep) }
}

/// What happens to the bytes of a transfer.
struct TransferFault: Sendable, Hashable {
    /// How a transfer ends before its end.
    enum Stop: Sendable, Hashable {
        case cut
        case unauthenticated
        /// As if it were whole.
        case clean
    }

    struct Ending: Sendable, Hashable {
        let stop: Stop
        let afterBytes: Int64
    }

    private(set) var bytesPerSecond: Int64?
    private(set) var ending: Ending?

    /// Nil where none of them is about the bytes.
    init?(_ faults: [Fault]) {
        for fault in faults {
            switch fault {
            case .slow(let rate): bytesPerSecond = max(1, rate)
            case .cut(let bytes): ending = Ending(stop: .cut, afterBytes: bytes)
            case .unauthenticated(let bytes): ending = Ending(stop: .unauthenticated, afterBytes: bytes)
            case .deadSession(let bytes): ending = Ending(stop: .clean, afterBytes: bytes)
            default: break
            }
        }
        if bytesPerSecond == nil, ending == nil { return nil }
    }

    func wait(forBytes count: Int64) -> Duration? {
        bytesPerSecond.map { .microseconds(count.multipliedReportingOverflow(by: 1_000_000).partialValue / $0) }
    }
}
