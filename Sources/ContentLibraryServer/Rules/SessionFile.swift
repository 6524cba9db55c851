import ContentLibraryAPI
import Digests

/// A file of an update session, as far as the rules care: one that the item had, or one that comes.
struct SessionFile: Sendable, Hashable {
    enum Origin: Sendable, Hashable {
        /// The item had it when the session began; with the version that it had.
        case kept(version: Int64)
        /// The client sends it.
        case pushed(Progress)
        /// The server fetches it.
        case pulled(Progress)
        /// It came out of an archive.
        case unpacked(archive: String)
    }

    /// How far a file is that comes. Only what survives a restart: the bytes under way are nobody's until they are all there.
    enum Progress: Sendable, Hashable {
        case waiting
        /// Received, verified, and on disk.
        case ready
        /// Received, and not what was announced.
        case refused(Message)

        var status: UpdateSession.File.Status {
            switch self {
            case .waiting: .waitingForTransfer
            case .ready: .ready
            case .refused: .error
            }
        }

        var refusal: Message? { if case .refused(let message) = self { message } else { nil } }
    }

    let name: String
    let origin: Origin

    /// Nil of a file that does not come by itself.
    var progress: Progress? {
        switch origin {
        case .pushed(let progress), .pulled(let progress): progress
        case .kept, .unpacked: nil
        }
    }

    /// Whether its bytes are there, whoever brought them.
    var isReceived: Bool { progress.map { $0 == .ready } ?? true }

    /// The server has it to fetch yet.
    var isPulling: Bool { origin == .pulled(.waiting) }

    /// The server has fetched it, or need not.
    var isSettled: Bool {
        guard case .pulled(let progress) = origin else { return true }
        return progress == .ready
    }

    /// What stands between a session and its completion: the first file that the client has to send yet, or that is not what was announced. What the
    /// server fetches is its own business.
    static func requireReceived(_ files: [SessionFile]) throws(APIError) {
        for file in files { if case .pushed(let progress) = file.origin { try require(progress, of: file) } }
    }

    /// As `requireReceived`, of the files that the server fetches too.
    static func requireAll(_ files: [SessionFile]) throws(APIError) {
        for file in files { if let progress = file.progress { try require(progress, of: file) } }
    }

    private static func require(_ progress: Progress, of file: SessionFile) throws(APIError) {
        guard progress != .ready else { return }
        throw .fileNotReceived(file.name, status: progress.status.rawValue, why: progress.refusal?.defaultMessage)
    }
}

/// A digest and the algorithm that it is of.
struct Checksum: Sendable, Hashable {
    let algorithm: DigestAlgorithm
    /// Lower-case hexadecimal digits.
    let hex: String

    init(algorithm: DigestAlgorithm, hex: String) { (self.algorithm, self.hex) = (algorithm, hex) }

    /// What a client announces, of either case. Without an algorithm it is SHA-1.
    init(announced info: Item.File.ChecksumInfo) throws(APIError) {
        guard let algorithm = DigestAlgorithm(rawValue: info.algorithm?.rawValue ?? DigestAlgorithm.sha1.rawValue) else {
            throw .invalidArgument("checksum_info.algorithm", "expected SHA1, SHA256, SHA512 or MD5, not \(info.algorithm?.rawValue ?? "")")
        }
        let hex = info.checksum.lowercased()
        guard hex.utf8.count == algorithm.byteCount * 2, hex.utf8.allSatisfy(\.isLowercaseHexDigit) else {
            throw .invalidArgument(
                "checksum_info.checksum", "expected \(algorithm.byteCount * 2) hexadecimal digits for \(algorithm.rawValue), not \"\(info.checksum)\"")
        }
        self.init(algorithm: algorithm, hex: hex)
    }

    var info: Item.File.ChecksumInfo { .init(algorithm: .init(rawValue: algorithm.rawValue), checksum: hex) }
}

extension UInt8 {
    var isLowercaseHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}

/// What a client announced of the bytes that it will send, and the judgement over those that came.
struct UploadExpectation: Sendable, Hashable {
    let size: Int64?
    let checksum: Checksum?

    init(size: Int64?, checksum: Checksum?) { (self.size, self.checksum) = (size, checksum) }

    init(announced spec: UpdateSession.File.AddSpec) throws(APIError) {
        if let size = spec.size, size < 0 { throw .invalidArgument("size", "expected a length in bytes, not \(size)") }
        size = spec.size
        checksum = if let info = spec.checksumInfo { try Checksum(announced: info) } else { nil }
    }

    /// The algorithm whose digest is taken while the bytes come, and reported afterwards.
    var algorithm: DigestAlgorithm { checksum?.algorithm ?? .sha1 }

    /// Whether a file of this length can still become the announced one: asked before the bytes come, and as they do.
    func admits(length: Int64) -> Bool { size.map { length <= $0 } ?? true }

    /// Nil when the bytes are what was announced.
    func refusal(size received: Int64, checksum found: Checksum) -> Message? {
        if let size, size != received {
            return Message(
                id: "clsyncd.library.size_mismatch", defaultMessage: "\(received) bytes came, \(size) were announced",
                args: [String(received), String(size)])
        }
        if let checksum, checksum != found {
            return Message(
                id: "clsyncd.library.checksum_mismatch",
                defaultMessage: "the \(found.algorithm.rawValue) checksum of the bytes is \(found.hex), \(checksum.hex) was announced",
                args: [found.algorithm.rawValue, found.hex, checksum.hex])
        }
        return nil
    }
}
