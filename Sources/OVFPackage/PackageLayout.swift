/// Which file of a set has which part in one OVF package.
public struct PackageLayout: Sendable, Equatable {
    /// What describes the package: an `.ovf` among other files, or an `.ova` that holds everything.
    public enum Form: Sendable, Equatable {
        case files(descriptor: String)
        case archive(String)
    }

    public let form: Form
    public let manifest: String?
    public let certificate: String?
    /// All others, as given.
    public let others: [String]

    /// Sorts the names, of which none may be there twice.
    ///
    /// One descriptor or one archive is needed, and only one, with at most one manifest and one certificate; an archive brings its own.
    public init(_ names: some Sequence<String>) throws(PackageLayoutError) {
        let byKind = Dictionary(grouping: names) { PackageFile(name: $0) }
        func one(_ kind: PackageFile) throws(PackageLayoutError) -> String? {
            let found = byKind[kind] ?? []
            guard found.count < 2 else { throw .several(kind, found) }
            return found.first
        }
        let (descriptor, archive) = (try one(.descriptor), try one(.archive))
        (manifest, certificate, others) = (try one(.manifest), try one(.certificate), byKind[.other] ?? [])
        switch (descriptor, archive) {
        case (nil, nil): throw .noDescriptor
        case (let descriptor?, nil): form = .files(descriptor: descriptor)
        case (nil, let archive?):
            let besides = [manifest, certificate].compactMap { $0 } + others
            guard besides.isEmpty else { throw .besidesArchive(archive, besides) }
            form = .archive(archive)
        case (let descriptor?, let archive?): throw .besidesArchive(archive, [descriptor])
        }
    }
}

/// Why a set of files is not one package.
public enum PackageLayoutError: Error, Sendable, Equatable, CustomStringConvertible {
    case noDescriptor
    /// More than one of a kind of which a package has one.
    case several(PackageFile, [String])
    /// An `.ova` is a whole package; with these there would be two.
    case besidesArchive(String, [String])

    public var description: String {
        switch self {
        case .noDescriptor: "there is neither a descriptor (.ovf) nor an archive (.ova)"
        case .several(let kind, let names): "there are several files of which a package has one (\(kind)): \(Self.list(names))"
        case .besidesArchive(let archive, let names): "\(archive.quoted) is a whole package, and beside it there are \(Self.list(names))"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(10).map(\.quoted).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }
}
