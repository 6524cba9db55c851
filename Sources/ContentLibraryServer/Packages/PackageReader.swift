import Digests
import Glibc
import OVFPackage

/// Reads what is needed of a package's files to judge it. Blocks: a digest that is not known is taken over the whole file.
enum PackageReader {
    static func findings(of members: [PackageMember]) throws -> PackageFindings {
        // Nothing is a package of nothing: an item may be emptied.
        if members.isEmpty { return PackageFindings() }
        let byName = Dictionary(members.map { ($0.name, $0) }) { first, _ in first }
        let layout = Result { () throws(PackageLayoutError) in try PackageLayout(members.map(\.name)) }
        var contents = PackageFindings.Contents(sizes: byName.mapValues(\.size))
        if case .success(let names) = layout, case .files(let descriptor) = names.form {
            if let bytes = try read(byName[descriptor], atMost: DescriptorLimits().maximumBytes + 1) {
                contents.descriptor = Result { () throws(DescriptorError) in try Descriptor(parsing: bytes) }
            }
            if let bytes = try read(names.manifest.flatMap { byName[$0] }, atMost: Manifest.maximumBytes + 1) {
                let manifest = Result { () throws(ManifestError) in try Manifest(parsing: bytes) }
                contents.manifest = (manifest, bytes)
                if case .success(let manifest) = manifest { contents.digests = try digests(of: members, for: manifest) }
            }
            if let bytes = try read(names.certificate.flatMap { byName[$0] }, atMost: CertificateFile.maximumBytes + 1) {
                contents.certificate = Result { () throws(CertificateFileError) in try CertificateFile(parsing: bytes) }
            }
        }
        return PackageFindings(layout, contents)
    }

    static func signature(of members: [PackageMember]) throws -> CertificateFile? {
        let byName = Dictionary(members.map { ($0.name, $0) }) { first, _ in first }
        guard let names = try? PackageLayout(members.map(\.name)),
            let manifest = try read(names.manifest.flatMap { byName[$0] }, atMost: Manifest.maximumBytes + 1),
            let certificate = try read(names.certificate.flatMap { byName[$0] }, atMost: CertificateFile.maximumBytes + 1)
        else { return nil }
        do {
            let file = try CertificateFile(parsing: certificate)
            try file.verify(manifest: manifest)
            return file
        } catch {
            return nil
        }
    }

    private static func digests(of members: [PackageMember], for manifest: Manifest) throws -> [String: [DigestAlgorithm: String]] {
        var all: [String: [DigestAlgorithm: String]] = [:]
        for member in members {
            guard let entry = manifest[member.name] else { continue }
            let known = member.digests[entry.algorithm]
            all[member.name] = [entry.algorithm: try known ?? digest(of: member.path, entry.algorithm)]
        }
        return all
    }

    private static func digest(of path: String, _ algorithm: DigestAlgorithm) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        defer { close(descriptor) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let digest = try MultiDigest([algorithm])
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError("read", path)
            }
            if count == 0 { return digest.finish()[algorithm] ?? "" }
            digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The first bytes of a file: one that is longer than its kind may be is refused for that by whoever parses it.
    private static func read(_ member: PackageMember?, atMost limit: Int) throws -> [UInt8]? {
        guard let member else { return nil }
        return try FileSystem.read(member.path, atMost: limit)
    }
}
