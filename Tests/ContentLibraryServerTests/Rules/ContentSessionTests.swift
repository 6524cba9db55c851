import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct ContentSessionTests {
    static let start = Timestamp(milliseconds: 1_000_000)
    static let lease = Duration.seconds(300)

    enum Event: String, CaseIterable, Sendable { case keepAlive, complete, cancel, fail, requireOpen, requireActive, requireEnded }

    static let states: [ContentSession.State] = [
        .active, .completing, .done, .canceled, .failed(Message(id: "x", defaultMessage: "boom")),
    ]

    static func apply(_ event: Event, to session: inout ContentSession, now: Timestamp, files: [SessionFile] = []) throws(APIError) {
        switch event {
        case .keepAlive: try session.keepAlive(progress: nil, now: now, lasting: lease)
        case .complete: try session.complete(files: files, now: now, lasting: lease)
        case .cancel: try session.cancel(now: now, lasting: lease)
        case .fail: try session.fail("because", now: now, lasting: lease)
        case .requireOpen: try session.requireOpen(for: "add")
        case .requireActive: try session.requireActive(for: "keep_alive")
        case .requireEnded: try session.requireEnded(for: "delete")
        }
    }

    @Test(arguments: states, Event.allCases)
    func `every event in every state`(_ state: ContentSession.State, _ event: Event) throws {
        var session = ContentSession(id: "s", state: state, lease: Lease(from: Self.start, lasting: Self.lease))
        let before = session
        let later = Self.start + .seconds(100)
        let isAllowed =
            switch event {
            case .requireEnded: ![.active, .completing].contains(state)
            case .complete, .requireOpen: state == .active
            case .keepAlive, .cancel, .fail, .requireActive: [.active, .completing].contains(state)
            }
        guard isAllowed else {
            let error = #expect(throws: APIError.self) { try Self.apply(event, to: &session, now: later) }
            #expect(error?.kind == .notAllowedInCurrentState)
            #expect(error?.messages.first?.args.dropFirst().first == state.name)
            #expect(session == before, "a refused event changes nothing")
            return
        }
        try Self.apply(event, to: &session, now: later)
        switch event {
        case .keepAlive: #expect(session.state == state)
        case .complete: #expect(session.state == .done)
        case .cancel: #expect(session.state == .canceled)
        case .fail:
            guard case .failed(let message) = session.state else { throw Unexpected("\(session.state)") }
            #expect(message.defaultMessage == "because")
        case .requireOpen, .requireActive, .requireEnded: #expect(session == before)
        }
        // The server itself is to end it: no lease ends it before.
        if event == .keepAlive, state == .completing { return #expect(session.lease == before.lease) }
        if ![.requireOpen, .requireActive, .requireEnded].contains(event) { #expect(session.lease.expiration == later + Self.lease) }
    }

    @Test(
        arguments: [
            ([], 0), ([40], 40), ([40, 60], 60), ([60, 40], 60), ([0], 0), ([100], 100), ([100, 100], 100),
        ] as [([Int64], Int64)])
    func `progress only grows`(_ reports: [Int64], _ expected: Int64) throws {
        var session = ContentSession(id: "s", lease: Lease(from: Self.start, lasting: Self.lease))
        var now = Self.start
        for report in reports {
            now = now + .seconds(10)
            try session.keepAlive(progress: report, now: now, lasting: Self.lease)
            #expect(session.lease.expiration == now + Self.lease, "the lease moves even where the progress does not")
        }
        #expect(session.progress == expected)
    }

    @Test(arguments: [-1, 101, Int64.max, Int64.min])
    func `progress out of range is refused and moves nothing`(_ report: Int64) {
        var session = ContentSession(id: "s", lease: Lease(from: Self.start, lasting: Self.lease))
        let before = session
        let error = #expect(throws: APIError.self) { try session.keepAlive(progress: report, now: Self.start + .seconds(1), lasting: Self.lease) }
        #expect(error?.kind == .invalidArgument)
        #expect(session == before)
    }

    @Test func `the state is judged before the arguments`() {
        var session = ContentSession(id: "s", state: .done, lease: Lease(from: Self.start, lasting: Self.lease))
        let error = #expect(throws: APIError.self) { try session.keepAlive(progress: 1000, now: Self.start, lasting: Self.lease) }
        #expect(error?.kind == .notAllowedInCurrentState)
    }

    @Test(arguments: [
        (SessionFile.Origin.kept(version: 3), true), (.pushed(.ready), true), (.pushed(.waiting), false),
        (.pushed(.refused(Message(id: "m", defaultMessage: "wrong size"))), false),
    ])
    func `a session completes only when every pushed file is there`(_ origin: SessionFile.Origin, _ isAllowed: Bool) {
        var session = ContentSession(id: "s", lease: Lease(from: Self.start, lasting: Self.lease))
        let files = [SessionFile(name: "good", origin: .pushed(.ready)), SessionFile(name: "f", origin: origin)]
        do {
            try session.complete(files: files, now: Self.start, lasting: Self.lease)
            #expect(isAllowed)
            #expect(session.state == .done)
        } catch {
            #expect(!isAllowed)
            #expect(error.kind == .notAllowedInCurrentState)
            #expect(error.messages.first?.args.first == "f")
            #expect(session.state == .active, "it may still be repaired")
        }
    }

    @Test(arguments: [(-1, false), (0, false), (1, true)])
    func `a lease is over after its expiration, never before`(_ milliseconds: Int, _ isOver: Bool) {
        let lease = Lease(from: Self.start, lasting: Self.lease)
        #expect(lease.isOver(at: lease.expiration + .milliseconds(milliseconds)) == isOver)
    }

    @Test func `what is being pulled is waited for, and decides`() throws {
        let (waiting, ready) = (SessionFile(name: "a", origin: .pulled(.waiting)), SessionFile(name: "a", origin: .pulled(.ready)))
        let refused = SessionFile(name: "a", origin: .pulled(.refused(Message(id: "x", defaultMessage: "boom"))))
        let pushed = SessionFile(name: "b", origin: .pushed(.ready))
        let later = Self.start + .seconds(100_000)
        for (end, state) in [(ready, "DONE"), (refused, "ERROR")] {
            var session = ContentSession(id: "s", lease: Lease(from: Self.start, lasting: Self.lease))
            try session.complete(files: [waiting, pushed], now: Self.start, lasting: Self.lease)
            #expect(session.state == .completing && !session.lease.isOver(at: later))
            let isSettled = session.settle(files: [waiting, pushed], now: later, lasting: Self.lease)
            #expect(!isSettled && session.state == .completing)
            let isOver = session.settle(files: [end, pushed], now: later, lasting: Self.lease)
            #expect(isOver && session.state.name == state && session.lease.expiration == later + Self.lease)
            if case .failed(let message) = session.state { #expect(message.defaultMessage == "The import of the library item failed: a: boom") }
            let before = session
            #expect(!session.settle(files: [ready], now: later, lasting: Self.lease) && session == before, "only once")
        }
        // One that failed is not waited for, and others are not either.
        var session = ContentSession(id: "s", lease: Lease(from: Self.start, lasting: Self.lease))
        try session.complete(files: [refused, waiting], now: Self.start, lasting: Self.lease)
        #expect(session.state == .completing && session.settle(files: [refused, waiting], now: later, lasting: Self.lease))
        // What the client has not sent is the client's mistake still.
        var other = ContentSession(id: "s", lease: Lease(from: Self.start, lasting: Self.lease))
        let unsent = SessionFile(name: "b", origin: .pushed(.waiting))
        #expect(throws: APIError.self) { try other.complete(files: [waiting, unsent], now: Self.start, lasting: Self.lease) }
        #expect(other.state == .active)
    }
}
