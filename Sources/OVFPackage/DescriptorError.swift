/// Why a text is no usable OVF descriptor, and where.
public struct DescriptorError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Problem: Sendable, Equatable {
        case tooLarge(bytes: Int, limit: Int)
        case tooDeep(limit: Int)
        /// More files, or more parts of them, than a package can sensibly have.
        case tooManyFiles(limit: Int)
        /// The XML parser's own words.
        case notWellFormed(String)
        /// A DOCTYPE: an OVF descriptor has none, and entities are how a small text becomes a large one or reaches for other files.
        case documentType
        /// The root is no `Envelope` in a namespace of OVF.
        case notAnEnvelope(name: String, namespace: String)
        /// An envelope without a References section, which every package has, if only an empty one.
        case noReferences
        case missingAttribute(String, element: String)
        case badNumber(String, attribute: String)
        /// An `href` that can name no file of the package.
        case badReference(href: String, FileNameProblem)
        /// An `href` with a scheme that is neither http nor https.
        case unusableScheme(href: String, scheme: String)
        /// Two `File` elements for one file.
        case duplicateReference(href: String, firstLine: Int)
        case duplicateFileID(String, firstLine: Int)
        /// A `Disk` whose `fileRef` is the id of no `File`.
        case unknownFile(id: String, disk: String)
    }

    public let problem: Problem
    public let position: TextPosition

    init(_ problem: Problem, _ position: TextPosition) { (self.problem, self.position) = (problem, position) }

    public var description: String { "\(position): \(problem)" }
}

extension DescriptorError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the descriptor has \(bytes) bytes, at most \(limit) are read"
        case .tooDeep(let limit): "elements are nested deeper than \(limit)"
        case .tooManyFiles(let limit): "more than \(limit) files or parts of files are referenced"
        case .notWellFormed(let reason): "not well-formed XML: \(reason)"
        case .documentType: "a document type declaration (<!DOCTYPE ...>), which an OVF descriptor may not have"
        case .notAnEnvelope(let name, let namespace): "the root element is \(name.quoted) in the namespace \(namespace.quoted), not an OVF Envelope"
        case .noReferences: "the envelope has no References section"
        case .missingAttribute(let attribute, let element): "\(element) has no attribute \(attribute)"
        case .badNumber(let text, let attribute): "\(attribute) is \(text.quoted), not a whole number"
        case .badReference(let href, let problem): "the href \(href.quoted) cannot name a file of the package: \(problem)"
        case .unusableScheme(let href, let scheme): "the href \(href.quoted) has the scheme \(scheme.quoted); only http and https can be used"
        case .duplicateReference(let href, let line): "the href \(href.quoted) references a file that the File of line \(line) references already"
        case .duplicateFileID(let id, let line): "the id \(id.quoted) is that of the File of line \(line) already"
        case .unknownFile(let id, let disk): "the disk \(disk.quoted) is in the file \(id.quoted), and there is no File of that id"
        }
    }
}
