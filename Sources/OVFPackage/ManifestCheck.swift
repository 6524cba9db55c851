import Digests

/// A manifest against the digests that the files have.
///
/// Names that Unicode holds for canonically equivalent are the same name.
public struct ManifestCheck: Sendable, Equatable {
    public struct Mismatch: Sendable, Equatable {
        public let name: String
        public let algorithm: DigestAlgorithm
        public let listed: String
        public let actual: String
    }

    /// Files whose digest is another, sorted by name.
    public private(set) var mismatches: [Mismatch] = []
    /// Entries of the manifest for which no file was given, in its order.
    public private(set) var missing: [String] = []
    /// Files that the manifest does not list, sorted. DSP0243 has it list all but itself and the certificate, which are left out here.
    public private(set) var unlisted: [String] = []
    /// Files that it lists, but whose digest was not given in its algorithm, sorted: nothing is known of them.
    public private(set) var unproven: [String] = []

    /// Whether every entry was compared and is right. Unlisted files are the caller's to judge.
    public var isGood: Bool { mismatches.isEmpty && missing.isEmpty && unproven.isEmpty }

    /// `files`: by name, the digests that were computed, as hexadecimal digits of either case.
    public init(_ manifest: Manifest, files: [String: [DigestAlgorithm: String]]) {
        var seen: Set<Int> = []
        for name in files.keys.sorted() {
            guard let entry = manifest[name] else {
                if ![.manifest, .certificate].contains(PackageFile(name: name)) { unlisted.append(name) }
                continue
            }
            seen.insert(entry.line)
            guard let actual = files[name]?[entry.algorithm]?.lowercased() else {
                unproven.append(name)
                continue
            }
            if actual != entry.hex { mismatches.append(Mismatch(name: name, algorithm: entry.algorithm, listed: entry.hex, actual: actual)) }
        }
        missing = manifest.entries.filter { !seen.contains($0.line) }.map(\.name)
    }
}
