import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

/// A watcher with everything that it has said so far.
private final class Observed: Sendable {
    let watcher: InotifyWatcher
    private let batches = Collected<WatchBatch>()

    init(_ watcher: InotifyWatcher) async {
        self.watcher = watcher
        await watcher.rearm()
        #expect(watcher.take().dirtySubtrees.contains(.root))
    }
    convenience init(_ place: TemporaryDirectory, depth: Int = .max, hooks: WatchHooks = WatchHooks()) async throws {
        await self.init(try InotifyWatcher(path: place.path, depth: depth, hooks: hooks))
    }

    private func look() {
        let batch = watcher.take()
        if !batch.isEmpty { batches.append(batch) }
    }
    /// What was said of a name: the kinds of its events, as far as they came in one batch in their order.
    func kinds(_ path: RelativePath) -> [FileEvent.Kind] { batches.all.flatMap { $0.events.filter { $0.path == path }.map(\.kind) } }
    var dirty: Set<RelativePath> { batches.all.reduce(into: []) { $0.formUnion($1.dirtySubtrees) } }

    func sees(_ path: RelativePath, _ kinds: FileEvent.Kind...) async -> Bool {
        await eventually {
            look()
            return kinds.allSatisfy(self.kinds(path).contains)
        }
    }
    /// Whether a change at `path` reaches a listener: by an event, or because it lies in a subtree that is to be looked at.
    func covers(_ path: RelativePath) async -> Bool {
        await eventually {
            look()
            return !self.kinds(path).isEmpty || dirty.contains { path.isWithin($0) }
        }
    }
    func isDirty(_ path: RelativePath) async -> Bool {
        await eventually {
            look()
            return dirty.contains(path)
        }
    }
    func forget() async {
        _ = await watcher.ping()
        _ = watcher.take()
        batches.clear()
    }
}

@Suite struct InotifyWatcherTests {
    private func isWatching(_ watcher: InotifyWatcher, _ watches: Int) async -> Bool { await eventually { watcher.state == .watching(watches: watches) } }

    @Test func saysNothingBeforeItIsArmed() async throws {
        let place = try TemporaryDirectory()
        let watcher = try InotifyWatcher(path: place.path, depth: 1)
        #expect(watcher.state == .scanning(.notArmed) && watcher.rootIdentity == nil)
        #expect(await watcher.rearm() == .watching(watches: 1))
        #expect(watcher.rootIdentity == (try RootDirectory.open(place.path).identity))
        #expect(watcher.take() == WatchBatch(dirtySubtrees: [.root]))
        // Armed again, nothing is new.
        #expect(await watcher.rearm() == .watching(watches: 1))
        #expect(watcher.take().isEmpty)
        #expect(openDescriptors(below: place.path) == 0)
    }

    @Test func seesWhatHappensToFiles() async throws {
        let place = try TemporaryDirectory()
        try place.directory("item")
        let seen = try await Observed(place)
        try place.write("item/file", "text")
        #expect(await seen.sees("item/file", .created, .modified, .closedAfterWrite))
        await seen.forget()
        chmod(place("item/file"), 0o600)
        #expect(await seen.sees("item/file", .attributesChanged))
        try place.move("item/file", "moved")
        #expect(await seen.sees("item/file", .movedOut))
        #expect(await seen.sees("moved", .movedIn))
        #expect(truncate(place("moved"), 1) == 0)
        #expect(await seen.sees("moved", .modified))
        #expect(!seen.kinds("moved").contains(.closedAfterWrite))
        unlink(place("moved"))
        #expect(await seen.sees("moved", .deleted))
        #expect(seen.dirty.isEmpty)
    }

    @Test func namesNeedNotBeText() async throws {
        let place = try TemporaryDirectory()
        let seen = try await Observed(place)
        let name = try #require(FileName(bytes: [0xff, 0x0a, 0x41]))
        try place.write(name.bytes)
        #expect(await seen.sees(RelativePath([name]), .created, .closedAfterWrite))
    }

