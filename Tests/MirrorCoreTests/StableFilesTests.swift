import ContentLibraryAPI
import Testing

@testable import MirrorCore

/// A script of one file's life. Times are seconds on the boot clock; `quiet` is 5 s and `max_wait` 60 s unless said.
private enum Step: Sendable {
    case event(FileEvent.Kind, at: Double)
    case lost(String, at: Double)
    /// A look that finds the file in its n-th state.
    case look(Int, at: Double, Expected)
    case answer(StableFiles.LeaseAnswer, at: Double)
    case moved(at: Double)
    case published

    enum Expected: Hashable, Sendable { case stable, askLease, waiting(Double), written(since: Double, again: Double) }
}

private struct Script: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var quiet = 5.0
    var maxWait = 60.0
    var fields = Fingerprint.Fields.all
    /// How old the file is on the wall clock, in seconds, when the boot clock says 0.
    var age = 1000.0
    var steps: [Step]
}

@Suite struct StableFilesTests {
    fileprivate static let scripts: [Script] = [
        Script(
            testDescription: "closed: stable once quiet",
            steps: [
                .event(.created, at: 0), .event(.modified, at: 1), .event(.closedAfterWrite, at: 2), .look(1, at: 3, .waiting(7)), .look(1, at: 7, .stable),
            ]),
        Script(testDescription: "moved in: stable once quiet", steps: [.event(.movedIn, at: 0), .look(1, at: 5, .stable)]),
        Script(
            testDescription: "a change of attributes begins the quiet anew",
            steps: [
                .event(.closedAfterWrite, at: 0), .event(.attributesChanged, at: 4), .look(1, at: 5, .waiting(9)), .look(1, at: 9, .stable),
            ]),
        Script(
            testDescription: "closed again and again: max_wait after the first close",
            steps: (0...19).map { .event(.closedAfterWrite, at: Double($0) * 3) } + [.look(1, at: 57, .waiting(60)), .look(2, at: 60, .stable)]),
        Script(
            testDescription: "a long write does not count against the quiet after its close",
            steps: [
                .event(.created, at: 0), .event(.modified, at: 600), .event(.closedAfterWrite, at: 601), .look(1, at: 602, .waiting(606)),
            ]),
        Script(testDescription: "no quiet at all", quiet: 0, steps: [.event(.closedAfterWrite, at: 0), .look(1, at: 0, .stable)]),
        Script(
            testDescription: "written since its close: the lease is asked, and granted",
            steps: [
                .event(.closedAfterWrite, at: 0), .event(.modified, at: 3), .look(1, at: 5, .waiting(8)), .look(1, at: 8, .askLease),
                .answer(.notOpenForWriting, at: 8), .look(1, at: 8, .stable),
            ]),
        Script(
            testDescription: "max_wait does not shorten the quiet of a file that is written",
            steps: (0...40).map { .event(.modified, at: Double($0) * 3) } + [.look(1, at: 121, .waiting(125)), .look(1, at: 125, .askLease)]),
        Script(testDescription: "created, as by a link: the lease is asked", steps: [.event(.created, at: 0), .look(1, at: 5, .askLease)]),
        Script(
            testDescription: "open for writing: being written, asked again after quiet",
            steps: [
                .event(.created, at: 1), .event(.modified, at: 2), .look(1, at: 7, .askLease), .answer(.openForWriting, at: 7),
                .look(1, at: 8, .written(since: 1, again: 12)), .look(1, at: 12, .askLease), .answer(.openForWriting, at: 12),
                .look(1, at: 13, .written(since: 1, again: 22)), .event(.closedAfterWrite, at: 14), .look(1, at: 15, .waiting(19)), .look(1, at: 19, .stable),
            ]),
        Script(
            testDescription: "open for writing for long: asked ever more rarely, up to max_wait, and anew after an event",
            steps: [.event(.modified, at: 0)]
                + [(5, 5), (10, 10), (20, 20), (40, 40), (80, 60), (140, 60), (200, 60)].flatMap { (at: Double, wait: Double) -> [Step] in
                    [.look(1, at: at, .askLease), .answer(.openForWriting, at: at), .look(1, at: at, .written(since: 0, again: at + wait))]
                } + [
                    .event(.modified, at: 210), .look(2, at: 215, .askLease), .answer(.openForWriting, at: 215),
                    .look(2, at: 216, .written(since: 0, again: 220)),
                ]),
        Script(
            testDescription: "asked again no sooner than after a second", quiet: 0,
            steps: [
                .event(.modified, at: 0), .look(1, at: 0, .askLease), .answer(.openForWriting, at: 0), .look(1, at: 0.5, .written(since: 0, again: 1)),
            ]),
        Script(
            testDescription: "an event makes an answer void that was asked for before it",
            steps: [
                .event(.modified, at: 0), .look(1, at: 5, .askLease), .event(.modified, at: 6), .answer(.notOpenForWriting, at: 7),
                .look(2, at: 8, .waiting(11)),
                .look(2, at: 11, .askLease),
            ]),
        Script(
            testDescription: "an answer that nobody asked for",
            steps: [
                .event(.modified, at: 0), .answer(.notOpenForWriting, at: 1), .look(1, at: 5, .askLease),
            ]),
        Script(
            testDescription: "an unanswered question is asked again",
            steps: [
                .event(.modified, at: 0), .look(1, at: 5, .askLease), .look(1, at: 6, .askLease),
            ]),
        Script(
            testDescription: "no leases here: equal fingerprints max_wait apart",
            steps: [
                .event(.modified, at: 0), .look(1, at: 5, .askLease), .answer(.unsupported, at: 5), .look(1, at: 6, .waiting(65)),
                .look(2, at: 30, .waiting(90)),
                .look(2, at: 89, .waiting(90)), .look(2, at: 90, .stable),
            ]),
        Script(
            testDescription: "no leases here: an event begins the wait anew",
            steps: [
                .event(.modified, at: 0), .look(1, at: 5, .askLease), .answer(.unsupported, at: 5), .event(.modified, at: 50), .look(1, at: 65, .waiting(110)),
                .look(1, at: 110, .stable),
            ]),
        Script(
            testDescription: "without events: two equal fingerprints quiet apart, and the lease",
            steps: [
                .look(1, at: 0, .waiting(5)), .look(1, at: 4.9, .waiting(5)), .look(1, at: 5, .askLease), .answer(.notOpenForWriting, at: 5),
                .look(1, at: 5, .stable), .look(1, at: 500, .stable),
            ]),
        Script(
            testDescription: "without events: a change begins anew",
            steps: [
                .look(1, at: 0, .waiting(5)), .look(2, at: 4, .waiting(9)), .look(2, at: 9, .askLease),
            ]),
        Script(testDescription: "without events: growing for ever", steps: (0...30).map { .look($0, at: Double($0) * 4, .waiting(Double($0) * 4 + 5)) }),
        Script(
            testDescription: "without events: open for writing, by somebody who pauses",
            steps: [
                .look(1, at: 0, .waiting(5)), .look(1, at: 5, .askLease), .answer(.openForWriting, at: 5), .look(1, at: 6, .written(since: 0, again: 10)),
                .look(1, at: 10, .askLease), .answer(.openForWriting, at: 10), .look(2, at: 15, .waiting(20)), .look(2, at: 20, .askLease),
                .answer(.notOpenForWriting, at: 20), .look(2, at: 20, .stable),
            ]),
        Script(
            testDescription: "without events or leases: two equal fingerprints",
            steps: [
                .look(1, at: 0, .waiting(5)), .look(1, at: 5, .askLease), .answer(.unsupported, at: 5), .look(1, at: 5, .stable),
                .look(2, at: 6, .waiting(11)), .look(2, at: 11, .stable),
            ]),
        Script(
            testDescription: "without events: a change after the lease was granted",
            steps: [
                .look(1, at: 0, .waiting(5)), .look(1, at: 5, .askLease), .answer(.notOpenForWriting, at: 5), .look(2, at: 6, .waiting(11)),
                .look(2, at: 11, .askLease),
            ]),
        Script(testDescription: "without events or quiet: two looks", quiet: 0, steps: [.look(1, at: 0, .waiting(0)), .look(1, at: 0, .askLease)]),
        Script(
            testDescription: "without events: a young file needs two seconds", quiet: 0.2, age: 1,
            steps: [
                .look(1, at: 0, .waiting(2)), .look(1, at: 1.9, .waiting(2)), .look(1, at: 2, .askLease),
            ]),
        Script(
            testDescription: "without events: a file that was seen to change is young", quiet: 0.2,
            steps: [
                .look(1, at: 0, .waiting(0.2)), .look(2, at: 0.1, .waiting(2.1)), .look(2, at: 2.1, .askLease),
            ]),
        Script(
            testDescription: "a file from the future is young, and no more than that", quiet: 0.2, age: -100_000,
            steps: [
                .look(1, at: 0, .waiting(2)), .look(1, at: 2, .askLease),
            ]),
        Script(
            testDescription: "a change of attributes tells nothing about writing",
            steps: [
                .event(.attributesChanged, at: 1), .look(1, at: 2, .waiting(7)), .look(1, at: 7, .askLease),
            ]),
        Script(
            testDescription: "lost events void a close",
            steps: [
                .event(.closedAfterWrite, at: 0), .lost("a", at: 3), .look(1, at: 8, .waiting(13)), .look(1, at: 13, .askLease),
            ]),
        Script(
            testDescription: "lost events void a close that was already looked at, once",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 1, .waiting(5)), .lost("", at: 2), .look(1, at: 5, .waiting(10)), .look(1, at: 10, .askLease),
                .answer(.notOpenForWriting, at: 10), .look(1, at: 11, .stable),
            ]),
        Script(
            testDescription: "a close after the loss counts",
            steps: [
                .lost("", at: 1), .event(.closedAfterWrite, at: 2), .look(1, at: 7, .stable),
            ]),
        Script(testDescription: "lost events elsewhere", steps: [.event(.closedAfterWrite, at: 0), .lost("b", at: 3), .look(1, at: 5, .stable)]),
        Script(
            testDescription: "lost events leave a written file to the lease",
            steps: [
                .event(.modified, at: 0), .lost("a", at: 3), .look(1, at: 7, .waiting(8)), .look(1, at: 8, .askLease), .answer(.notOpenForWriting, at: 8),
                .look(1, at: 9, .stable),
            ]),
        Script(
            testDescription: "events lost after the question void the answer",
            steps: [
                .event(.modified, at: 0), .look(1, at: 5, .askLease), .lost("a", at: 6), .answer(.notOpenForWriting, at: 6), .look(1, at: 7, .waiting(11)),
                .look(1, at: 11, .askLease),
            ]),
        Script(
            testDescription: "a change that no event told: events are not believed",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 2, .waiting(5)), .look(2, at: 6, .waiting(11)), .look(2, at: 11, .askLease),
            ]),
        Script(
            testDescription: "a change that an event told",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 2, .waiting(5)), .event(.closedAfterWrite, at: 3), .look(2, at: 8, .stable),
            ]),
        Script(
            testDescription: "moved during the read: tried again after a delay that doubles",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 5, .stable), .moved(at: 6), .look(1, at: 7, .waiting(11)), .look(1, at: 11, .stable),
                .moved(at: 12),
                .look(1, at: 13, .waiting(22)), .look(1, at: 22, .stable), .moved(at: 22), .look(1, at: 23, .waiting(42)),
            ]),
        Script(
            testDescription: "moved during the read: at most an hour",
            steps: [.event(.closedAfterWrite, at: 0)] + (1...40).map { .moved(at: Double($0)) } + [
                .look(1, at: 41, .waiting(3640)), .look(1, at: 3640, .stable),
            ]),
        Script(
            testDescription: "moved during the read, and written: the later of the two",
            steps: [
                .event(.closedAfterWrite, at: 0), .moved(at: 1), .event(.modified, at: 4), .look(1, at: 5, .waiting(9)), .look(1, at: 9, .askLease),
            ]),
        Script(
            testDescription: "published: nothing is known any more",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 5, .stable), .moved(at: 5), .published, .look(2, at: 6, .waiting(11)),
                .look(2, at: 11, .askLease),
            ]),
        Script(
            testDescription: "published, but written since it was read",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 5, .stable), .event(.modified, at: 6), .published, .look(2, at: 7, .waiting(11)),
                .look(2, at: 11, .askLease),
            ]),
        Script(
            testDescription: "deleted and made anew",
            steps: [
                .event(.closedAfterWrite, at: 0), .look(1, at: 5, .stable), .event(.deleted, at: 6), .look(2, at: 7, .waiting(12)),
            ]),
        Script(
            testDescription: "replaced by a rename while it was written",
            steps: [
                .event(.modified, at: 0), .event(.movedIn, at: 1), .look(1, at: 6, .stable),
            ]),
        Script(
            testDescription: "fields that do not hold still are left out", fields: [.size], steps: [.look(1, at: 0, .waiting(5)), .look(101, at: 5, .askLease)]),
    ]

    static let path = RelativePath("a/x") ?? .root
    static func at(_ seconds: Double) -> BootTime { BootTime(nanoseconds: 1_000_000_000_000 + Int64(seconds * 1000) * 1_000_000) }
    static func wall(_ seconds: Double) -> Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + Int64(seconds * 1000)) }
    static func file(_ version: Int, age: Double) -> LocalFile {
        let time = (wall(-age).milliseconds + Int64(version)) * 1_000_000
        return LocalFile(name: "x", path: path, fingerprint: Fingerprint(size: Int64(version % 100), modified: time, changed: time, inode: 1))
    }

    @Test(arguments: scripts) fileprivate func follows(_ script: Script) throws {
        let duration = { (seconds: Double) in Duration.milliseconds(Int64(seconds * 1000)) }
        var files = StableFiles(quiet: duration(script.quiet), maxWait: duration(script.maxWait), fields: script.fields)
        for (index, step) in script.steps.enumerated() {
            switch step {
            case .event(let kind, let time):
                files.note(FileEvent(directory: try #require(Self.path.parent), name: try #require(Self.path.last), kind: kind), now: Self.at(time))
            case .lost(let subtree, let time): files.lost(subtree: try #require(RelativePath(subtree)), now: Self.at(time))
            case .answer(let answer, let time): files.leaseAnswered(Self.path, answer, now: Self.at(time))
            case .moved(let time): files.movedDuringRead(Self.path, now: Self.at(time))
            case .published: files.published(Self.path)
            case .look(let version, let time, let expected):
                let readiness = files.observe(Self.file(version, age: script.age), now: Self.at(time), wall: Self.wall(time))
                #expect(readiness == Self.readiness(expected), "step \(index + 1), at \(time) s")
            }
        }
    }

    private static func readiness(_ expected: Step.Expected) -> StableFiles.Readiness {
        switch expected {
        case .stable: .stable
        case .askLease: .askLease
        case .waiting(let time): .waiting(until: at(time))
        case .written(let since, let again): .beingWritten(since: at(since), askAgain: at(again))
        }
    }

    private func files() -> StableFiles { StableFiles(quiet: .seconds(5), maxWait: .seconds(60)) }
    private func event(_ name: String, _ kind: FileEvent.Kind, isDirectory: Bool = false) throws -> FileEvent {
        FileEvent(directory: try #require(RelativePath("a")), name: try #require(FileName(name)), kind: kind, isDirectory: isDirectory)
    }

    @Test func stepsOfTheWallClockCostSeconds() {
        // An hour back and forth between the looks: the waits run on the boot clock.
        for steps in [[0.0, -3600, 3600], [0, 3600, -3600]] {
            var files = StableFiles(quiet: .milliseconds(200), maxWait: .seconds(60))
            #expect(files.observe(Self.file(1, age: 1000), now: Self.at(0), wall: Self.wall(steps[0])) == .waiting(until: Self.at(0.2)))
            #expect(files.observe(Self.file(2, age: 1000), now: Self.at(1), wall: Self.wall(1 + steps[1])) == .waiting(until: Self.at(3)))
            #expect(files.observe(Self.file(2, age: 1000), now: Self.at(3), wall: Self.wall(3 + steps[2])) == .askLease)
        }
    }

    /// Tools that copy keep the modification time; the status change is now.
    @Test func aFileIsAsYoungAsItsLastChange() {
        for (modified, changed, wait) in [(-1000.0, -1000.0, 0.2), (-1000, -1, 2), (-1, -1000, 2)] {
            var files = StableFiles(quiet: .milliseconds(200), maxWait: .seconds(60))
            let nanoseconds = { (seconds: Double) in Self.wall(seconds).milliseconds * 1_000_000 }
            let file = LocalFile(
                name: "x", path: Self.path, fingerprint: Fingerprint(size: 1, modified: nanoseconds(modified), changed: nanoseconds(changed), inode: 1))
            #expect(files.observe(file, now: Self.at(0), wall: Self.wall(0)) == .waiting(until: Self.at(wait)))
        }
    }

    @Test func tellsTheStatus() throws {
        var files = files()
        files.note(try event("x", .modified), now: Self.at(1))
        files.note(try event("x", .modified), now: Self.at(2))
        #expect(files.writtenSince(Self.path) == Self.at(1) && files.tries(Self.path) == 0 && !files.isWithoutLease(Self.path))
        _ = files.observe(Self.file(1, age: 1000), now: Self.at(7), wall: Self.wall(7))
        files.leaseAnswered(Self.path, .unsupported, now: Self.at(7))
        files.movedDuringRead(Self.path, now: Self.at(8))
        files.movedDuringRead(Self.path, now: Self.at(9))
        #expect(files.tries(Self.path) == 2 && files.isWithoutLease(Self.path))
        files.note(try event("x", .closedAfterWrite), now: Self.at(10))
        #expect(files.writtenSince(Self.path) == nil)
    }

    @Test func eventsOfDirectoriesTellNothing() throws {
        var files = files()
        files.note(try event("x", .movedIn, isDirectory: true), now: Self.at(0))
        #expect(files.count == 0)
    }

    @Test func forgetsWhatIsNotListed() throws {
        var files = files()
        files.note(try event("x", .closedAfterWrite), now: Self.at(0))
        files.note(try event("gone", .closedAfterWrite), now: Self.at(1))
        files.note(try event("later", .modified), now: Self.at(9))
        files.retain([Self.path], listedAt: Self.at(8))
        #expect(files.count == 2)
        #expect(files.observe(Self.file(1, age: 1000), now: Self.at(10), wall: Self.wall(10)) == .stable)
        #expect(files.writtenSince(try #require(RelativePath("a/later"))) == Self.at(9))
    }

    @Test func aLossIsRememberedAcrossRetain() throws {
        var files = files()
        files.note(try event("x", .closedAfterWrite), now: Self.at(0))
        files.lost(subtree: .root, now: Self.at(1))
        files.retain([Self.path], listedAt: Self.at(2))
        #expect(files.observe(Self.file(1, age: 1000), now: Self.at(10), wall: Self.wall(10)) == .waiting(until: Self.at(15)))
    }

    /// However many losses there are, they are remembered: as the loss of everything.
    @Test func manyLossesAreOne() throws {
        var files = files()
        files.note(try event("x", .closedAfterWrite), now: Self.at(0))
        for index in 0..<2000 { files.lost(subtree: try #require(RelativePath("b/d\(index)")), now: Self.at(1)) }
        #expect(files.observe(Self.file(1, age: 1000), now: Self.at(10), wall: Self.wall(10)) == .waiting(until: Self.at(15)))
    }

    /// A burst over files that no pass has seen does not grow without bounds, and does not touch what a pass is waiting for.
    @Test func memoryIsBounded() throws {
        var files = files()
        _ = files.observe(Self.file(1, age: 1000), now: Self.at(0), wall: Self.wall(0))
        var most = 0
        for index in 0..<(StableFiles.mostUnlisted + 2000) {
            files.note(try event("n\(index)", .closedAfterWrite), now: Self.at(1))
            most = max(most, files.count)
        }
        #expect(most <= StableFiles.mostUnlisted)
        #expect(files.observe(Self.file(1, age: 1000), now: Self.at(5), wall: Self.wall(5)) == .askLease)
    }

    /// A model with one writer that opens, writes, closes and stops for any time: the file is never called stable while it is open, as long as
    /// events arrive or the lease is asked; and it is called stable in the end.
    @Test(arguments: 0..<30 as Range<UInt64>) func neverStableWhileOpen(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var files = files()
        var (isOpen, version, now) = (false, 0, 0.0)
        for _ in 0..<200 {
            now += Double.random(in: 0...9, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !isOpen: isOpen = true
            case 1 where isOpen:
                isOpen = false
                files.note(try event("x", .closedAfterWrite), now: Self.at(now))
            case 2 where isOpen:
                version += 1
                files.note(try event("x", .modified), now: Self.at(now))
            case 3: files.lost(subtree: .root, now: Self.at(now))
            default: break
            }
            let readiness = files.observe(Self.file(version, age: 1000), now: Self.at(now), wall: Self.wall(now))
            if readiness == .askLease { files.leaseAnswered(Self.path, isOpen ? .openForWriting : .notOpenForWriting, now: Self.at(now)) }
            // An open that has written nothing cannot be told, and does no harm.
            if isOpen && files.writtenSince(Self.path) != nil { #expect(readiness != .stable) }
        }
        if isOpen { files.note(try event("x", .closedAfterWrite), now: Self.at(now)) }
        for _ in 0..<4 {
            now += 6
            let readiness = files.observe(Self.file(version, age: 1000), now: Self.at(now), wall: Self.wall(now))
            if readiness == .askLease { files.leaseAnswered(Self.path, .notOpenForWriting, now: Self.at(now)) }
        }
        #expect(files.observe(Self.file(version, age: 1000), now: Self.at(now + 1), wall: Self.wall(now)) == .stable)
    }
}
