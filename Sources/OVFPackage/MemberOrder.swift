/// Which members an OVA may have, and in which order (DSP0243 2.1, "Distribution as a single file").
///
/// The descriptor is first. The manifest and the certificate, in any order, stand either right behind it, as VMware's tools write them, or behind
/// all other files, as a writer must who computes the digests as it goes. The standard has the others in the order of the References section;
/// not all writers do, and no reader that takes members as they come needs it, so they may come in any.
struct MemberOrder {
    private enum Place { case start, head, files, tail }

    let maximumMembers: Int
    private var place = Place.start
    private var names: Set<String> = []
    private var kinds: Set<PackageFile> = []

    init(maximumMembers: Int) { self.maximumMembers = maximumMembers }

    /// Takes the next member.
    mutating func take(_ name: String) throws(ArchiveError.Problem) {
        let kind = PackageFile(name: name)
        guard names.insert(name).inserted else { throw .duplicate }
        guard names.count <= maximumMembers else { throw .tooManyMembers(limit: maximumMembers) }
        switch (place, kind) {
        case (.start, .descriptor): place = .head
        case (.start, _): throw .descriptorNotFirst
        case (_, .descriptor): throw .secondDescriptor
        case (_, .manifest), (_, .certificate):
            guard kinds.insert(kind).inserted else { throw .second(kind) }
            if place == .files { place = .tail }
        case (.tail, _): throw .afterManifest
        case (.head, _), (.files, _): place = .files
        }
    }
}
