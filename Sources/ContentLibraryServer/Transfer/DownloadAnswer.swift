import ContentLibraryAPI

/// Decides what a GET or a HEAD of a file is answered with (RFC 9110, sections 13 and 14). A value: the request's headers, the file's size and its tag come in.
///
/// There is no date of last modification, so that conditions about dates are none; `If-Range` with a date names another file.
struct DownloadAnswer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    /// The bytes that the answer to a GET has for its body; nil where these are none of the file's.
    let part: Range<Int64>?
    /// A line about the error.
    let refusal: String?

    init(_ request: HTTPRequest, size: Int64, tag: EntityTag) {
        let common = [(name: "Accept-Ranges", value: "bytes"), (name: "ETag", value: tag.description)]
        func values(_ name: String) -> [String] { request.headers.filter { $0.name.lowercased() == name }.map(\.value) }

        // The order is that of section 13.2.2.
        let (wanted, known) = (values("if-match"), values("if-none-match"))
        if !wanted.isEmpty, !EntityTagList(wanted).contains(where: tag.isSame(as:)) {
            (status, headers, part, refusal) = (412, common, nil, "The file is none of those that If-Match names.")
            return
        }
        if !known.isEmpty, EntityTagList(known).contains(where: tag.isLike(_:)) {
            (status, headers, part, refusal) = (304, common, nil, nil)
            return
        }
        let extent = Self.range(request.method, values("range"), ifRange: values("if-range"), tag)?.extent(of: size) ?? .whole
        let type = [(name: "Content-Type", value: "application/octet-stream")]
        switch extent {
        case .whole: (status, headers, part, refusal) = (200, type + common, 0..<size, nil)
        case .part(let bytes):
            let place = "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(size)"
            (status, headers, part, refusal) = (206, type + [("Content-Range", place)] + common, bytes, nil)
        case .unsatisfiable:
            (status, headers, part, refusal) = (416, [("Content-Range", "bytes */\(size)")] + common, nil, "The file has \(size) bytes.")
        }
    }

    /// The range to heed, if there is one: only GET has ranges, and `If-Range` wants them of this file only.
    private static func range(_ method: String, _ ranges: [String], ifRange: [String], _ tag: EntityTag) -> ByteRange? {
        guard method == "GET", ranges.count == 1, let range = ranges.first.flatMap(ByteRange.init(_:)) else { return nil }
        guard let condition = ifRange.first else { return range }
        guard ifRange.count == 1, let wanted = EntityTag(condition), wanted.isSame(as: tag) else { return nil }
        return range
    }
}
