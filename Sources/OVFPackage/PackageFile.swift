/// What the name of a file says of its part in an OVF package (DSP0243, "OVF package structure"). Case does not matter.
public enum PackageFile: Sendable, Hashable, CaseIterable {
    /// `.mf`
    case manifest
    /// `.cert`
    case certificate
    /// `.ovf`
    case descriptor
    /// `.ova`
    case archive
    /// Disks, images and whatever else a descriptor references.
    case other

    /// The kind of the file of that name. A name that is nothing but the suffix has no kind.
    public init(name: String) {
        let suffixes: [(String, PackageFile)] = [(".mf", .manifest), (".cert", .certificate), (".ovf", .descriptor), (".ova", .archive)]
        let lowercased = name.lowercased()
        self = suffixes.first { lowercased.hasSuffix($0.0) && lowercased.utf8.count > $0.0.utf8.count }?.1 ?? .other
    }

    /// The names in the order in which a content library takes them: `.mf`, `.cert`, `.ovf`, then the rest as given.
    ///
    /// Since vSphere 6.8 a manifest or a certificate that comes after the descriptor is refused.
    public static func uploadOrder(_ names: some Sequence<String>) -> [String] {
        let names = Array(names)
        let first: [PackageFile] = [.manifest, .certificate, .descriptor]
        return first.flatMap { kind in names.filter { PackageFile(name: $0) == kind } } + names.filter { !first.contains(PackageFile(name: $0)) }
    }
}
