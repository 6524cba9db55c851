import CTOML

/// A place in a text. Lines and columns count from 1; a column is a code point.
package struct TextPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    package static let start = TextPosition(line: 1, column: 1)
    package static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
    package var description: String { "\(line):\(column)" }
}

/// A value of a TOML document and where it begins.
package struct TOMLValue: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)
        /// A date, a time, or both, in the form of RFC 3339.
        case dateTime(String)
        case array([TOMLValue])
        case table(TOMLTable)
    }
    package var content: Content
    /// Of a table opened by a header: the header's.
    package var position: TextPosition

    package var table: TOMLTable? { if case .table(let table) = content { table } else { nil } }
    package var array: [TOMLValue]? { if case .array(let values) = content { values } else { nil } }
}

/// A TOML table, its keys in the order of the text.
package struct TOMLTable: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var key: String
        package var keyPosition: TextPosition
        package var value: TOMLValue
    }
    package var entries: [Entry] = []
    package var position: TextPosition

    package subscript(key: String) -> Entry? { entries.first { $0.key == key } }
}

/// Why a text is no TOML document.
package struct TOMLError: Error, Equatable {
    package var position: TextPosition
    package var message: String
}

/// A TOML 1.0 document as a tree of values with their places.
package struct TOMLDocument: Equatable, Sendable {
    package var root: TOMLTable

    /// In bytes; a longer text is refused.
    package static let maximumLength = Int(ctoml_max_length)

    /// Reads UTF-8. Refuses more than 1 MiB, and nesting and dotted keys deeper than 16.
    package init(_ bytes: [UInt8]) throws(TOMLError) {
        if let offset = Self.firstInvalidByte(bytes) {
            let place = Self.position(of: offset, in: bytes)
            throw TOMLError(position: place, message: "byte 0x\(String(bytes[offset], radix: 16)) is not valid UTF-8; save the file as UTF-8")
        }
        var tree = TreeBuilder()
        var error = ctoml_error()
        let parsed = withUnsafeMutablePointer(to: &tree) { tree in
            bytes.withUnsafeBytes { bytes in
                ctoml_parse(
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, tree,
                    { context, node in
                        guard let node else { return }
                        context?.assumingMemoryBound(to: TreeBuilder.self).pointee.take(node.pointee)
                    }, &error)
            }
        }
        guard parsed, let root = tree.root else { throw TOMLError(error, in: bytes) }
        self.root = root
    }

    private static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
        do {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    /// The place of a byte before which all is valid UTF-8.
    private static func position(of offset: Int, in bytes: [UInt8]) -> TextPosition {
        let before = bytes.prefix(offset)
        let line = before.lastIndex(of: UInt8(ascii: "\n")).map { before.index(after: $0) } ?? 0
        return TextPosition(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: codePoints(before[line...]) + 1)
    }

    fileprivate static func codePoints(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count { $0 & 0xC0 != 0x80 } }
}

extension TOMLError {
    /// The parser names no place for what concerns the whole text, and places past the end of a line or of the text.
    fileprivate init(_ error: ctoml_error, in bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = min(max(Int(error.line), 1), lines.count)
        position = TextPosition(line: line, column: min(max(Int(error.column), 1), TOMLDocument.codePoints(lines[line - 1]) + 1))
        let text = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let preamble = "Error while parsing "
        message = "not TOML: " + (text.hasPrefix(preamble) ? String(text.dropFirst(preamble.count)) : text)
    }
}

/// Builds the tree from the visits of `ctoml_parse`.
private struct TreeBuilder {
    private struct Place {
        var key: String
        var keyPosition: TextPosition
        var position: TextPosition

        init(_ node: ctoml_node) {
            key = TreeBuilder.text(node.key, node.key_length)
            keyPosition = TextPosition(line: Int(node.key_line), column: Int(node.key_column))
            position = TextPosition(line: Int(node.line), column: Int(node.column))
        }
    }
    /// A table or an array whose members are being visited: a table has entries, an array has values.
    private struct Level {
        var place: Place
        var entries: [TOMLTable.Entry] = []
        var values: [TOMLValue] = []
    }

    private var levels: [Level] = []
    private(set) var root: TOMLTable?

    mutating func take(_ node: ctoml_node) {
        let place = Place(node)
        switch node.kind {
        case CTOML_TABLE_BEGIN, CTOML_ARRAY_BEGIN: levels.append(Level(place: place))
        case CTOML_TABLE_END: closeTable()
        case CTOML_ARRAY_END: closeArray()
        case CTOML_STRING: add(.string(Self.text(node.text, node.text_length)), at: place)
        case CTOML_INTEGER: add(.integer(node.integer), at: place)
        case CTOML_FLOAT: add(.float(node.floating), at: place)
        case CTOML_BOOLEAN: add(.boolean(node.boolean), at: place)
        default: add(.dateTime(Self.text(node.text, node.text_length)), at: place)
        }
    }

    private mutating func closeTable() {
        guard let level = levels.popLast() else { return }
        let table = TOMLTable(entries: level.entries, position: level.place.position)
        if levels.isEmpty { root = table } else { add(.table(table), at: level.place) }
    }

    private mutating func closeArray() {
        guard let level = levels.popLast() else { return }
        add(.array(level.values), at: level.place)
    }

    private mutating func add(_ content: TOMLValue.Content, at place: Place) {
        guard let parent = levels.indices.last else { return }
        let value = TOMLValue(content: content, position: place.position)
        // Only a table's members have a key, and with it a key's place.
        if place.keyPosition.line > 0 {
            levels[parent].entries.append(.init(key: place.key, keyPosition: place.keyPosition, value: value))
        } else {
            levels[parent].values.append(value)
        }
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
