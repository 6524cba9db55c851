import ContentLibraryAPI

/// What both kinds of content session have in common: a state that ends once, a lease, and the progress that the client reports.
///
/// A value: time comes in as an argument, and whoever holds it makes the outcome durable.
struct ContentSession: Sendable, Hashable {
    enum State: Sendable, Hashable {
        case active
        case done
        case canceled
        /// With the text that the client, or the server, gave.
        case failed(Message)

        var name: String {
            switch self {
            case .active: "ACTIVE"
            case .done: "DONE"
            case .canceled: "CANCELED"
            case .failed: "ERROR"
            }
        }
    }

    let id: String
    private(set) var state: State
    /// 0 to 100.
    private(set) var progress: Int64
    private(set) var lease: Lease

    init(id: String, state: State = .active, progress: Int64 = 0, lease: Lease) {
        (self.id, self.state, self.progress, self.lease) = (id, state, progress, lease)
    }

    /// Only an active session takes changes.
    func requireActive(for operation: String) throws(APIError) {
        switch state {
        case .active: break
        case .done, .canceled: throw .state(operation, state.name, "the session \(id) has ended")
        // As a vCenter, which repeats the reason.
        case .failed(let message): throw .state(operation, state.name, message.defaultMessage)
        }
    }

    /// Moves the lease, and the progress when it grew; a progress that did not grow is ignored.
    mutating func keepAlive(progress reported: Int64?, now: Timestamp, lasting length: Duration) throws(APIError) {
        try requireActive(for: "keep_alive")
        if let reported {
            guard 0...100 ~= reported else { throw .invalidArgument("client_progress", "expected 0 to 100, not \(reported)") }
            progress = max(progress, reported)
        }
        lease = Lease(from: now, lasting: length)
    }

    /// The end that makes the changes visible. Refused while a file that the client pushes is not there in full.
    mutating func complete(files: [SessionFile], now: Timestamp, lasting length: Duration) throws(APIError) {
        try requireActive(for: "complete")
        try SessionFile.requireReceived(files)
        end(.done, now: now, lasting: length)
    }

    mutating func cancel(now: Timestamp, lasting length: Duration) throws(APIError) {
        try requireActive(for: "cancel")
        end(.canceled, now: now, lasting: length)
    }

    mutating func fail(_ text: String, now: Timestamp, lasting length: Duration) throws(APIError) {
        try requireActive(for: "fail")
        end(.failed(Message(id: "clsyncd.library.client_error", defaultMessage: text, args: [])), now: now, lasting: length)
    }

    /// A session that ended stays readable for one more lease.
    private mutating func end(_ state: State, now: Timestamp, lasting length: Duration) {
        self.state = state
        lease = Lease(from: now, lasting: length)
    }

    /// An update session is deleted only after it ended; a download session whenever.
    func requireEnded(for operation: String) throws(APIError) {
        guard state != .active else {
            throw .state(operation, state.name, "the session \(id) is active; complete, cancel or fail it first")
        }
    }
}
