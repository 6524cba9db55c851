import Digests
import Glibc

/// Reads one file ahead of its sending, into a small ring of buffers.
///
/// A pool's thread fills the ring and takes the digests; the loop's thread empties it. Whichever comes second to an empty or a full ring
/// is woken by the other; neither ever waits for the other.
final class FileReader: @unchecked Sendable {
    // Sendable: `ring` is locked. `descriptor` and `body` never change. `digest`, `digestedEpoch` and a buffer that is being filled belong to the one
    // job that runs while `ring.isFilling`; the buffers listed in the ring are read by the loop's thread only.
    static let slotSize = 512 << 10
    static let slotCount = 4

    private struct Chunk {
        var buffer: UnsafeMutableRawPointer
        var count: Int
        var taken = 0
    }
    private struct Ring {
        var filled: [Chunk] = []
        var free: [UnsafeMutableRawPointer] = []
        var allocated = 0
        /// The body's offset that is read next.
        var next: Int64 = 0
        /// Rises with every rewind; what a job read for an older one is dropped.
        var epoch = 0
        var isFilling = false
        var isStopped = false
        /// The loop's thread found nothing to send and wants to be woken.
        var isAwaited = false
        var fault: TransportError.FileFault?
        var digests: [DigestAlgorithm: String]?
    }
    enum Taken { case bytes(Int), later, end, fault(TransportError.FileFault) }

    private let body: FileBody
    private let descriptor: Int32
    private let pool: ThreadPool
    private let slotSize: Int
    private let wake: @Sendable () -> Void
    private let ring = Monitor(Ring())
    private var digest: MultiDigest
    private var digestedEpoch = 0

    /// - Parameter wake: called on a pool thread when bytes, the end or a fault came after `take` had said `later`.
    init(_ body: FileBody, pool: ThreadPool, wake: @escaping @Sendable () -> Void) throws(TransportError.FileFault) {
        do { digest = try MultiDigest(body.digests) } catch { throw .digest(error) }
        let copy = fcntl(body.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .errno(errno, at: 0) }
        (self.body, descriptor, self.pool, self.wake) = (body, copy, pool, wake)
        slotSize = Int(min(Int64(Self.slotSize), max(1, body.length)))
        if body.length <= 0 { ring.withLock { $0.digests = digest.finish() } }
        posix_fadvise(copy, off_t(body.offset), off_t(body.length), POSIX_FADV_SEQUENTIAL)
    }

    deinit {
        let buffers = ring.withLock { $0.free + $0.filled.map(\.buffer) }
        for buffer in buffers { buffer.deallocate() }
        pool.close(descriptor)
    }

    var byteCount: Int64 { body.length }
    /// There once every byte has been read.
    var digests: [DigestAlgorithm: String]? { ring.withLock { $0.digests } }

    func start() { fillIfUseful() }

    /// No further read starts; one that hangs in the kernel keeps this object until it returns.
    func stop() { ring.withLock { $0.isStopped = true } }

    /// Copies the next bytes. On the loop's thread.
    func take(into target: UnsafeMutableRawPointer, capacity: Int) -> Taken {
        let (result, freed) = ring.withLock { ring in Self.take(&ring, length: body.length, into: target, capacity: capacity) }
        if freed { fillIfUseful() }
        return result
    }

    private static func take(_ ring: inout Ring, length: Int64, into target: UnsafeMutableRawPointer, capacity: Int) -> (Taken, freed: Bool) {
        guard var chunk = ring.filled.first else {
            if let fault = ring.fault { return (.fault(fault), false) }
            guard ring.next < length else { return (.end, false) }
            ring.isAwaited = true
            return (.later, false)
        }
        let count = min(capacity, chunk.count - chunk.taken)
        target.copyMemory(from: chunk.buffer + chunk.taken, byteCount: count)
        chunk.taken += count
        guard chunk.taken == chunk.count else {
            ring.filled[0] = chunk
            return (.bytes(count), false)
        }
        ring.filled.removeFirst()
        ring.free.append(chunk.buffer)
        return (.bytes(count), true)
    }

