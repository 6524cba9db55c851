import ContentLibraryAPI
import Digests
import OVFPackage

/// A file of a package, as it lies on the disk.
struct PackageMember: Sendable, Hashable {
    let name: String
    let path: String
    let size: Int64
    /// Those that are known.
    let digests: [DigestAlgorithm: String]
}

/// What is to be said about the files of a package: which are missing, which are wrong, and who signed them.
struct PackageFindings: Sendable, Equatable {
    struct Invalid: Sendable, Hashable {
        let name: String
        let why: Message
    }

    /// Sorted.
    private(set) var missing: [String] = []
    /// By name.
    private(set) var invalid: [Invalid] = []
    /// What signs the package, where it does so rightly.
    private(set) var signature: CertificateFile?

    var isGood: Bool { missing.isEmpty && invalid.isEmpty }

    /// In one line, for an answer that has room for one; nil where all is good.
    var firstProblem: Message? {
        if let first = invalid.first { return Message(id: first.why.id, defaultMessage: "\(first.name): \(first.why.defaultMessage)", args: first.why.args) }
        return missing.isEmpty ? nil : Self.message("missing_files", "the package lacks \(missing.joined(separator: ", "))", missing)
    }

    /// What was read of a package.
    struct Contents: Sendable {
        /// With the lengths of the files.
        var sizes: [String: Int64]
        var descriptor: Result<Descriptor, DescriptorError>?
        var manifest: (Result<Manifest, ManifestError>, bytes: [UInt8])?
        var certificate: Result<CertificateFile, CertificateFileError>?
        /// Of the files that the manifest lists, in its algorithms.
        var digests: [String: [DigestAlgorithm: String]] = [:]
    }

    /// Nothing is to be said.
    init() {}

    init(_ layout: Result<PackageLayout, PackageLayoutError>, _ contents: Contents) {
        let names: PackageLayout
        switch layout {
        case .success(let layout): names = layout
        case .failure(let error):
            invalid = [Invalid(name: contents.sizes.keys.min() ?? "", why: Self.message("not_a_package", "\(error)"))]
            return
        }
        guard case .files(let descriptorName) = names.form else { return }
        switch contents.descriptor {
        case .failure(let error)?: note(descriptorName, "invalid_descriptor", "the descriptor cannot be read: \(error)")
        case .success(let descriptor)?: check(descriptor, contents.sizes)
        case nil: break
        }
        if let name = names.manifest, let (manifest, bytes) = contents.manifest {
            switch manifest {
            case .failure(let error): note(name, "invalid_manifest", "the manifest cannot be read: \(error)")
            case .success(let manifest): check(manifest, contents)
            }
            check(contents.certificate, names.certificate, of: bytes)
        } else if let name = names.certificate {
            note(name, "certificate_without_manifest", "a certificate signs a manifest, and there is none")
        }
        missing = Set(missing).sorted()
        invalid.sort { ($0.name, $0.why.id) < ($1.name, $1.why.id) }
    }

    private mutating func check(_ descriptor: Descriptor, _ sizes: [String: Int64]) {
        let check = PackageCheck(descriptor, present: sizes.mapValues { $0 })
        missing = check.missing
        for wrong in check.wrongSizes {
            note(wrong.name, "size_mismatch", "the descriptor says \(wrong.stated) bytes, it has \(wrong.actual)")
        }
    }

    private mutating func check(_ manifest: Manifest, _ contents: Contents) {
        let check = ManifestCheck(manifest, files: contents.digests)
        missing += check.missing
        for mismatch in check.mismatches {
            invalid.append(
                Invalid(
                    name: mismatch.name,
                    why: Message(
                        id: "com.vmware.ovfs.ovfs-main.ovfs.invalid_manifest_checksum_mismatch",
                        defaultMessage: "\(mismatch.algorithm.rawValue) in the manifest is \(mismatch.listed), of the file \(mismatch.actual)",
                        args: [mismatch.name, mismatch.listed, mismatch.actual])))
        }
        for name in check.unproven { note(name, "digest_unknown", "its digest could not be taken") }
    }

    private mutating func check(_ parsed: Result<CertificateFile, CertificateFileError>?, _ name: String?, of manifest: [UInt8]) {
        guard let name, let parsed else { return }
        do {
            let file = try parsed.get()
            try file.verify(manifest: manifest)
            signature = file
        } catch {
            note(name, "invalid_certificate", "\(error)")
        }
    }

    private mutating func note(_ name: String, _ id: String, _ text: String) { invalid.append(Invalid(name: name, why: Self.message(id, text, [name]))) }
    private static func message(_ id: String, _ text: String, _ args: [String] = []) -> Message {
        Message(id: "clsyncd.library.\(id)", defaultMessage: text, args: args)
    }
}

extension APIError {
    /// The messages are a stack, as a vCenter's: what failed, then each cause.
    static func packageIncomplete(_ findings: PackageFindings) -> APIError {
        let (missing, invalid) = (findings.missing.joined(separator: " "), Set(findings.invalid.map(\.name)).sorted().joined(separator: " "))
        let head = Message(
            id: "com.vmware.vdcs.cls-main.session_has_missing_or_invalid_files",
            defaultMessage: "The package is not whole. Missing: \(missing.isEmpty ? "none" : missing). Invalid: \(invalid.isEmpty ? "none" : invalid).",
            args: [missing, invalid])
        return APIError(
            .notAllowedInCurrentState,
            [head] + findings.invalid.map { Message(id: $0.why.id, defaultMessage: "\($0.name): \($0.why.defaultMessage)", args: $0.why.args) })
    }
}
