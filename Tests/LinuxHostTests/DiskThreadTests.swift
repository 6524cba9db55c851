import Glibc
import MirrorCore
import Testing

@testable import LinuxHost

@Suite struct DiskThreadTests {
    @Test func worksOnItsOwnThreadInOrder() async throws {
        let thread = try DiskThread(name: "first-in")
        let order = Collected<Int>()
        let gate = ThreadSemaphore()
        try await withThrowingTaskGroup { group in
            group.addTask { try await thread.run { gate.wait() } }
            #expect(await eventually { thread.silentSince != nil })
            for number in 0..<20 {
                group.addTask { try await thread.run { order.append(number) } }
                #expect(await eventually { thread.waiting == number + 1 })
            }
            gate.signal()
            try await group.waitForAll()
        }
        #expect(order.all == Array(0..<20))
        #expect(try await thread.run { threadNames().contains("first-in") })
    }

    @Test func handsOnErrors() async throws {
        let thread = try DiskThread(name: "disk")
        await #expect(throws: HostError("read", code: EIO)) { try await thread.run { throw HostError("read", code: EIO) } }
    }

    /// A hung source: the caller gets away, the thread is seen to be stuck, and what waits behind it can be dropped.
    @Test func aHungCallHoldsOnlyTheThread() async throws {
        let thread = try DiskThread(name: "hung")
        let gate = ThreadSemaphore()
        let started = Flag()
        let stuck = Task {
            try await thread.run {
                started.raise(); gate.wait()
            }
        }
        #expect(await eventually { started.isRaised })
        let since = try #require(thread.silentSince)

        let ranAnyway = Flag()
        let behind = Task { try await thread.run { ranAnyway.raise() } }
        #expect(await eventually { thread.waiting == 1 })
        behind.cancel()
        await #expect(throws: CancellationError.self) { try await behind.value }
        stuck.cancel()
        await #expect(throws: CancellationError.self) { try await stuck.value }
        #expect(thread.silentSince == since)
        #expect(BootTime.now() > since)

        gate.signal()
        #expect(try await thread.run { true })
        #expect(!ranAnyway.isRaised)
        #expect(await eventually { thread.silentSince == nil })
    }

    @Test func progressIsSeenAndCancellationReachesTheWork() async throws {
        let thread = try DiskThread(name: "busy")
        let stopped = Flag()
        let task = Task {
            try await thread.run { work in
                while !work.shouldStop() { usleep(1000) }
                stopped.raise()
            }
        }
        #expect(await eventually { thread.silentSince != nil })
        let first = try #require(thread.silentSince)
        #expect(await eventually { thread.silentSince.map { $0 > first } ?? false })
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await eventually { stopped.isRaised && thread.silentSince == nil })
    }

    @Test func closingDropsWhatHasNotBegun() async throws {
        let thread = try DiskThread(name: "closing")
        let gate = ThreadSemaphore()
        let running = Task {
            try await thread.run {
                gate.wait(); return 1
            }
        }
        #expect(await eventually { thread.silentSince != nil })
        let queued = Task { try await thread.run { 2 } }
        #expect(await eventually { thread.waiting == 1 })
        thread.close()
        await #expect(throws: DiskThread.Closed.self) { try await queued.value }
        gate.signal()
        #expect(try await running.value == 1)
        await #expect(throws: DiskThread.Closed.self) { try await thread.run { 3 } }
    }

    @Test func aCancelledCallerStartsNothing() async throws {
        let thread = try DiskThread(name: "cancelled")
        let ran = Flag()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await thread.run { ran.raise() }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await thread.run {}
        #expect(!ran.isRaised)
    }

    @Test func threadsEndWithTheirOwner() async throws {
        for _ in 0..<20 { try await DiskThread(name: "short-lived").run {} }
        #expect(await eventually { threadNames().filter { $0 == "short-lived" }.isEmpty })
    }
}

/// The names of this process's threads.
func threadNames() -> [String] {
    guard let directory = opendir("/proc/self/task") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let id = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
        guard let file = fopen("/proc/self/task/\(id)/comm", "re") else { continue }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 32)
        guard fgets(&text, CInt(text.count), file) != nil else { continue }
        names.append(String(decoding: text.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    return names
}
