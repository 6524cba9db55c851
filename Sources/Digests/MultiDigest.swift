import COpenSSL

/// Several digests over the same bytes, in one pass.
///
/// One thread at a time: an instance may move between threads, but is not locked.
public final class MultiDigest {
    private var running: [(algorithm: DigestAlgorithm, context: OpaquePointer)] = []
    private var finished: [DigestAlgorithm: String]?
    /// How many bytes went in.
    public private(set) var byteCount: Int64 = 0

    /// Starts the digests; an algorithm named twice counts once, none at all is allowed.
    public init(_ algorithms: [DigestAlgorithm]) throws(DigestError) {
        for algorithm in algorithms where !running.contains(where: { $0.algorithm == algorithm }) {
            guard let method = EVP_MD_fetch(nil, algorithm.fetchName, nil) else { throw .unavailable(algorithm) }
            defer { EVP_MD_free(method) }
            guard let context = EVP_MD_CTX_new() else { throw .unavailable(algorithm) }
            guard EVP_DigestInit_ex(context, method, nil) == 1 else {
                EVP_MD_CTX_free(context)
                throw .unavailable(algorithm)
            }
            running.append((algorithm, context))
        }
    }

    deinit {
        for digest in running { EVP_MD_CTX_free(digest.context) }
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(finished == nil, "a finished digest takes no more bytes")
        guard bytes.count > 0 else { return }
        byteCount += Int64(bytes.count)
        for digest in running {
            // EVP_DigestUpdate fails only for a context that was not initialised or is finished; both are ruled out above.
            precondition(EVP_DigestUpdate(digest.context, bytes.baseAddress, bytes.count) == 1, "EVP_DigestUpdate refused a live context")
        }
    }

    public func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digests as lower-case hexadecimal digits. Calling it again gives the same answer.
    public func finish() -> [DigestAlgorithm: String] {
        if let finished { return finished }
        var result: [DigestAlgorithm: String] = [:]
        for digest in running {
            var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var count: UInt32 = 0
            precondition(EVP_DigestFinal_ex(digest.context, &bytes, &count) == 1, "EVP_DigestFinal_ex refused a live context")
            result[digest.algorithm] = hexadecimal(bytes.prefix(Int(count)))
        }
        finished = result
        return result
    }
}

/// Lower-case hexadecimal digits, two for each byte.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.underestimatedCount * 2)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
