/// A descriptor against the files that are there: what is missing, what is not mentioned, and what has another size than stated.
///
/// Names that Unicode holds for canonically equivalent are the same name.
public struct PackageCheck: Sendable, Equatable {
    public struct WrongSize: Sendable, Equatable {
        public let name: String
        /// Of the last chunk of a file whose size is not stated, the most that it can have.
        public let stated: Int64
        public let actual: Int64
    }

    /// Referenced files that are not there, in the order of the descriptor.
    public private(set) var missing: [String] = []
    /// Files that are there and that nothing references, sorted; the descriptor, the manifest and the certificate need no reference.
    public private(set) var unreferenced: [String] = []
    public private(set) var wrongSizes: [WrongSize] = []
    /// URLs of files that are no part of the package.
    public private(set) var external: [String] = []

    /// Whether the package is whole: nothing is missing, and every size is as stated. Unreferenced files do not matter to that.
    public var isWhole: Bool { missing.isEmpty && wrongSizes.isEmpty }

    /// `present`: the names of the files, with their sizes where known.
    ///
    /// A file is found under its decoded name (`my%20disk.vmdk` is `my disk.vmdk`), or else under the name as the descriptor writes it, unless
    /// that is the decoded name of another.
    public init(_ descriptor: Descriptor, present: [String: Int64?]) {
        var referenced: Set<String> = []
        let decoded = Set(descriptor.files.flatMap(\.names))
        for file in descriptor.files {
            if case .external(let url) = file.location { external.append(url) }
            let names = Self.names(of: file, among: present, decoded: decoded)
            for (index, name) in names.enumerated() {
                guard let size = present[name] else {
                    missing.append(name)
                    continue
                }
                referenced.insert(name)
                if let size { check(name, size, of: file, at: index, isLast: index == names.count - 1) }
            }
        }
        unreferenced = present.keys.filter { name in
            !referenced.contains(name) && ![.descriptor, .manifest, .certificate].contains(PackageFile(name: name))
        }.sorted()
    }

    private mutating func check(_ name: String, _ actual: Int64, of file: ReferencedFile, at index: Int, isLast: Bool) {
        if let stated = file.expectedSize(at: index) {
            if stated != actual { wrongSizes.append(WrongSize(name: name, stated: stated, actual: actual)) }
        } else if case .chunks(_, let chunk, nil) = file.location, isLast ? actual > chunk : actual != chunk {
            wrongSizes.append(WrongSize(name: name, stated: chunk, actual: actual))
        }
    }

    /// The names to look for: as decoded or as written, whichever is there; of an unknown number of chunks, those that follow each other.
    private static func names(of file: ReferencedFile, among present: [String: Int64?], decoded: Set<String>) -> [String] {
        func isOnlyWritten(_ name: String, _ written: String) -> Bool {
            present[name] == nil && present[written] != nil && !decoded.contains(written)
        }
        switch file.location {
        case .external: return []
        case .file(let name): return [isOnlyWritten(name, file.href) ? file.href : name]
        case .chunks(let name, _, let count):
            let isWritten = isOnlyWritten(ReferencedFile.chunkName(of: name, 0), ReferencedFile.chunkName(of: file.href, 0))
            let base = isWritten ? file.href : name
            let found = count ?? (0..<present.count).prefix { present[ReferencedFile.chunkName(of: base, $0)] != nil }.count
            return (0..<max(1, found)).map { ReferencedFile.chunkName(of: base, $0) }
        }
    }
}