    /// Starts over at the body's first byte, the only place where libcurl ever rewinds to. On the loop's thread. False for any other.
    func rewind(to offset: Int64) -> Bool {
        guard offset == 0 else { return false }
        ring.withLock { ring in
            ring.free += ring.filled.map(\.buffer)
            ring.filled.removeAll()
            (ring.next, ring.fault, ring.digests) = (0, nil, nil)
            ring.epoch += 1
        }
        fillIfUseful()
        return true
    }

    private func fillIfUseful() {
        let needsJob = ring.withLock { ring in
            guard !ring.isFilling, Self.hasWork(ring, length: body.length) else { return false }
            ring.isFilling = true
            return true
        }
        guard needsJob, !pool.submit({ self.fill() }) else { return }
        finishFilling(fault: .errno(EAGAIN, at: 0))
    }

    private static func hasWork(_ ring: Ring, length: Int64) -> Bool {
        !ring.isStopped && ring.fault == nil && ring.next < length && (!ring.free.isEmpty || ring.allocated < slotCount)
    }

    /// One job: fills what is free, at most two rings' worth, so that the pool's other files get their turn.
    private func fill() {
        for _ in 0..<(2 * Self.slotCount) {
            guard let slot = claimSlot() else { return }
            if slot.epoch != digestedEpoch {
                do { digest = try MultiDigest(body.digests) } catch { return finishFilling(fault: .digest(error), giving: slot.buffer) }
                digestedEpoch = slot.epoch
            }
            let want = Int(min(Int64(slotSize), body.length - slot.offset))
            switch readFully(into: slot.buffer, want, at: slot.offset) {
            case .success: break
            case .failure(let fault): return finishFilling(fault: fault, giving: slot.buffer)
            }
            digest.update(UnsafeRawBufferPointer(start: slot.buffer, count: want))
            append(Chunk(buffer: slot.buffer, count: want), epoch: slot.epoch, endsAt: slot.offset + Int64(want))
        }
        guard !pool.submit({ self.fill() }) else { return }
        finishFilling(fault: .errno(EAGAIN, at: 0))
    }

    /// A free buffer and what belongs in it; without one, the job is over.
    private func claimSlot() -> (buffer: UnsafeMutableRawPointer, offset: Int64, epoch: Int)? {
        ring.withLock { ring in
            guard Self.hasWork(ring, length: body.length) else {
                ring.isFilling = false
                return nil
            }
            if let buffer = ring.free.popLast() { return (buffer, ring.next, ring.epoch) }
            ring.allocated += 1
            return (.allocate(byteCount: slotSize, alignment: 4096), ring.next, ring.epoch)
        }
    }

    private func append(_ chunk: Chunk, epoch: Int, endsAt end: Int64) {
        let digests = end == body.length ? digest.finish() : nil
        let isAwaited = ring.withLock { ring in
            guard ring.epoch == epoch else {
                ring.free.append(chunk.buffer)
                return false
            }
            ring.filled.append(chunk)
            ring.next = end
            ring.digests = digests
            defer { ring.isAwaited = false }
            return ring.isAwaited
        }
        if isAwaited { wake() }
    }

    private func finishFilling(fault: TransportError.FileFault, giving buffer: UnsafeMutableRawPointer? = nil) {
        let isAwaited = ring.withLock { ring in
            if let buffer { ring.free.append(buffer) }
            ring.fault = fault
            ring.isFilling = false
            defer { ring.isAwaited = false }
            return ring.isAwaited
        }
        if isAwaited { wake() }
    }

    private func readFully(into buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int64) -> Result<Void, TransportError.FileFault> {
        var done = 0
        while done < count {
            let got = pread(descriptor, buffer + done, count - done, off_t(body.offset + offset) + off_t(done))
            if got > 0 {
                done += got
            } else if got == 0 {
                return .failure(.short(at: offset + Int64(done), expected: body.length))
            } else if errno != EINTR {
                return .failure(.errno(errno, at: offset + Int64(done)))
            }
        }
        return .success(())
    }
}
