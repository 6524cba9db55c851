import ContentLibraryAPI
import GRDB
import OVFPackage

/// The files of an update session on an item of type `ovf`, checked as the package that they would be.
struct PackageInSession: Sendable {
    let library: LibraryRecord

    /// Nil where the item is of another type.
    static func find(_ db: Database, item: String) throws -> PackageInSession? {
        let record = try ItemRecord.require(db, item)
        guard ItemKind(type: record.type) == .package, let library = try LibraryRecord.find(db, record.library) else { return nil }
        return PackageInSession(library: library)
    }

    /// All files are expected to have been received.
    func findings(of files: [UpdateFileRecord], _ context: ServiceContext) async throws -> PackageFindings {
        try await read(files, context, PackageReader.findings)
    }

    /// What signs the package; nil where nothing does so rightly. Of the files, only manifest and certificate are looked at.
    func signature(of files: [UpdateFileRecord], _ context: ServiceContext) async throws -> CertificateFile? {
        guard files.contains(where: { PackageFile(name: $0.name) == .certificate }) else { return nil }
        return try await read(files, context, PackageReader.signature)
    }

    private func read<Value: Sendable>(
        _ files: [UpdateFileRecord], _ context: ServiceContext, _ reader: @escaping @Sendable ([PackageMember]) throws -> Value
    ) async throws -> Value {
        let (storage, library) = (context.storage, library)
        return try await context.disk.run {
            let root = try storage.directory(of: library.backing)
            let members = files.compactMap { file in
                file.content.map {
                    PackageMember(name: file.name, path: "\(root)/\($0.path)", size: $0.size, digests: [$0.checksum.algorithm: $0.checksum.hex])
                }
            }
            return try reader(members)
        }
    }
}

extension ItemKind {
    /// A manifest or a certificate that comes after the descriptor is refused, as since vSphere 6.8: the descriptor is judged by them.
    func requireOrder(adding name: String, to files: [SessionFile], in session: ContentSession) throws(APIError) {
        guard self == .package, [.manifest, .certificate].contains(PackageFile(name: name)) else { return }
        for file in files where PackageFile(name: file.name) == .descriptor {
            guard file.progress != nil else { continue }
            throw .state("add", session.state.name, "\(name) comes before the descriptor \(file.name), which the session has already")
        }
    }
}

extension PackageFindings {
    var result: UpdateSession.File.ValidationResult {
        .init(hasErrors: !isGood, missingFiles: missing, invalidFiles: invalid.map { .init(name: $0.name, errorMessage: $0.why) })
    }
}
