import ContentLibraryAPI

/// Decides when a file has come to rest, so that no half-written file is sent. One per mirror; a value without a clock.
///
/// What the kernel reported decides where it did: a file that was closed, or moved in, needs `quiet`; one that was written since its last close
/// needs the answer to a read lease, which the kernel grants only while nobody has it open for writing. A file without events, or whose events
/// may be lost, needs two equal fingerprints, and then that answer too where it can be had.
///
/// A file whose fingerprint equals the published one is not asked about.
public struct StableFiles: Sendable {
    public enum Readiness: Hashable, Sendable {
        case stable
        /// Nothing more can be known before.
        case waiting(until: BootTime)
        /// Quiet for long enough, but not known to be closed: probe a read lease and tell `leaseAnswered`.
        case askLease
        /// Somebody has it open for writing; ask again then.
        case beingWritten(since: BootTime, askAgain: BootTime)
    }

    /// What a probe of `fcntl(F_SETLEASE, F_RDLCK)` said.
    public enum LeaseAnswer: Hashable, Sendable {
        /// Granted.
        case notOpenForWriting
        /// EAGAIN.
        case openForWriting
        /// The file system or our rights do not allow leases here.
        case unsupported
    }

    /// A file younger than this may still change within one tick of its times.
    static let youth = Duration.seconds(2)
    static let longestRetry = Duration.seconds(3600)
    /// Events of so many files that no pass has listed are remembered; more are forgotten, which costs the wait for equal fingerprints.
    static let mostUnlisted = 32_768

    private let quiet: Duration
    private let maxWait: Duration
    private let fields: Fingerprint.Fields
    private var files: [RelativePath: StableFile] = [:]
    private var sweepAt = Self.mostUnlisted
    /// Counts calls: what was lost after a file's last event voids what the event told.
    private var step = 0
    private var losses: [RelativePath: Loss] = [:]
    private struct Loss {
        var step: Int
        var at: BootTime
    }

    /// - Parameter fields: the parts of a fingerprint that hold still on this file system while a file does.
    public init(quiet: Duration, maxWait: Duration, fields: Fingerprint.Fields = .all) {
        (self.quiet, self.maxWait, self.fields) = (quiet, maxWait, fields)
    }

    // MARK: what happened

    /// An event of a directory tells nothing about a file.
    public mutating func note(_ event: FileEvent, now: BootTime) {
        if event.isDirectory { return }
        let path = event.path
        switch event.kind {
        case .deleted, .movedOut: files[path] = nil
        // A name that appeared is open for writing, or a link to a file that may be.
        case .created, .modified: change(path) { $0.written(at: now) }
        case .closedAfterWrite, .movedIn: change(path) { $0.closed(at: now) }
        case .attributesChanged: change(path) { $0.happened(at: now) }
        }
    }

    /// Events below `subtree` may have been lost: that a file there was closed is no longer known. That it was written is kept: the lease tells
    /// the truth about it whatever was lost.
    public mutating func lost(subtree: RelativePath, now: BootTime) {
        step += 1
        losses[subtree] = Loss(step: step, at: now)
        if losses.count > DirtyTree.mostInAll { losses = [.root: Loss(step: step, at: now)] }
    }

    // MARK: questions

    /// - Parameters:
    ///   - file: as the scan at `now` saw it.
    ///   - wall: the wall clock, which file times are compared with. It may step: that costs seconds, not correctness.
    public mutating func observe(_ file: LocalFile, now: BootTime, wall: Timestamp) -> Readiness {
        var known = brought(file.path)
        let readiness = known.observe(file.fingerprint, Moment(now: now, wall: wall, quiet: quiet, maxWait: maxWait, fields: fields))
        files[file.path] = known
        return readiness
    }

    /// The answer to `askLease`. It is void where an event came in between.
    public mutating func leaseAnswered(_ path: RelativePath, _ answer: LeaseAnswer, now: BootTime) {
        if files[path] == nil { return }
        let again = max(quiet, .seconds(1))
        change(path) { [maxWait] in $0.leaseAnswered(answer, now: now, again: again, most: maxWait) }
    }

    /// The fingerprint after the read was not the one before it: the file is tried again after a delay that doubles.
    public mutating func movedDuringRead(_ path: RelativePath, now: BootTime) {
        let first = max(quiet, .seconds(1))
        change(path) { $0.movedDuringRead(now: now, first: first, cap: Self.longestRetry) }
    }

    /// The file is published, and what is known of it is forgotten; but not that it was written since its last close, which may have happened
    /// after the read.
    public mutating func published(_ path: RelativePath) {
        guard let file = files[path], case .written = file.writing else {
            files[path] = nil
            return
        }
        files[path] = file.afterPublish()
    }

    /// Drops what is known of files that are no longer there. Files of which an event came after the listing are kept.
    /// - Parameters:
    ///   - paths: every file of a complete listing.
    ///   - listedAt: when the listing began.
    public mutating func retain(_ paths: Set<RelativePath>, listedAt: BootTime) {
        for (path, file) in files {
            guard paths.contains(path) || file.lastEvent.map({ $0 >= listedAt }) ?? false else {
                files[path] = nil
                continue
            }
            var file = file
            applyLosses(to: &file, at: path)
            files[path] = file
        }
        losses = [:]
        sweepAt = max(Self.mostUnlisted, 2 * files.count)
    }

    // MARK: for the status

    /// How often the file moved during a read since it was last published.
    public func tries(_ path: RelativePath) -> Int { files[path]?.tries ?? 0 }
    /// Since when the file is written without a close; nil where it is not, or not known to be.
    public func writtenSince(_ path: RelativePath) -> BootTime? {
        if case .written(let since)? = files[path]?.writing { since } else { nil }
    }
    /// Whether the file's rest is only assumed, from equal fingerprints, because no lease can be had here.
    public func isWithoutLease(_ path: RelativePath) -> Bool { files[path]?.leaseIsUnsupported ?? false }
    /// The number of files that something is known of.
    public var count: Int { files.count }

    // MARK: memory

    private mutating func change(_ path: RelativePath, _ body: (inout StableFile) -> Void) {
        if files[path] == nil && files.count >= sweepAt { sweep() }
        var file = brought(path)
        body(&file)
        files[path] = file
    }

    /// What is known of a file after everything that was lost since it was last looked at.
    private mutating func brought(_ path: RelativePath) -> StableFile {
        step += 1
        guard var file = files[path] else { return StableFile(step: step) }
        applyLosses(to: &file, at: path)
        file.step = step
        return file
    }

    private mutating func sweep() {
        files = files.filter(\.value.isListed)
        sweepAt = max(Self.mostUnlisted, 2 * files.count)
    }

    private func applyLosses(to file: inout StableFile, at path: RelativePath) {
        if losses.isEmpty { return }
        for depth in 0...path.components.count {
            guard let loss = losses[RelativePath(Array(path.components.prefix(depth)))], loss.step > file.step else { continue }
            file.lost(at: loss.at)
        }
    }
}
