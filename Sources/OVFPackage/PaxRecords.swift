/// The records of a pax extended header that concern what is read here: `length keyword=value\n`, one after the other.
struct PaxRecords: Equatable {
    /// Empty where a record takes an earlier one back.
    var path: [UInt8]?
    var size: Int64?
    /// Whether there is a record of GNU's ways to leave out holes.
    var isSparse = false

    init(_ content: [UInt8]) throws(PaxProblem) {
        var rest = content[...]
        while !rest.isEmpty {
            // At most 64 KiB are read, so five digits do; more would be a way to write the same number twice.
            guard let blank = rest.prefix(8).firstIndex(of: UInt8(ascii: " ")), let length = Self.decimal(rest[..<blank]), length <= rest.count else {
                throw .malformed
            }
            let record = rest.prefix(Int(length))
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")), blank < equals else { throw .malformed }
            let keyword = record[(blank + 1)..<equals]
            // Other readers take a NUL for the end of all records.
            guard !keyword.contains(0) else { throw .malformed }
            try take(keyword, record[(equals + 1)..<(record.endIndex - 1)])
            rest = rest.dropFirst(record.count)
        }
    }

    private mutating func take(_ keyword: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(PaxProblem) {
        if keyword.elementsEqual("path".utf8) {
            guard path == nil else { throw .repeated("path") }
            path = Array(value)
        } else if keyword.elementsEqual("size".utf8) {
            guard size == nil else { throw .repeated("size") }
            guard let number = Self.decimal(value) else { throw .malformed }
            size = number
        } else if keyword.starts(with: "GNU.sparse.".utf8) {
            isSparse = true
        }
    }

    /// Digits only; nil also where 63 bits do not hold the number.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}

enum PaxProblem: Error, Equatable {
    case malformed
    /// Readers differ in which of two records counts.
    case repeated(String)
}
