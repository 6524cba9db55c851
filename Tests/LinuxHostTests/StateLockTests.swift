import Glibc
import Testing

@testable import LinuxHost

@Suite struct StateLockTests {
    @Test func onlyOneHasIt() throws {
        let place = try TemporaryDirectory()
        var lock: StateLock? = try StateLock.acquire(directory: place.path)
        let error = #expect(throws: StateLockError.self) { try StateLock.acquire(directory: place.path) }
        #expect(error == .heldByOther(path: place("lock"), process: getpid()))
        #expect(error?.description == "\(place("lock")) is held by process \(getpid())")
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try StateLock.acquire(directory: place.path)
    }

    @Test func whatAKilledHolderLeftDoesNotMatter() throws {
        let place = try TemporaryDirectory()
        try place.write("lock", "2147483647 and more than that\n")
        let lock = try StateLock.acquire(directory: place.path)
        let error = #expect(throws: StateLockError.self) { try StateLock.acquire(directory: place.path) }
        #expect(error == .heldByOther(path: place("lock"), process: getpid()))
        withExtendedLifetime(lock) {}
    }

    @Test func saysWhyItCannotBeTaken() throws {
        let place = try TemporaryDirectory()
        #expect(throws: StateLockError.failed(HostError("open \(place("none/lock"))", code: ENOENT))) { try StateLock.acquire(directory: place("none")) }
        try place.link("lock", to: "elsewhere")
        #expect(throws: StateLockError.failed(HostError("open \(place("lock"))", code: ELOOP))) { try StateLock.acquire(directory: place.path) }
    }
}
