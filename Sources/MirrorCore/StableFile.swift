import ContentLibraryAPI

/// The moment of an observation, and the mirror's rules about rest.
struct Moment {
    var now: BootTime
    var wall: Timestamp
    var quiet: Duration
    var maxWait: Duration
    var fields: Fingerprint.Fields
}

/// What is known of one file that is not published as it is.
struct StableFile: Hashable, Sendable {
    enum Writing: Hashable, Sendable {
        /// No event tells whether somebody has it open.
        case unknown
        case closed
        /// Written, and not closed since.
        case written(since: BootTime)
    }
    /// What the last lease told, until the next event.
    enum Lease: Hashable, Sendable {
        case notAsked, asked
        case refused(askAgain: BootTime)
        case unsupported
    }
    /// A fingerprint that was seen, unchanged from `since` to `last`.
    struct Sight: Hashable, Sendable {
        var fingerprint: Fingerprint
        var since: BootTime
        var last: BootTime
        var looks = 1
        /// How long it must stay so, where no event tells more.
        var wait: Duration
    }

    private(set) var writing = Writing.unknown
    private var lease = Lease.notAsked
    /// How often the lease was refused since the last event.
    private var refusals = 0
    private var sight: Sight?
    /// Of the closes since the file was last published: `max_wait` counts from here.
    private var firstClose: BootTime?
    private(set) var lastEvent: BootTime?
    private(set) var tries = 0
    private var retryAt: BootTime?
    /// The last call that brought this up to date.
    var step: Int

    init(step: Int) { self.step = step }

    /// Whether a pass has listed the file.
    var isListed: Bool { sight != nil }
    var leaseIsUnsupported: Bool { lease == .unsupported }

    // MARK: what happened

    mutating func written(at now: BootTime) {
        happened(at: now)
        if case .written = writing { return }
        writing = .written(since: now)
    }

    mutating func closed(at now: BootTime) {
        happened(at: now)
        writing = .closed
        firstClose = firstClose ?? now
    }

    mutating func happened(at now: BootTime) {
        lastEvent = now
        // An answer speaks for the time before the event; that there are none to be had does not depend on time.
        if lease != .unsupported { lease = .notAsked }
        refusals = 0
    }

    mutating func lost(at time: BootTime) {
        if writing == .closed { (writing, sight, firstClose) = (.unknown, nil, nil) }
        if lease == .asked { lease = .notAsked }
        if let last = lastEvent { lastEvent = max(last, time) }
    }

    /// - Parameter again: after how long it is asked again, the first time; each further time after twice as long, at most `most`. A close that is
    ///   told ends the wait at once.
    mutating func leaseAnswered(_ answer: StableFiles.LeaseAnswer, now: BootTime, again: Duration, most: Duration) {
        guard lease == .asked else { return }
        switch answer {
        case .notOpenForWriting: (writing, lease, firstClose) = (.closed, .notAsked, firstClose ?? now)
        case .openForWriting:
            lease = .refused(askAgain: now + min(again * (1 << min(refusals, 16)), max(again, most)))
            refusals += 1
        case .unsupported: lease = .unsupported
        }
    }

    mutating func movedDuringRead(now: BootTime, first: Duration, cap: Duration) {
        var delay = first
        for _ in 0..<tries where delay < cap { delay *= 2 }
        tries += 1
        retryAt = now + min(delay, cap)
    }

    /// After a publish, for a file that was written since its last close.
    func afterPublish() -> StableFile {
        var file = StableFile(step: step)
        (file.writing, file.lease, file.lastEvent) = (writing, lease, lastEvent)
        return file
    }

    // MARK: rest

    mutating func observe(_ fingerprint: Fingerprint, _ moment: Moment) -> StableFiles.Readiness {
        let sight = look(at: fingerprint, moment)
        let readiness =
            switch writing {
            case .closed: restOfClosed(moment)
            case .written(let since): restOfWritten(since, sight, moment)
            case .unknown: restOfUnknown(sight, moment)
            }
        guard let retryAt, moment.now < retryAt else { return readiness }
        if case .waiting(let until) = readiness { return .waiting(until: max(until, retryAt)) }
        if readiness == .askLease { lease = .notAsked }
        return .waiting(until: retryAt)
    }

    private mutating func look(at fingerprint: Fingerprint, _ moment: Moment) -> Sight {
        guard var seen = sight else {
            let isYoung = moment.isYoung(fingerprint)
            return see(Sight(fingerprint: fingerprint, since: moment.now, last: moment.now, wait: isYoung ? moment.waitOfYoung : moment.quiet))
        }
        if seen.fingerprint.equals(fingerprint, in: moment.fields) {
            (seen.last, seen.looks) = (moment.now, seen.looks + 1)
            return see(seen)
        }
        // It changed between two looks and no event told: events do not tell the truth about this file.
        if writing == .closed && lastEvent.map({ $0 < seen.last }) ?? true { writing = .unknown }
        return see(Sight(fingerprint: fingerprint, since: moment.now, last: moment.now, wait: moment.waitOfYoung))
    }

    private mutating func see(_ new: Sight) -> Sight {
        sight = new
        return new
    }

    private func restOfClosed(_ moment: Moment) -> StableFiles.Readiness {
        guard let lastEvent else { return .stable }
        let rested = lastEvent + moment.quiet
        return moment.reached(firstClose.map { min(rested, $0 + moment.maxWait) } ?? rested)
    }

    private mutating func restOfWritten(_ since: BootTime, _ sight: Sight, _ moment: Moment) -> StableFiles.Readiness {
        if lease == .unsupported { return rest(of: sight, moment.maxWait, moment) }
        let rested = (lastEvent ?? since) + moment.quiet
        if moment.now < rested { return .waiting(until: rested) }
        return answerOfLease(since, moment)
    }

    /// Its writer may have begun before anybody watched, and pause.
    private mutating func restOfUnknown(_ sight: Sight, _ moment: Moment) -> StableFiles.Readiness {
        let readiness = rest(of: sight, sight.wait, moment)
        return readiness == .stable && lease != .unsupported ? answerOfLease(sight.since, moment) : readiness
    }

    private mutating func answerOfLease(_ since: BootTime, _ moment: Moment) -> StableFiles.Readiness {
        if case .refused(let askAgain) = lease, moment.now < askAgain { return .beingWritten(since: since, askAgain: askAgain) }
        lease = .asked
        return .askLease
    }

    /// Two looks, `wait` apart, with the same fingerprint and no event between them.
    private func rest(of sight: Sight, _ wait: Duration, _ moment: Moment) -> StableFiles.Readiness {
        let until = max(sight.since, lastEvent ?? sight.since) + wait
        return sight.looks < 2 ? .waiting(until: until) : moment.reached(until)
    }
}

extension Moment {
    fileprivate func reached(_ time: BootTime) -> StableFiles.Readiness { now >= time ? .stable : .waiting(until: time) }
    fileprivate var waitOfYoung: Duration { max(quiet, StableFiles.youth) }
    /// By either time: tools that copy set an old modification time. A time in the future, as after a step of the clock, counts as young.
    fileprivate func isYoung(_ fingerprint: Fingerprint) -> Bool {
        let youngest = max(fingerprint.modified, fingerprint.changed) / 1_000_000
        return wall.milliseconds - youngest < StableFiles.youth.components.seconds * 1000
    }
}
