/// An HTTP request, apart from how it travels.
public struct HTTPRequest: Sendable {
    public var method: String
    /// Path without the query, still percent-encoded.
    public var path: String
    /// Decoded.
    public var query: [(name: String, value: String)]
    /// In their order; names in any case.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// The address that it came from, without the port, as far as whoever carries it knows.
    public var peer: String?
    /// The query could not be decoded; a router refuses the request.
    public private(set) var hasMalformedQuery = false

    public init(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        (self.method, self.path, self.query, self.headers, self.body) = (method, path, query, headers, body)
    }

    /// Takes a request target apart as it came on the wire. In the query `+` is a space.
    public init(_ method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        let parts = target.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        self.init(method, String(Substring(parts[0])), headers: headers, body: body)
        guard parts.count == 2 else { return }
        for item in parts[1].split(separator: UInt8(ascii: "&")) {
            let pair = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false).map { Substring($0) }
            guard let name = percentDecode(pair[0], plusIsSpace: true), let value = percentDecode(pair.count == 2 ? pair[1] : "", plusIsSpace: true)
            else {
                hasMalformedQuery = true
                return
            }
            query.append((name, value))
        }
    }

    /// The request target as it goes on the wire.
    public var target: String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { percentEncode($0.name) + ($0.value.isEmpty ? "" : "=" + percentEncode($0.value)) }.joined(separator: "&")
    }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? { headers.firstValue(of: name) }
}

/// An HTTP response, apart from how it travels.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// In their order; names in any case.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(_ status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    /// The body, with what is not UTF-8 replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of that name, whatever its case.
    public func header(_ name: String) -> String? { headers.firstValue(of: name) }

    /// When the server answered, by its own clock: the `Date` header. Leases are counted from it.
    public var date: Timestamp? { header("date").flatMap(Timestamp.init(httpDate:)) }

    static func json(_ status: Int, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status, headers: [("Content-Type", "application/json")], body: body)
    }
}

extension [(name: String, value: String)] {
    fileprivate func firstValue(of name: String) -> String? {
        first { isEqual($0.name, name) }?.value
    }

    /// Header names are ASCII, in any case.
    private func isEqual(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { $0 == $1 || lowercase($0) == lowercase($1) }
    }
    private func lowercase(_ byte: UInt8) -> UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte }
}
