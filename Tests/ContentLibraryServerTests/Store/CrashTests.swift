import ContentLibraryAPI
import Foundation
import Synchronization
import Testing

@testable import ContentLibraryServer

/// The server stops at a moment and never comes back: another one starts on what it left on the disk then.
@Suite struct CrashTests {
    /// What lay on the disk at each step of a publication, in order.
    final class Moments: Sendable {
        struct Moment: Sendable {
            let step: DurableStep
            let directory: TemporaryDirectory
        }

        private let directory: TemporaryDirectory
        private let taken = Mutex<[Moment]>([])
        private let isOn = Mutex(false)

        init(of directory: TemporaryDirectory) { self.directory = directory }

        var all: [Moment] { taken.withLock { $0 } }
        func begin() { isOn.withLock { $0 = true } }

        func take(_ step: DurableStep) {
            guard isOn.withLock({ $0 }) else { return }
            do {
                let copy = try TemporaryDirectory()
                try directory.copy(to: copy)
                taken.withLock { $0.append(Moment(step: step, directory: copy)) }
            } catch { Issue.record(error) }
        }
    }

    static let old: [String: [UInt8]] = ["kept": [1], "replaced": [2], "removed": [3]]
    static let sent: [(String, [UInt8])] = [("added", Array(repeating: 4, count: 70_000)), ("replaced", [5, 5])]
    static let new: [String: [UInt8]] = ["kept": [1], "replaced": [5, 5], "added": Array(repeating: 4, count: 70_000)]

