import Glibc

/// The bytes of a file, or a part of them, read from the disk as they are asked for: one chunk ahead, and no more.
///
/// It throws when its session ends meanwhile, or the file turns out shorter than it was: the reader must not take that for the end.
public struct DownloadBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let file: OpenFile
    /// Lies within the file.
    let part: Range<Int64>
    let disk: Disk
    let transfer: Transfer
    /// Called with every piece of the file that is handed out.
    let onPiece: @Sendable (Range<Int64>) -> Void
    /// Called when the last byte has been handed out and another one is asked for.
    let onEnd: @Sendable () async -> Void
    /// What goes wrong with it on purpose.
    var fault: DownloadFault?

    static let chunkSize: Int64 = 256 * 1024

    public func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    public struct Iterator: AsyncIteratorProtocol {
        private let body: DownloadBody
        /// Where the next chunk to read begins.
        private var offset: Int64
        /// How many bytes of this body were handed out.
        private var given: Int64 = 0
        private var reading: DiskJob<[UInt8]>?

        init(body: DownloadBody) { (self.body, offset) = (body, body.part.lowerBound) }

        public mutating func next() async throws -> [UInt8]? {
            if body.transfer.end != nil { throw Interruption.sessionOver }
            if let fault = body.fault, try await fault.isEnd(at: given) { return nil }
            if reading == nil { begin() }
            guard let job = reading else {
                await body.onEnd()
                return nil
            }
            reading = nil
            var bytes = try await job.value
            begin()
            if let fault = body.fault { bytes = try await fault.part(of: bytes, at: given) }
            let start = body.part.lowerBound + given
            given += Int64(bytes.count)
            body.onPiece(start..<(body.part.lowerBound + given))
            return bytes
        }

        private mutating func begin() {
            let (file, at) = (body.file, offset)
            let count = Swift.min(DownloadBody.chunkSize, body.part.upperBound - at)
            guard count > 0 else { return }
            offset += count
            reading = body.disk.begin { try file.read(Int(count), at: at) }
        }
    }

    enum Interruption: Error { case sessionOver }
}

/// A file open for reading, closed with the last reference: a download goes on although its content was replaced.
final class OpenFile: Sendable {
    let size: Int64
    private let path: String
    private let descriptor: Int32

    /// Blocks.
    init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemCallError("stat", path) }
        size = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    /// Blocks.
    func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let base = buffer.baseAddress {
                let got = pread(descriptor, base + filled, count - filled, off_t(offset) + off_t(filled))
                if got < 0 {
                    if errno == EINTR { continue }
                    throw SystemCallError("read", path)
                }
                // The file is never written to: a shorter one was damaged from outside.
                guard got > 0 else { throw SystemCallError("read", path, code: EIO) }
                filled += got
            }
        }
    }
}
