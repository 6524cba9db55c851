import CCurl
import CCurlShim
import Digests
import Synchronization

/// What the thread of an `HTTPLoop` owns, and the inbox through which everybody else talks to it.
final class LoopCore: @unchecked Sendable {
    // Sendable: `inbox` is locked; `configuration` and `pool` never change; `multi` is used by the thread alone, save curl_multi_wakeup, which libcurl
    // allows from any thread and which is called only while the inbox is open, that is, before the cleanup. The rest is the thread's.
    enum Command {
        case start(Exchange), cancel(Exchange)
        /// The exchange's file has bytes, room, or an end.
        case wake(Exchange)
        case ping(CheckedContinuation<Void, any Error>)
        case close(CheckedContinuation<Void, Never>?)
    }
    private struct Inbox {
        var commands: [Command] = []
        var isOpen = true
    }

    let configuration: HTTPLoop.Configuration
    let pool: ThreadPool
    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer

    private var waiting: [Exchange] = []
    private var live: [ObjectIdentifier: Exchange] = [:]
    /// Answered, but the file is still being written.
    private var flushing: [ObjectIdentifier: Exchange] = [:]
    private var perHost: [Origin: Int] = [:]
    private var marks: [Trust: Int] = [:]
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var isClosing = false

    init(_ configuration: HTTPLoop.Configuration) throws(TransportError) {
        guard Self.libraryIsReady, let multi = curl_multi_init() else {
            throw TransportError(.other(detail: "libcurl cannot be initialised"), peer: "", isBeforeSending: true)
        }
        self.configuration = configuration
        self.multi = multi
        pool = configuration.threads ?? ThreadPool(name: configuration.name, threads: 4)
        _ = curlshim_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max(1, configuration.maxConnections))
        _ = curlshim_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, max(1, configuration.maxConnectionsPerHost))
        _ = curlshim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, configuration.maxConnections))
        _ = curlshim_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    }

    /// curl_global_init, once in the process.
    private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    func start() throws(TransportError) {
        let code = startThread(configuration.name) { self.run() }
        guard code != 0 else { return }
        inbox.withLock { $0.isOpen = false }
        curl_multi_cleanup(multi)
        throw TransportError(.other(detail: "cannot start a thread: \(systemMessage(code))"), peer: "", isBeforeSending: true)
    }

    /// False once the loop is closed.
    @discardableResult
    func post(_ command: Command) -> Bool {
        inbox.withLock { inbox in
            guard inbox.isOpen else { return false }
            inbox.commands.append(command)
            if inbox.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
    }

    // MARK: the thread

    private func run() {
        while !isClosing {
            for command in takeCommands() { obey(command) }
            admit()
            var running: Int32 = 0
            let code = curl_multi_perform(multi, &running)
            if code != CURLM_OK { failAll(.other(detail: String(cString: curl_multi_strerror(code)))) }
            collect()
            expire()
            release()
            admit()
            if !isClosing { curl_multi_poll(multi, nil, 0, patience(), nil) }
        }
        shutDown()
    }

    private func takeCommands() -> [Command] {
        inbox.withLock { inbox in
            defer { inbox.commands.removeAll() }
            return inbox.commands
        }
    }

    private func obey(_ command: Command) {
        switch command {
        case .start(let exchange): waiting.append(exchange)
        case .cancel(let exchange): drop(exchange, CancellationError())
        case .wake(let exchange): wake(exchange)
        case .ping(let continuation): continuation.resume()
        case .close(let continuation):
            isClosing = true
            if let continuation { closers.append(continuation) }
        }
    }

    /// Puts waiting requests on the wire, in order, as far as the limits allow.
    private func admit() {
        guard !waiting.isEmpty else { return }
        var stillWaiting: [Exchange] = []
        for exchange in waiting {
            let used = perHost[exchange.origin, default: 0]
            guard live.count < max(1, configuration.maxConnections), used < max(1, configuration.maxConnectionsPerHost) else {
                stillWaiting.append(exchange)
                continue
            }
            start(exchange)
        }
        waiting = stillWaiting
    }

    private func start(_ exchange: Exchange) {
        do throws(TransportError) {
            let easy = try exchange.prepare(now: .now)
            let code = curl_multi_add_handle(multi, easy)
            guard code == CURLM_OK else { throw exchange.error(.other(detail: String(cString: curl_multi_strerror(code)))) }
            live[ObjectIdentifier(exchange)] = exchange
            perHost[exchange.origin, default: 0] += 1
        } catch {
            exchange.release()
            exchange.settle(.failure(error))
        }
    }

    /// A number above zero, the same for the same trust.
    func mark(of trust: Trust) -> Int {
        if let mark = marks[trust] { return mark }
        marks[trust] = marks.count + 1
        return marks.count
    }

    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            guard let exchange = live.values.first(where: { $0.easy == easy }) else { continue }
            exchange.conclude(code)
            remove(exchange)
            deliver(exchange)
        }
    }

    /// Hands over the result, or waits for the file to be written.
    private func deliver(_ exchange: Exchange) {
        guard let result = exchange.result() else {
            flushing[ObjectIdentifier(exchange)] = exchange
            return
        }
        exchange.settle(result)
    }

    private func wake(_ exchange: Exchange) {
        if live[ObjectIdentifier(exchange)] != nil {
            exchange.resume(now: .now)
        } else if flushing.removeValue(forKey: ObjectIdentifier(exchange)) != nil {
            deliver(exchange)
        }
    }

    private func expire() {
        let now = SuspendingClock.now
        for exchange in live.values {
            guard let reason = exchange.stall.verdict(now: now) else { continue }
            drop(exchange, exchange.error(reason))
        }
    }

    /// Lets those go on that the bandwidth limit has held back for long enough.
    private func release() {
        let now = SuspendingClock.now
        for exchange in live.values { if let until = exchange.heldUntil, now >= until { exchange.resume(now: now) } }
    }

    /// Until the next limit of ours, in milliseconds; libcurl shortens it to its own timers, and a wake-up ends it.
    private func patience() -> Int32 {
        guard let next = live.values.flatMap({ [$0.stall.deadline, $0.heldUntil] }).compactMap({ $0 }).min() else { return 3_600_000 }
        let left = SuspendingClock.now.duration(to: next)
        guard left > .zero else { return 0 }
        return Int32(min(3_600_000, left / .milliseconds(1) + 1))
    }

    private func remove(_ exchange: Exchange) {
        guard live.removeValue(forKey: ObjectIdentifier(exchange)) != nil else { return }
        if let easy = exchange.easy { curl_multi_remove_handle(multi, easy) }
        exchange.release()
        let used = perHost[exchange.origin, default: 1] - 1
        perHost[exchange.origin] = used > 0 ? used : nil
    }

    private func drop(_ exchange: Exchange, _ error: any Error) {
        waiting.removeAll { $0 === exchange }
        flushing[ObjectIdentifier(exchange)] = nil
        remove(exchange)
        exchange.stopFiles()
        exchange.settle(.failure(error))
    }

    private func failAll(_ reason: TransportError.Reason) {
        for exchange in waiting + live.values + flushing.values { drop(exchange, exchange.error(reason)) }
    }

    private func shutDown() {
        let late = inbox.withLock { inbox in
            inbox.isOpen = false
            defer { inbox.commands.removeAll() }
            return inbox.commands
        }
        for command in late { obey(command) }
        failAll(.closed)
        curl_multi_cleanup(multi)
        for closer in closers { closer.resume() }
    }
}
