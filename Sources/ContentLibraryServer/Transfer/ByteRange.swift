/// The one part of a file that a `Range` header asks for (RFC 9110, section 14). A value; the file's size is an argument.
enum ByteRange: Sendable, Hashable {
    /// `a-b`, and `a-` to the end.
    case from(Int64, through: Int64?)
    /// `-n`.
    case last(Int64)

    /// What it is of a file of some size.
    enum Extent: Sendable, Hashable {
        /// No part of it can be named: an empty file, asked for its end, is given as it is.
        case whole
        case part(Range<Int64>)
        case unsatisfiable
    }

    /// More is no single range; the header is then ignored like any other that makes no sense.
    static let longest = 256

    /// Nil for what is to be ignored: another unit, several ranges, and everything malformed. A number beyond Int64 counts as the largest.
    init?(_ value: String) {
        let bytes = value.utf8
        guard bytes.count <= Self.longest, let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        // No other byte becomes one of these letters by this bit. The names of units are in any case.
        guard bytes[..<equals].map({ $0 | 0x20 }) == Array("bytes".utf8) else { return nil }
        // A list may have empty elements, and white space around its elements.
        let ranges = bytes[bytes.index(after: equals)...].split(separator: UInt8(ascii: ",")).map(Self.trimmed).filter { !$0.isEmpty }
        guard ranges.count == 1, let range = ranges.first, let dash = range.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let (first, last) = (range[..<dash], range[range.index(after: dash)...])
        if first.isEmpty {
            guard let count = Self.number(last) else { return nil }
            self = .last(count)
        } else if last.isEmpty {
            guard let start = Self.number(first) else { return nil }
            self = .from(start, through: nil)
        } else {
            guard let start = Self.number(first), let end = Self.number(last), start <= end else { return nil }
            self = .from(start, through: end)
        }
    }

    /// What it is of a file of `size` bytes. A part is never empty, and lies within the file.
    func extent(of size: Int64) -> Extent {
        switch self {
        case .last(0): .unsatisfiable
        case .last(let count): size == 0 ? .whole : .part(max(0, size - count)..<size)
        case .from(let start, let end): start < size ? .part(start..<(min(end ?? .max, size - 1) + 1)) : .unsatisfiable
        }
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring.UTF8View {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return rest
    }

    private static func number(_ digits: Substring.UTF8View) -> Int64? {
        guard !digits.isEmpty else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            let tenfold = number.multipliedReportingOverflow(by: 10)
            let sum = tenfold.partialValue.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            // Once it is the largest, every further digit overflows: it stays that.
            number = tenfold.overflow || sum.overflow ? .max : sum.partialValue
        }
        return number
    }
}
