import Digests
import Glibc

/// Writes one answer to a file behind its receiving, through a small ring of buffers.
///
/// The loop's thread fills the ring; a pool's thread empties it and takes the digests. Neither ever waits for the other.
final class FileWriter: @unchecked Sendable {
    // Sendable: `ring` is locked. `descriptor` and `sink` never change. `digest` and the first full chunk belong to the one job that runs while
    // `ring.isDraining`.
    static let slotSize = 256 << 10
    static let slotCount = 4

    private struct Chunk {
        var buffer: UnsafeMutableRawPointer
        var count: Int
    }
    private struct Ring {
        /// To be written, in order; only the last one still grows.
        var chunks: [Chunk] = []
        var free: [UnsafeMutableRawPointer] = []
        var allocated = 0
        var written: Int64 = 0
        var isDraining = false
        var isStopped = false
        /// No further bytes come: wake once everything is written.
        var isClosing = false
        /// The loop's thread found no room and wants to be woken.
        var isAwaited = false
        var fault: TransportError.FileFault?
    }
    enum Accepted { case taken, later, fault(TransportError.FileFault) }

    private let sink: FileSink
    private let descriptor: Int32
    private let pool: ThreadPool
    private let wake: @Sendable () -> Void
    private let ring = Monitor(Ring())
    private let digest: MultiDigest

    /// - Parameter wake: called on a pool thread when there is room after `accept` had said `later`, or when `finish` is through.
    init(_ sink: FileSink, pool: ThreadPool, wake: @escaping @Sendable () -> Void) throws(TransportError.FileFault) {
        do { digest = try MultiDigest(sink.digests) } catch { throw .digest(error) }
        let copy = fcntl(sink.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .errno(errno, at: 0) }
        (self.sink, descriptor, self.pool, self.wake) = (sink, copy, pool, wake)
    }

    deinit {
        let buffers = ring.withLock { $0.free + $0.chunks.map(\.buffer) }
        for buffer in buffers { buffer.deallocate() }
        pool.close(descriptor)
    }

    func stop() { ring.withLock { $0.isStopped = true } }

    /// Takes all the bytes or none. On the loop's thread; never more than a slot at once, which libcurl's limit of 16 KiB is far below.
    func accept(_ bytes: UnsafeRawBufferPointer) -> Accepted {
        guard bytes.count <= Self.slotSize else { return .fault(.errno(EMSGSIZE, at: 0)) }
        let (answer, needsJob) = ring.withLock { ring -> (Accepted, Bool) in
            if let fault = ring.fault { return (.fault(fault), false) }
            guard Self.store(bytes, in: &ring) else {
                ring.isAwaited = true
                return (.later, false)
            }
            defer { ring.isDraining = true }
            return (.taken, !ring.isDraining)
        }
        startJob(needsJob)
        return answer
    }

    private static func store(_ bytes: UnsafeRawBufferPointer, in ring: inout Ring) -> Bool {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return true }
        // The first chunk may be in the hands of the job: only a later one grows.
        if ring.chunks.count > 1, let last = ring.chunks.last, last.count + bytes.count <= slotSize {
            (last.buffer + last.count).copyMemory(from: source, byteCount: bytes.count)
            ring.chunks[ring.chunks.count - 1].count += bytes.count
            return true
        }
        guard let buffer = ring.free.popLast() ?? allocate(in: &ring) else { return false }
        buffer.copyMemory(from: source, byteCount: bytes.count)
        ring.chunks.append(Chunk(buffer: buffer, count: bytes.count))
        return true
    }

    private static func allocate(in ring: inout Ring) -> UnsafeMutableRawPointer? {
        guard ring.allocated < slotCount else { return nil }
        ring.allocated += 1
        return .allocate(byteCount: slotSize, alignment: 4096)
    }

    /// No more bytes come. True if everything is written already; else `wake` follows.
    func finish() -> Bool {
        ring.withLock { ring in
            ring.isClosing = true
            return !ring.isDraining
        }
    }

    /// Once finished: what was written, or why it could not be.
    func outcome() -> Result<Transferred, TransportError.FileFault> {
        let (fault, written) = ring.withLock { ($0.fault, $0.written) }
        if let fault { return .failure(fault) }
        return .success(Transferred(byteCount: written, digests: digest.finish()))
    }

    private func startJob(_ needed: Bool) {
        guard needed, !pool.submit({ self.drain() }) else { return }
        endDraining(fault: .errno(EAGAIN, at: 0))
    }

    private func drain() {
        for _ in 0..<(2 * Self.slotCount) {
            guard let (chunk, offset) = claimChunk() else { return }
            if let fault = writeFully(chunk, at: offset) { return endDraining(fault: fault) }
            digest.update(UnsafeRawBufferPointer(start: chunk.buffer, count: chunk.count))
            let isAwaited = ring.withLock { ring in
                ring.free.append(ring.chunks.removeFirst().buffer)
                ring.written += Int64(chunk.count)
                defer { ring.isAwaited = false }
                return ring.isAwaited
            }
            if isAwaited { wake() }
        }
        startJob(true)
    }

    /// The chunk to write next; without one, the job is over.
    private func claimChunk() -> (Chunk, offset: Int64)? {
        let (claimed, isThrough) = ring.withLock { ring -> ((Chunk, offset: Int64)?, Bool) in
            if !ring.isStopped, let chunk = ring.chunks.first { return ((chunk, ring.written), false) }
            ring.isDraining = false
            return (nil, ring.isClosing)
        }
        if claimed == nil, isThrough { wake() }
        return claimed
    }

    private func endDraining(fault: TransportError.FileFault) {
        ring.withLock { ring in
            ring.fault = fault
            ring.isDraining = false
            ring.isAwaited = false
        }
        wake()
    }

    private func writeFully(_ chunk: Chunk, at offset: Int64) -> TransportError.FileFault? {
        var done = 0
        while done < chunk.count {
            let put = pwrite(descriptor, chunk.buffer + done, chunk.count - done, off_t(sink.offset + offset) + off_t(done))
            if put >= 0 {
                done += put
            } else if errno != EINTR {
                return .errno(errno, at: offset + Int64(done))
            }
        }
        return nil
    }
}
