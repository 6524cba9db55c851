import CLinux
import Glibc

/// A thread of our own: for calls that block, which the cooperative pool must never see.
enum HostThread {
    /// Deep enough for the scanner's recursion with every check that a debug build adds; the kernel backs only what is used.
    static let stackBytes = 4 << 20

    /// Starts a detached thread. Every signal is blocked in it, so that none interrupts its calls or runs a handler on it.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(HostError) {
        let context = Unmanaged.passRetained(Body(name: name, run: body))
        let result = clinux_thread_create(
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                clinux_name_thread(body.name)
                body.run()
                return nil
            }, context.toOpaque(), stackBytes)
        if result < 0 {
            context.release()
            throw HostError("start the thread \(name)", code: -result)
        }
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) { (self.name, self.run) = (name, run) }
    }
}

/// A POSIX semaphore: how a thread sleeps until there is work.
final class ThreadSemaphore: @unchecked Sendable {
    // sem_post and sem_wait may be called from any thread; the pointer never changes.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        semaphore.initialize(to: sem_t())
        sem_init(semaphore, 0, 0)
    }
    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 && errno == EINTR {} }
}

/// Wakes a thread that sleeps in `poll(2)`.
final class ThreadWaker: Sendable {
    let descriptor: Descriptor

    init() throws(HostError) {
        let number = clinux_event_counter()
        if number < 0 { throw HostError("create an eventfd", code: -number) }
        descriptor = Descriptor(owning: number)
    }

    func wake() {
        var one: UInt64 = 1
        // EAGAIN: the counter is full, hence the thread is already due to wake.
        _ = write(descriptor.number, &one, 8)
    }
    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor.number, &count, 8)
    }
}
