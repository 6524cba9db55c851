/// A `File` element of a descriptor's References section.
public struct ReferencedFile: Sendable, Equatable {
    /// Where the bytes are.
    public enum Location: Sendable, Equatable {
        /// In one file of the package.
        case file(String)
        /// In several files of the package: the name, a dot and nine digits each. The count is known where the size of the whole is.
        case chunks(of: String, size: Int64, count: Int?)
        /// At an http or https URL: no part of the package.
        case external(url: String)
    }

    public enum Compression: Sendable, Equatable {
        case identity
        case gzip
        /// As written; DSP0243 knows the two others only.
        case other(String)
    }

    public let id: String
    /// As written.
    public let href: String
    public let location: Location
    /// Bytes as stored, which is compressed where compression is; over all chunks.
    public let size: Int64?
    public let compression: Compression
    /// Where the element is.
    public let position: TextPosition

    /// The names of its files in the package, none for an external one; of a chunked file without a size, the first.
    public var names: [String] {
        switch location {
        case .file(let name): [name]
        case .chunks(let name, _, let count): (0..<(count ?? 1)).map { Self.chunkName(of: name, $0) }
        case .external: []
        }
    }

    /// DSP0243: `chunk-url = href-value "." chunk-number`, nine digits, from 0.
    public static func chunkName(of name: String, _ index: Int) -> String {
        let digits = String(index)
        return name + "." + String(repeating: "0", count: max(0, 9 - digits.utf8.count)) + digits
    }

    /// The bytes that the file at `index` of `names` has, where the descriptor tells.
    public func expectedSize(at index: Int) -> Int64? {
        guard case .chunks(_, let chunk, let count) = location else { return size }
        guard let size, let count else { return nil }
        return index < count - 1 ? chunk : size - Int64(count - 1) * chunk
    }

    /// Reads `href`: a relative reference of RFC 3986, which DSP0243 prescribes. A `%` that begins no escape stands for itself, as the tools
    /// that write it unescaped mean it; so do `?` and `#`.
    static func name(of href: String) throws(HrefProblem) -> Name {
        if let scheme = scheme(of: href) {
            switch scheme.lowercased() {
            case "http", "https": return .external
            // A drive of Windows.
            case _ where scheme.utf8.count == 1: throw .name(.absolute)
            default: throw .scheme(scheme)
            }
        }
        let name = percentDecoded(href) ?? href
        if let problem = FileNameRule.problem(of: name) { throw .name(problem) }
        return .file(name)
    }

    enum Name: Equatable { case file(String), external }
    enum HrefProblem: Error, Equatable { case name(FileNameProblem), scheme(String) }

    /// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )` before a colon.
    private static func scheme(of href: String) -> String? {
        guard let colon = href.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = href[..<colon]
        let isScheme = scheme.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): index > 0
            default: false
            }
        }
        return isScheme && !scheme.isEmpty ? String(scheme) : nil
    }
}