    static func content(_ server: TestServer, _ item: Item.ID) async throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for file in try await server.call(Item.File.list(item)) { found[file.name] = try await server.download(file.name, of: item) }
        return found
    }

    @Test func `stopped after any durable step, it comes back with the old set or the new one, and can go on`() async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        let moments = Moments(of: directory)
        let server = try await TestServer.start(directory, clock: clock, reached: { moments.take($0) }).loggedIn()
        let item = try await server.makeItem()
        try await server.publish(Self.old.map { ($0, $1) }, to: item)
        let session = try await server.makeSession(item)
        try await server.call(UpdateSession.File.remove(session, "removed"))
        moments.begin()
        for (name, bytes) in Self.sent {
            #expect(await server.put(bytes, to: try await server.announce(name, in: session, size: Int64(bytes.count)), part: 9000).status == 200)
        }
        try await server.call(UpdateSession.complete(session))
        try await server.service.close()

        #expect(Set(moments.all.map(\.step)) == Set(DurableStep.allCases).subtracting([.fileCopied, .copySynced]))
        var isComplete = false
        var received = 0
        for moment in moments.all {
            if moment.step == .completionCommitted { isComplete = true }
            if moment.step == .receiptCommitted { received += 1 }
            try await check(moment, item, session, isComplete: isComplete, received: received, clock)
        }
    }

    private func check(
        _ moment: Moments.Moment, _ item: Item.ID, _ session: UpdateSession.ID, isComplete: Bool, received: Int, _ clock: TestClock
    ) async throws {
        let note = Comment(rawValue: "stopped after \(moment.step.rawValue) with \(received) received")
        let server = try await TestServer.start(moment.directory, clock: clock).loggedIn()
        #expect(try await Self.content(server, item) == (isComplete ? Self.new : Self.old), note)
        #expect(try await server.call(UpdateSession.get(session)).state == (isComplete ? .done : .active), note)
        // Nothing is left that no row speaks of.
        let lengths = moment.directory.files("data/datastores").values.sorted()
        let expected = isComplete ? Self.new.values.map(\.count) : Self.old.values.map(\.count) + Self.sent.prefix(received).map(\.1.count)
        #expect(lengths == expected.sorted(), note)
        if !isComplete {
            let files = try await server.call(UpdateSession.File.list(session))
            #expect(files.filter { $0.status == .ready && $0.transfer != .none }.count == received, note)
            for (name, bytes) in Self.sent.dropFirst(received) {
                let path = try await server.announce(name, in: session)
                #expect(await server.put(bytes, to: path).status == 200, note)
            }
            try await server.call(UpdateSession.complete(session))
            #expect(try await Self.content(server, item) == Self.new, note)
        }
        #expect(moment.directory.files("data/datastores").count == 3, note)
        try await server.service.close()
    }

    @Test func `a copy that stops anywhere is there whole, or not at all`() async throws {
        let directory = try TemporaryDirectory()
        let clock = TestClock()
        let moments = Moments(of: directory)
        let server = try await TestServer.start(directory, clock: clock, reached: { moments.take($0) }).loggedIn()
        let library = try await server.makeLibrary()
        let item = try await server.makeItem(in: library)
        try await server.publish(Self.old.map { ($0, $1) }, to: item)
        moments.begin()
        let copy = try await server.call(Item.copy(nil, item, .init(libraryID: library, name: "copy")))
        #expect(try await Self.content(server, copy) == Self.old)
        try await server.service.close()
        #expect(Set(moments.all.map(\.step)) == [.fileCopied, .copySynced])
        for moment in moments.all {
            let again = try await TestServer.start(moment.directory, clock: clock).loggedIn()
            #expect(try await again.call(Item.list(library)) == [item])
            #expect(try await Self.content(again, item) == Self.old)
            #expect(moment.directory.files("data/datastores").count == Self.old.count, "nothing of the copy is left")
            _ = try await again.call(Item.copy(nil, item, .init(libraryID: library, name: "copy")))
            try await again.service.close()
        }
    }

    @Test func `a synchronization that stops anywhere leaves every item whole, old or new, and goes on`() async throws {
        let publisher = try TestPublisher()
        defer { publisher.close() }
        let (directory, clock) = (try TemporaryDirectory(), TestClock())
        let moments = Moments(of: directory)
        let server = try await TestServer.start(directory, clock: clock, reached: { moments.take($0) }).loggedIn()
        publisher.publish(version: 1, [("a", "A", "iso", [("f", [1]), ("g", [2, 2])])])
        let spec = SubscribedLibraryTests.spec(SubscribedLibraryTests.info(publisher.library))
        let library = try await server.call(SubscribedLibrary.create(nil, spec))
        try await server.call(SubscribedLibrary.sync(library))
        await server.service.synchronizer.idle()
        let old: [String: [String: [UInt8]]] = ["A": ["f": [1], "g": [2, 2]]]
        let changed: [String: [UInt8]] = ["f": [3, 3, 3], "h": [4]]
        #expect(try await SubscribedLibraryTests.contents(server, library) == old)
        publisher.publish(version: 2, [("a", "A", "iso", changed.map { ($0, $1) }), ("b", "B", "iso", [("i", [5])])])
        moments.begin()
        try await server.call(SubscribedLibrary.sync(library))
        await server.service.synchronizer.idle()
        try await server.service.close()
        let possible = [old, ["A": changed], ["A": changed, "B": ["i": [5]]]]
        var stage = 0
        for moment in moments.all {
            if moment.step == .receiptCommitted { stage += 1 }
            let again = try await TestServer.start(moment.directory, clock: clock).loggedIn()
            #expect(try await SubscribedLibraryTests.contents(again, library) == possible[stage], "stopped after \(moment.step)")
            #expect(moment.directory.files("data/datastores").count == possible[stage].values.map(\.count).reduce(0, +))
            try await again.call(SubscribedLibrary.sync(library))
            await again.service.synchronizer.idle()
            #expect(try await SubscribedLibraryTests.contents(again, library) == possible[2], "went on after \(moment.step)")
            try await again.service.close()
        }
        #expect(stage == 2)
    }

    @Test func `what is cancelled, deleted or expired leaves nothing behind, wherever it stops`() async throws {
        for (index, end) in ["cancel", "item", "library"].enumerated() {
            let directory = try TemporaryDirectory()
            let clock = TestClock()
            let moments = Moments(of: directory)
            let server = try await TestServer.start(directory, clock: clock, reached: { moments.take($0) }).loggedIn()
            let library = try await server.makeLibrary()
            let item = try await server.makeItem(in: library)
            try await server.publish([("f", [1])], to: item)
            moments.begin()
            if end == "cancel" {
                let session = try await server.makeSession(item)
                #expect(await server.put([2], to: try await server.announce("g", in: session)).status == 200)
                try await server.call(UpdateSession.cancel(session))
            } else {
                try await server.call(end == "item" ? Item.delete(item) : LocalLibrary.delete(library))
            }
            try await server.service.close()
            let moment = try #require(moments.all.last)
            #expect(moment.step == .garbageRemoved)
            let again = try await TestServer.start(moment.directory, clock: clock).loggedIn()
            #expect(moment.directory.files("data/datastores").count == [1, 0, 0][index])
            #expect(try await again.call(Library.list()).count == [1, 1, 0][index])
            try await again.service.close()
        }
    }

    @Test func `stopped anywhere on the way of a pull, it goes on, and what was to be moved is never lost`() async throws {
        let directory = try TemporaryDirectory()
        let (clock, gate, source) = (TestClock(), PauseGate(), try TestPublisher())
        defer { source.close() }
        source.answer("/f", .init(status: 503), .init(body: Self.sent[0].1))
        let moments = Moments(of: directory)
        let server = try await TestServer.start(
            directory, clock: clock, reached: { moments.take($0) }, pause: { try await gate.pass() }
        ).loggedIn()
        let library = try await server.makeLibrary()
        let item = try await server.makeItem(in: library)
        let folder = "data/datastores/datastore-1/contentlib-\(library.rawValue)"
        let session = try await server.makeSession(item)
        // There is no folder before the first file.
        try FileManager.default.createDirectory(atPath: "\(directory.path)/\(folder)", withIntermediateDirectories: true)
        try Data([7, 7]).write(to: URL(fileURLWithPath: "\(directory.path)/\(folder)/put here"))
        moments.begin()
        let uri = "ds:///vmfs/volumes/datastore-1/contentlib-\(library.rawValue)/put%20here"
        try await server.call(UpdateSession.File.add(session, PullTests.spec(uri, "moved")))
        await server.service.puller.idle()
        try await server.call(UpdateSession.File.add(session, PullTests.spec("\(source.url)/f")))
        await gate.arrival()
        try await server.call(UpdateSession.complete(session))
        gate.open()
        await server.service.puller.idle()
        #expect(try await server.call(UpdateSession.get(session)).state == .done)
        try await server.service.close()

        let steps = moments.all.map(\.step)
        #expect(steps.filter { $0 == .receiptCommitted }.count == 2 && steps.last == .completionCommitted, "\(steps)")
        for (index, moment) in moments.all.enumerated() {
            let note = Comment(rawValue: "stopped after step \(index), \(moment.step.rawValue)")
            #expect(moment.directory.files(folder).values.contains(2), note)
            let again = try await TestServer.start(moment.directory, clock: clock).loggedIn()
            await again.service.puller.idle()
            let state = try await again.call(UpdateSession.get(session)).state
            if state == .active {
                try await again.call(UpdateSession.File.add(session, PullTests.spec("\(source.url)/f")))
                try await again.call(UpdateSession.complete(session))
                await again.service.puller.idle()
            }
            #expect(try await again.call(UpdateSession.get(session)).state == .done, note)
            #expect(try await Self.content(again, item) == ["moved": [7, 7], "f": Self.sent[0].1], note)
            // The first name goes after the end is durable: a stop in between leaves it.
            let isLeft = moment.step == .completionCommitted
            #expect(moment.directory.files("data/datastores").count == (isLeft ? 3 : 2), note)
            try await again.service.close()
        }
    }
}