    @Test(arguments: [(0, 1), (1, 2), (2, 3), (Int.max, 4)]) func watchesAsDeepAsAsked(depth: Int, watches: Int) async throws {
        let place = try TemporaryDirectory()
        try place.directory("1/2/3")
        let seen = try await Observed(place, depth: depth)
        #expect(seen.watcher.state == .watching(watches: watches))
        for (level, path) in ["file", "1/file", "1/2/file", "1/2/3/file"].enumerated() {
            try place.write(path)
            if level <= depth { #expect(await seen.sees(RelativePath(stringLiteral: path), .created)) }
        }
        _ = await seen.watcher.ping()
        #expect(seen.kinds("1/2/3/file").isEmpty == (depth < 3))
    }

    /// A whole tree appears at once: what was made in a directory before its watch stood is covered by the directory.
    @Test func coversADeepTreeThatAppearsAtOnce() async throws {
        let place = try TemporaryDirectory()
        let seen = try await Observed(place)
        for round in 0..<20 {
            try place.directory("new\(round)/a/b/c")
            try place.write("new\(round)/a/b/c/file", "x")
            try place.write("new\(round)/a/file", "x")
        }
        #expect(await isWatching(seen.watcher, 1 + 20 * 4))
        for round in 0..<20 {
            #expect(await seen.covers(RelativePath(stringLiteral: "new\(round)/a/b/c/file")))
            #expect(await seen.isDirty(RelativePath(stringLiteral: "new\(round)")))
        }
        await seen.forget()
        try place.write("new7/a/b/c/late", "x")
        #expect(await seen.sees("new7/a/b/c/late", .created, .closedAfterWrite))
        #expect(seen.dirty.isEmpty)
    }

    @Test func aRenamedTreeKeepsItsPathsRight() async throws {
        let place = try TemporaryDirectory()
        try place.directory("old/sub/deep")
        let seen = try await Observed(place)
        try place.move("old", "new")
        #expect(await seen.isDirty("new"))
        #expect(seen.kinds("old") == [.movedOut] && seen.kinds("new") == [.movedIn])
        #expect(await isWatching(seen.watcher, 4))
        try place.write("new/sub/deep/file", "x")
        #expect(await seen.sees("new/sub/deep/file", .created, .closedAfterWrite))
        #expect(seen.kinds("old/sub/deep/file").isEmpty)
    }

    @Test func whatMovesOutIsForgottenAndWhatMovesInIsWatched() async throws {
        let place = try TemporaryDirectory()
        try place.directory("root/leaves/sub")
        try place.directory("outside/comes/sub")
        let seen = await Observed(try InotifyWatcher(path: place("root"), depth: .max))
        try place.move("root/leaves", "outside/left")
        #expect(await isWatching(seen.watcher, 1))
        try place.write("outside/left/sub/file")
        try place.move("outside/comes", "root/arrived")
        #expect(await isWatching(seen.watcher, 3))
        #expect(await seen.isDirty("arrived"))
        try place.write("root/arrived/sub/file")
        #expect(await seen.sees("arrived/sub/file", .created))
        #expect(seen.kinds("leaves/sub/file").isEmpty && seen.kinds("left/sub/file").isEmpty)
    }

    /// Directories swap names at full speed; in the end every watch is under its right name.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func manyMovesEndRight(seed: UInt64) async throws {
        let place = try TemporaryDirectory()
        var random = SplitMix64(seed)
        for name in ["a", "b", "c"] { try place.directory("\(name)/x/y") }
        let seen = try await Observed(place)
        let names = ["a", "b", "c", "d", "a/x", "b/x", "c/x", "a/z", "b/z", "a/x/y", "c/x/w"]
        for _ in 0..<400 {
            guard let from = names.randomElement(using: &random), let to = names.randomElement(using: &random) else { continue }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: mkdir(place(from), 0o755)
            case 1: rmdir(place(from))
            default: rename(place(from), place(to))
            }
        }
        var directories: [RelativePath] = []
        func collect(_ directory: ScannedDirectory, _ path: RelativePath) {
            directories.append(path)
            for (name, entry) in directory.entries { if case .directory(let next) = entry { collect(next, path.appending(name)) } }
        }
        collect(try DirectoryScanner.scan(RootDirectory.open(place.path), options: .init(descend: .max)), .root)
        #expect(await isWatching(seen.watcher, directories.count))
        await seen.forget()
        for path in directories {
            let file = path.appending("file")
            try place.write(file.bytes)
            #expect(await seen.sees(file, .created, .closedAfterWrite))
        }
        #expect(seen.dirty.isEmpty)
    }

    @Test func anOverflowMarksTheRootAndLosesNoDirectory() async throws {
        let place = try TemporaryDirectory(inMemory: true)
        try place.directory("goes/too")
        let gate = Gate()
        let seen = try await Observed(place, hooks: WatchHooks(beforeRead: { gate.pass() }))
        gate.shut()
        let queue = Inotify.limit("max_queued_events")
        try place.write("first")
        for number in 0...(queue / 2) {
            // Each makes two events; what follows is not told.
            try place.write("burst\(number)")
        }
        try place.directory("late/deep")
        rmdir(place("goes/too"))
        rmdir(place("goes"))
        gate.open()
        #expect(await seen.isDirty(.root))
        #expect(await isWatching(seen.watcher, 3))
        await seen.forget()
        try place.write("late/deep/file")
        #expect(await seen.sees("late/deep/file", .created))
    }

    @Test func aBurstStaysSmall() async throws {
        let place = try TemporaryDirectory(inMemory: true)
        let seen = try await Observed(place)
        for number in 0..<6000 { try place.write("f\(number)") }
        #expect(await eventually { await seen.watcher.ping() && seen.watcher.silentSince == nil })
        let batch = seen.watcher.take()
        #expect(batch.events.count <= 3 * 4096 && batch.dirtySubtrees == [.root])
    }

    @Test func aLostRootIsSaidAndFoundAgain() async throws {
        let place = try TemporaryDirectory()
        try place.directory("root/item")
        let seen = await Observed(try InotifyWatcher(path: place("root"), depth: 1))
        try place.move("root", "elsewhere")
        #expect(await eventually { seen.watcher.state == .rootGone })
        #expect(await seen.isDirty(.root))
        #expect(seen.watcher.rootIdentity == nil)
        #expect(await seen.watcher.rearm() == .rootGone)
        try place.directory("root/item/deep")
        #expect(await seen.watcher.rearm() == .watching(watches: 2))
        await seen.forget()
        rmdir(place("root/item/deep"))
        rmdir(place("root/item"))
        rmdir(place("root"))
        #expect(await eventually { seen.watcher.state == .rootGone })
        try place.write("root", "now a file")
        #expect(await seen.watcher.rearm() == .rootGone)
    }

    /// Another directory took the root's place, which makes no event where a directory above was renamed.
    @Test func aReplacedRootIsWatchedWhenArmedAgain() async throws {
        let place = try TemporaryDirectory()
        try place.directory("above/root")
        let seen = await Observed(try InotifyWatcher(path: place("above/root"), depth: 1))
        let first = seen.watcher.rootIdentity
        try place.move("above", "moved")
        try place.directory("above/root/item")
        #expect(await seen.watcher.rearm() == .watching(watches: 2))
        #expect(seen.watcher.rootIdentity != first && seen.watcher.take().dirtySubtrees == [.root])
        try place.write("above/root/item/file")
        #expect(await seen.sees("item/file", .created))
        // One event below a root that is no longer the one at the path tells.
        try place.move("above", "moved-too")
        try place.directory("above/root")
        mkdir(place("moved-too/root/new"), 0o755)
        #expect(await eventually { seen.watcher.state == .rootGone })
    }

    /// On a thread with mounts of its own: a process elsewhere that copied this one's mounts would keep the file system alive.
    @Test(.enabled(if: geteuid() == 0, "mounting needs root")) func anUnmountOfTheRootIsSeen() async throws {
        let place = try TemporaryDirectory()
        let path = try place.directory("root")
        let inside = try DiskThread(name: "inside")
        guard try await inside.run({ haveOwnMounts() && mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 }) else {
            try Test.cancel("this sandbox does not allow a mount")
        }
        let seen = await Observed(
            try await inside.run {
                mkdir(path + "/inner", 0o755)
                return try InotifyWatcher(path: path, depth: 1)
            })
        #expect(seen.watcher.state == .watching(watches: 2))
        #expect(try await inside.run { umount2(path, 0) } == 0, "a watch must not keep the file system busy")
        #expect(await eventually { seen.watcher.state == .rootGone })
        #expect(await seen.isDirty(.root))
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root")) func anUnmountBelowTheRootIsSeen() async throws {
        let place = try TemporaryDirectory()
        let path = try place.directory("item")
        try place.directory("item2")
        let inside = try DiskThread(name: "inside")
        guard try await inside.run({ haveOwnMounts() && mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 }) else {
            try Test.cancel("this sandbox does not allow a mount")
        }
        let seen = await Observed(try await inside.run { try InotifyWatcher(path: place.path, depth: 1) })
        #expect(seen.watcher.state == .watching(watches: 3))
        #expect(try await inside.run { umount2(path, 0) } == 0)
        #expect(await seen.isDirty("item"))
        // The directory that comes to light is watched in its turn.
        #expect(await isWatching(seen.watcher, 3))
        await seen.forget()
        try place.write("item/file")
        #expect(await seen.sees("item/file", .created))
        // A mount makes no event; whoever learns of it arms the watches again.
        #expect(try await inside.run { mount("tmpfs", path, "tmpfs", 0, "size=1m") } == 0)
        #expect(await seen.watcher.rearm() == .watching(watches: 3))
        #expect(await seen.isDirty("item"))
        #expect(try await inside.run { umount2(path, 0) } == 0)
    }

    @Test func theWatchLimitIsSaidWithItsNumbersAndLeavesTheRest() async throws {
        let place = try TemporaryDirectory()
        for number in 0..<10 { try place.directory("d\(number)") }
        let isFull = Flag()
        let seen = try await Observed(place, hooks: WatchHooks(refuseWatch: { isFull.isRaised || $0.isRoot ? nil : ENOSPC }))
        let limit = Inotify.limit("max_user_watches")
        #expect(limit > 0 && seen.watcher.state == .scanning(.watchLimit(limit: limit, needed: 11)))
        guard case .scanning(let reason) = seen.watcher.state else { return }
        #expect(reason.text.contains("this mirror needs 11: sysctl -w fs.inotify.max_user_watches="))
        try place.write("top")
        #expect(await seen.sees("top", .created))
        await seen.forget()
        // Room again: what gets its watch now is to be looked at.
        isFull.raise()
        #expect(await seen.watcher.rearm() == .watching(watches: 11))
        for number in 0..<10 { #expect(await seen.isDirty(RelativePath(stringLiteral: "d\(number)"))) }
        #expect(!seen.dirty.contains(.root))
    }

    @Test func aRemoteFileSystemIsScanned() async throws {
        let place = try TemporaryDirectory()
        let watcher = try InotifyWatcher(path: place.path, depth: 1, hooks: WatchHooks(remoteName: { _ in "NFS" }))
        #expect(await watcher.rearm() == .scanning(.remoteFileSystem(name: "NFS", path: .root)))
        #expect(watcher.take().isEmpty && watcher.rootIdentity == nil)
        guard case .scanning(let reason) = watcher.state else { return }
        #expect(reason.text == "the root lies on a file system of type NFS, where the kernel does not see all changes")
    }

    @Test(.enabled(if: geteuid() == 0, "mounting needs root")) func aRemoteFileSystemBelowIsNamed() async throws {
        let place = try TemporaryDirectory()
        try place.directory("root/local")
        try place.directory("root/remote")
        guard mount("tmpfs", place("root/remote"), "tmpfs", 0, "size=1m") == 0 else { try Test.cancel("this sandbox does not allow a mount") }
        defer { umount2(place("root/remote"), Int32(MNT_DETACH)) }
        let magic = try RootDirectory.open(place("root/remote")).identity.fileSystem
        guard magic != (try RootDirectory.open(place.path).identity.fileSystem) else { try Test.cancel("the temporary directory is of the same type") }
        let watcher = try InotifyWatcher(path: place("root"), depth: 1, hooks: WatchHooks(remoteName: { $0 == magic ? "9P" : nil }))
        #expect(await watcher.rearm() == .scanning(.remoteFileSystem(name: "9P", path: "remote")))
        _ = watcher.take()
        try place.write("root/local/file")
        #expect(await eventually { watcher.take().events.contains { $0.path == "local/file" } })
        #expect(umount2(place("root/remote"), 0) == 0)
        #expect(await watcher.rearm() == .watching(watches: 3))
    }

    @Test func aDirectoryThatOpensUpIsWatched() async throws {
        let place = try TemporaryDirectory()
        try place.directory("item/sub")
        let isOpen = Flag()
        let seen = try await Observed(place, hooks: WatchHooks(refuseWatch: { $0 == "item" && !isOpen.isRaised ? EACCES : nil }))
        #expect(seen.watcher.state == .watching(watches: 1))
        isOpen.raise()
        chmod(place("item"), 0o700)
        #expect(await isWatching(seen.watcher, 3))
        #expect(await seen.isDirty("item"))
    }

    @Test func anyOtherRefusalIsNamed() async throws {
        let place = try TemporaryDirectory()
        try place.directory("item")
        let seen = try await Observed(place, hooks: WatchHooks(refuseWatch: { $0 == "item" ? ENOMEM : nil }))
        #expect(seen.watcher.state == .scanning(.failed(HostError("watch item", code: ENOMEM))))
    }

    @Test func answersAndEnds() async throws {
        let place = try TemporaryDirectory()
        let gate = Gate()
        let seen = try await Observed(place, hooks: WatchHooks(beforeRead: { gate.pass() }))
        #expect(await seen.watcher.ping())
        #expect(await eventually { seen.watcher.silentSince == nil })
        // A thread that hangs is seen to hang, and its callers can leave.
        gate.shut()
        try place.write("file")
        #expect(await eventually { gate.isHolding })
        #expect(seen.watcher.silentSince != nil)
        let asking = Task { await seen.watcher.ping() }
        asking.cancel()
        #expect(await asking.value == false)
        gate.open()
        #expect(await seen.watcher.ping())

        let woken = Task { await seen.watcher.wakeUps.reduce(0) { count, _ in count + 1 } }
        seen.watcher.close()
        #expect(await woken.value >= 0)
        #expect(await seen.watcher.ping() == false)
    }

    @Test func wakesItsListener() async throws {
        let place = try TemporaryDirectory()
        let watcher = try InotifyWatcher(path: place.path, depth: 0)
        var wakeUps = watcher.wakeUps.makeAsyncIterator()
        await watcher.rearm()
        await wakeUps.next()
        _ = watcher.take()
        try place.write("file")
        await wakeUps.next()
        #expect(watcher.take().events.map(\.name).contains("file"))
    }
}

/// Holds a thread at a place until it is opened.
final class Gate: Sendable {
    private struct State: Sendable { var isShut = false, isHolding = false }
    private let state = Protected(State())

    func shut() { state.change { $0.isShut = true } }
    func open() { state.change { $0 = State() } }
    var isHolding: Bool { state.value.isHolding }
    func pass() {
        while state.value.isShut {
            state.change { $0.isHolding = $0.isShut }
            usleep(1000)
        }
    }
}
