import OVFPackage

/// How an item's type treats the files of its update sessions.
enum ItemKind: Sendable, Hashable {
    /// Type `ovf`: its files are one OVF package, checked as a whole.
    case package
    /// Any other type: each file stands for itself.
    case plain

    init(type: String) { self = type == "ovf" ? .package : .plain }

    /// Whether the members of a file of the name are received in its place.
    func unpacks(_ name: String) -> Bool { self == .package && PackageFile(name: name) == .archive }

    /// Whether a file of the name stays with the item. The others serve the session only: manifest and certificate to check the package, an
    /// archive to bring its members.
    func keeps(_ name: String) -> Bool {
        guard self == .package else { return true }
        return switch PackageFile(name: name) {
        case .manifest, .certificate, .archive: false
        case .descriptor, .other: true
        }
    }
}
