import ContentLibraryAPI

/// What both kinds of content session have in common: a state that ends once, a lease, and the progress that the client reports.
///
/// A value: time comes in as an argument, and whoever holds it makes the outcome durable.
struct ContentSession: Sendable, Hashable {
    enum State: Sendable, Hashable {
        case active
        /// The client has done its part: the server completes it once what it pulls is there. To clients it is active.
        case completing
        case done
        case canceled
        /// With the text that the client, or the server, gave.
        case failed(Message)

        var name: String {
            switch self {
            case .active, .completing: "ACTIVE"
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

    /// It has not ended.
    var isActive: Bool { [.active, .completing].contains(state) }

    /// Only an active session takes changes, and no more of them once it is being completed.
    func requireOpen(for operation: String) throws(APIError) {
        try requireActive(for: operation)
        guard state == .active else { throw .state(operation, state.name, "the session \(id) is being completed") }
    }

    /// Only an active session lives on, or ends.
    func requireActive(for operation: String) throws(APIError) {
        switch state {
        case .active, .completing: break
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
        if state == .active { lease = Lease(from: now, lasting: length) }
    }

    /// The end that makes the changes visible; or, where a file that the server pulls is not there, the promise of it: then the session lives until the
    /// server has ended it. Refused while a file that the client pushes is not there in full.
    mutating func complete(files: [SessionFile], now: Timestamp, lasting length: Duration) throws(APIError) {
        try requireOpen(for: "complete")
        try SessionFile.requireReceived(files)
        guard !files.allSatisfy(\.isSettled) else { return end(.done, now: now, lasting: length) }
        (state, lease) = (.completing, .endless)
    }

    /// What has become of a session that is being completed: nothing yet while a file is being pulled. False where it goes on.
    mutating func settle(files: [SessionFile], now: Timestamp, lasting length: Duration) -> Bool {
        guard state == .completing else { return false }
        for file in files {
            if let why = file.progress?.refusal { return failImport(of: file.name, why, now: now, lasting: length) }
        }
        guard !files.contains(where: \.isPulling) else { return false }
        end(.done, now: now, lasting: length)
        return true
    }

    /// The server cannot complete it after all. The text is as a vCenter has it.
    @discardableResult mutating func failImport(of file: String?, _ why: Message, now: Timestamp, lasting length: Duration) -> Bool {
        guard state == .completing else { return false }
        let subject = file.map { "\($0): " } ?? ""
        let text = "The import of the library item failed: \(subject)\(why.defaultMessage)"
        let message = Message(id: "clsyncd.library.import_failed", defaultMessage: text, args: (file.map { [$0] } ?? []) + [why.defaultMessage])
        end(.failed(message), now: now, lasting: length)
        return true
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
        guard !isActive else {
            throw .state(operation, state.name, "the session \(id) is active; complete, cancel or fail it first")
        }
    }
}
