import Digests

/// `SHA256(name)= hex`: a line of a manifest or, with a signature for the digits, of a certificate file.
///
/// DSP0243 has one spelling of it; `openssl dgst` and hand-written scripts have others, and all that cannot be misread are taken:
/// blanks around every part, either case, `SHA-256` and OpenSSL 3's `SHA2-256`; before a signature also `RSA-SHA256` or `EC-SHA2-256`.
struct DigestLine: Equatable {
    let algorithm: DigestAlgorithm
    let name: String
    /// Lower-case hexadecimal digits, an even number of them.
    let hex: String

    /// Reads a line without its end.
    init(_ line: ArraySlice<UInt8>, isSignature: Bool = false) throws(DigestLineProblem) {
        // The digits hold neither sign, so a name may hold both: the last ones count.
        guard let equals = line.lastIndex(of: UInt8(ascii: "=")) else { throw .noDigest }
        let left = trimmed(line[..<equals])
        guard let open = left.firstIndex(of: UInt8(ascii: "(")), left.last == UInt8(ascii: ")") else { throw .noName }
        guard let name = String(validating: left[(open + 1)..<(left.endIndex - 1)], as: UTF8.self) else { throw .notText }
        algorithm = try Self.algorithm(String(decoding: trimmed(left[..<open]), as: UTF8.self), isSignature: isSignature)
        if let problem = FileNameRule.problem(of: name) { throw .badName(name, problem) }
        self.name = name
        let digits = trimmed(line[(equals + 1)...])
        guard !digits.isEmpty else { throw .noDigest }
        guard digits.count % 2 == 0, digits.allSatisfy({ hexadecimalDigit($0) != nil }) else { throw .notHexadecimal }
        hex = String(decoding: digits.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "F") ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private static func algorithm(_ word: String, isSignature: Bool) throws(DigestLineProblem) -> DigestAlgorithm {
        let uppercased = word.uppercased()
        let key = isSignature ? ["RSA-", "EC-", "ECDSA-"].first { uppercased.hasPrefix($0) } : nil
        return switch uppercased.dropFirst(key?.count ?? 0) {
        case "SHA1", "SHA-1": .sha1
        case "SHA256", "SHA-256", "SHA2-256": .sha256
        case "SHA512", "SHA-512", "SHA2-512": .sha512
        default: throw .unknownAlgorithm(word)
        }
    }

    /// The lines of a text with their numbers from 1, without their ends (LF or CR LF), blanks around them, and a byte order mark before
    /// the first; none of them empty.
    static func lines(of text: [UInt8]) -> [(number: Int, line: ArraySlice<UInt8>)] {
        let text = text.starts(with: [0xef, 0xbb, 0xbf]) ? text.dropFirst(3) : text[...]
        var lines: [(number: Int, line: ArraySlice<UInt8>)] = []
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = trimmed(line)
            if !line.isEmpty { lines.append((index + 1, line)) }
        }
        return lines
    }
}

/// What keeps a line from being `ALGORITHM(name)= hex`.
public enum DigestLineProblem: Error, Sendable, Equatable, CustomStringConvertible {
    case noName
    case noDigest
    case notText
    case notHexadecimal
    case unknownAlgorithm(String)
    case badName(String, FileNameProblem)
    /// How many digits there are, and how many the algorithm makes.
    case wrongLength(Int, DigestAlgorithm)

    public var description: String {
        switch self {
        case .noName: "no file name in parentheses before the last \"=\""
        case .noDigest: "no \"=\" with hexadecimal digits behind it"
        case .notText: "the file name is not UTF-8"
        case .notHexadecimal: "what follows the last \"=\" is not an even number of hexadecimal digits"
        case .unknownAlgorithm(let word): "\(word.quoted) is none of SHA1, SHA256 and SHA512"
        case .badName(let name, let problem): "the file name \(name.quoted) cannot be that of a file of the package: \(problem)"
        case .wrongLength(let digits, let algorithm): "\(digits) hexadecimal digits, and \(algorithm.rawValue) makes \(algorithm.byteCount * 2)"
        }
    }
}

/// Without blanks, tabs and carriage returns around it.
private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    var bytes = bytes.drop(while: blank)
    while let last = bytes.last, blank(last) { bytes.removeLast() }
    return bytes
}
