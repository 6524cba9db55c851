import CExpat

/// Where in a text something is, both counted from 1; the column in bytes.
public struct TextPosition: Sendable, Hashable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    public var description: String { "line \(line), column \(column)" }
}

/// The name of an element or attribute: the namespace's URI, whatever prefix stood for it.
struct XMLName: Equatable {
    /// Empty for a name in no namespace.
    var namespace: String
    var local: String
}

/// The attributes of one element, while it is being reported.
struct XMLAttributes {
    /// Expat's list: name, value, name, value, ..., nil.
    fileprivate let pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>?

    /// The value of the attribute of that name.
    subscript(_ local: String, in namespace: String) -> String? {
        guard let pairs else { return nil }
        let wanted = namespace.isEmpty ? local : namespace + XMLWalk.separatorText + local
        var index = 0
        while let name = pairs[index], let value = pairs[index + 1] {
            if String(cString: name) == wanted { return String(cString: value) }
            index += 2
        }
        return nil
    }
}

/// What a document is reported to, in its order.
protocol XMLReceiver: AnyObject {
    func start(_ name: XMLName, _ attributes: XMLAttributes, at position: TextPosition) throws(DescriptorError)
    func text(_ bytes: UnsafeRawBufferPointer)
    func end()
}

/// One document through expat, with nothing in it that could reach beyond its bytes or multiply them.
///
/// A document type declaration ends the walk where it begins, so that there is no entity but the five of XML, and none is ever fetched
/// (CWE-611, CWE-776). Depth and size are bounded before expat allocates by them.
final class XMLWalk {
    /// Expat joins a namespace's URI and a local name with it, and refuses URIs that contain it.
    private static let separator = CChar(bitPattern: UInt8(ascii: "\n"))
    fileprivate static let separatorText = "\n"

    private let parser: XML_Parser
    private let receiver: any XMLReceiver
    private let maximumDepth: Int
    private var depth = 0
    private var failure: DescriptorError?

    private init(_ parser: XML_Parser, _ receiver: any XMLReceiver, maximumDepth: Int) {
        (self.parser, self.receiver, self.maximumDepth) = (parser, receiver, maximumDepth)
    }

    /// Reports the document; throws what the receiver throws, or what keeps the bytes from being a document.
    static func run(_ bytes: [UInt8], to receiver: any XMLReceiver, limits: DescriptorLimits) throws(DescriptorError) {
        guard bytes.count <= limits.maximumBytes, let count = Int32(exactly: bytes.count) else {
            throw DescriptorError(.tooLarge(bytes: bytes.count, limit: limits.maximumBytes), TextPosition(line: 1, column: 1))
        }
        guard let parser = XML_ParserCreateNS(nil, separator) else { throw DescriptorError(.notWellFormed("out of memory"), TextPosition(line: 1, column: 1)) }
        defer { XML_ParserFree(parser) }
        let walk = XMLWalk(parser, receiver, maximumDepth: limits.maximumDepth)
        walk.install()
        // The document goes in whole: parsing it in pieces would scan a token again with each of them (CVE-2023-52425).
        let status = withExtendedLifetime(walk) {
            bytes.withUnsafeBytes { XML_Parse(parser, $0.bindMemory(to: CChar.self).baseAddress, count, 1) }
        }
        if let failure = walk.failure { throw failure }
        guard status == XML_STATUS_OK else {
            throw DescriptorError(.notWellFormed(XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"), walk.position)
        }
    }

    private var position: TextPosition {
        TextPosition(line: Int(XML_GetCurrentLineNumber(parser)), column: Int(XML_GetCurrentColumnNumber(parser)) + 1)
    }

    private func install() {
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        _ = XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER)
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let walk = XMLWalk.from(data), let name else { return }
                walk.start(name, XMLAttributes(pairs: attributes))
            },
            { data, _ in XMLWalk.from(data)?.end() })
        XML_SetCharacterDataHandler(parser) { data, text, count in
            guard let walk = XMLWalk.from(data), walk.failure == nil, let text else { return }
            walk.receiver.text(UnsafeRawBufferPointer(start: text, count: Int(count)))
        }
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in XMLWalk.from(data)?.fail(.documentType) }
        // The two that follow can only be reached through a document type, and stand here in case that is ever not so; zero refuses.
        XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in XMLWalk.from(data)?.fail(.documentType) }
        XML_SetExternalEntityRefHandler(parser) { _, _, _, _, _ in 0 }
    }

    private static func from(_ data: UnsafeMutableRawPointer?) -> XMLWalk? {
        data.map { Unmanaged<XMLWalk>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Expat may report a little more after it was told to stop: the first failure counts.
    private func fail(_ problem: DescriptorError.Problem) {
        guard failure == nil else { return }
        stop(DescriptorError(problem, position))
    }

    private func stop(_ error: DescriptorError) {
        failure = error
        _ = XML_StopParser(parser, XML_Bool(XML_FALSE))
    }

    private func start(_ name: UnsafePointer<CChar>, _ attributes: XMLAttributes) {
        guard failure == nil else { return }
        depth += 1
        guard depth <= maximumDepth else { return fail(.tooDeep(limit: maximumDepth)) }
        let text = String(cString: name)
        let split = text.utf8.firstIndex(of: UInt8(bitPattern: XMLWalk.separator))
        let name = XMLName(namespace: split.map { String(text[..<$0]) } ?? "", local: split.map { String(text[text.utf8.index(after: $0)...]) } ?? text)
        do { try receiver.start(name, attributes, at: position) } catch { stop(error) }
    }

    private func end() {
        guard failure == nil else { return }
        depth -= 1
        receiver.end()
    }
}
