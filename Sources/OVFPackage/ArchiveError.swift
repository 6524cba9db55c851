/// Why bytes are no OVA that can be taken, and where.
public struct ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a member of a tar archive can be besides a plain file.
    public enum MemberKind: Sendable, Equatable {
        case link
        case device
        case directory
        /// A file with its holes left out.
        case sparse
        /// The type byte of the header.
        case unknown(UInt8)
    }

    public enum Problem: Error, Sendable, Equatable {
        /// Not ustar, pax or GNU tar; also a compressed archive, and the tar of before 1988.
        case notTar
        case damagedHeader(String)
        case kind(MemberKind)
        case name(FileNameProblem)
        case nameNotText
        case duplicate
        case tooManyMembers(limit: Int)
        /// An archive without members.
        case empty
        /// The descriptor must be the first member.
        case descriptorNotFirst
        case secondDescriptor
        /// A second `.mf` or `.cert`.
        case second(PackageFile)
        /// A file behind a manifest or certificate that came after other files.
        case afterManifest
        /// The bytes end inside a member or before the end of the archive.
        case truncated
        case trailingGarbage
    }

    public let problem: Problem
    /// The member it is about, as far as its name is known.
    public let member: String?
    /// How many bytes of the archive lie before what is wrong.
    public let offset: Int64

    init(_ problem: Problem, member: String? = nil, offset: Int64) { (self.problem, self.member, self.offset) = (problem, member, offset) }

    public var description: String {
        let place = member.map { "the member \($0.quoted) at byte \(offset)" } ?? "byte \(offset)"
        return "\(place): \(problem)"
    }
}

extension ArchiveError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notTar: "no tar archive (ustar, pax or GNU)"
        case .damagedHeader(let what): "a damaged header: \(what)"
        case .kind(let kind): "\(kind), where only plain files may be"
        case .name(let problem): "a name that no file of a package can have: \(problem)"
        case .nameNotText: "its name is not UTF-8"
        case .duplicate: "a second member of that name"
        case .tooManyMembers(let limit): "more than \(limit) members"
        case .empty: "an archive without members"
        case .descriptorNotFirst: "the first member of an OVA must be its descriptor (.ovf)"
        case .secondDescriptor: "a second descriptor"
        case .second(let kind): "a second \(kind == .manifest ? "manifest" : "certificate")"
        case .afterManifest: "a file behind the manifest or certificate, which stand right behind the descriptor or at the end"
        case .truncated: "the archive ends early"
        case .trailingGarbage: "something else than zeros behind the end of the archive"
        }
    }
}

extension ArchiveError.MemberKind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .link: "a link"
        case .device: "a device or pipe"
        case .directory: "a directory"
        case .sparse: "a sparse file"
        case .unknown(let type): "something of the unknown type \(String(decoding: [type], as: UTF8.self).quoted)"
        }
    }
}
