import ContentLibraryAPI
import Testing

@testable import MirrorCore

/// What a server's lists tell of a file's content.
enum ServerManner: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case checksum = "a checksum"
    /// One that we take of no local file unless we are asked to.
    case otherAlgorithm = "a checksum of another algorithm"
    /// As real servers send it for what they have not digested yet.
    case emptyChecksum = "an empty checksum"
    case unknownAlgorithm = "a checksum of an unknown algorithm"
    case nothing = "no checksum"

    var testDescription: String { rawValue }
    /// Whether a list proves what a file holds.
    var proves: Bool { self == .checksum || self == .otherAlgorithm }

    func info(of content: Int) -> Item.File.ChecksumInfo? {
        switch self {
        case .checksum: .init(algorithm: nil, checksum: digest(of: content, .sha1).hex.uppercased())
        case .otherAlgorithm: .init(algorithm: .sha512, checksum: digest(of: content, .sha512).hex)
        case .emptyChecksum: .init(algorithm: .sha1, checksum: "")
        case .unknownAlgorithm: .init(algorithm: .init(rawValue: "BLAKE3"), checksum: digest(of: content, .sha1).hex)
        case .nothing: nil
        }
    }
    /// A file as its list has it. Storage used, which is all that `size` tells, is the same for every content.
    func remote(_ name: String, _ content: Int, version: String? = nil) -> RemoteFile {
        RemoteFile(Item.File.Info(checksumInfo: info(of: content), name: name, size: 4096, cached: true, version: version ?? "v\(content)"))
    }
}

/// Stands for the digest of a content, which is a number: equal where the contents are.
func digest(of content: Int, _ algorithm: ChecksumAlgorithm) -> Checksum {
    let algorithms = ChecksumAlgorithm.allCases
    return Checksum(algorithm, hex: String((content + 0xabc) * algorithms.count + (algorithms.firstIndex(of: algorithm) ?? 0), radix: 16))
}

/// The three sides of one item in few words, and the contents behind them. Contents are numbers and have one length: only a digest tells them apart.
struct ItemSides {
    static let item = "debian-12", id: Item.ID = "item-1"

    var manner: ServerManner
    var rules = MirrorRules(name: "isos", path: "/srv/isos", library: "ISO images")
    var situation: ItemSituation
    /// What the local files hold.
    private(set) var contents: [String: Int]
    /// What the server's files hold.
    private(set) var remoteContents: [String: Int]

    init(_ manner: ServerManner = .checksum, local: [String: Int]?, base: [String: Int]?, remote: [String: Int]?) {
        self.manner = manner
        (contents, remoteContents) = (local ?? [:], remote ?? [:])
        let token = ChangeToken(contentVersion: "7", lastModified: Timestamp(milliseconds: 1))
        let localItem = local.map { files in
            LocalItem(
                name: Self.item, type: nil, directory: RelativePath("debian-12") ?? .root, identity: Self.identity(device: 1),
                files: files.reduce(into: [:]) { $0[$1.key] = Self.local($1.key, $1.value) })
        }
        let baseItem = base.map { files in
            BaseItem(
                id: Self.id, name: Self.item, type: nil, token: token, directory: Self.identity(device: 1),
                files: files.reduce(into: [:]) { $0[$1.key] = Self.base($1.key, $1.value, manner) })
        }
        let remoteItem = remote.map { files in
            RemoteItem(
                id: Self.id, name: Self.item, type: nil, token: token, files: files.reduce(into: [:]) { $0[$1.key] = manner.remote($1.key, $1.value) })
        }
        situation = ItemSituation(item: Self.item, local: localItem, base: baseItem, remote: remoteItem)
    }

    static func identity(device: UInt64) -> DirectoryIdentity { DirectoryIdentity(device: device, inode: 40, born: 1, fileSystem: 0xef53) }
    static func path(_ name: String) -> RelativePath { RelativePath("debian-12/\(name)") ?? .root }
    /// The times tell the contents apart; `touches` is a change of status and of nothing else.
    static func fingerprint(of content: Int, touches: Int64 = 0) -> Fingerprint {
        Fingerprint(size: 100, modified: Int64(content) * 1000, changed: Int64(content) * 1000 + touches, inode: 7)
    }
    static func local(_ name: String, _ content: Int, touches: Int64 = 0) -> LocalFile {
        LocalFile(name: name, path: path(name), fingerprint: fingerprint(of: content, touches: touches))
    }
    static func base(_ name: String, _ content: Int, _ manner: ServerManner) -> BaseFile {
        BaseFile(
            name: name, path: path(name), fingerprint: fingerprint(of: content), checksums: Checksums([digest(of: content, .sha1)]),
            remote: manner.remote(name, content))
    }

    // MARK: variations

    func with(_ change: (inout ItemSides) -> Void) -> ItemSides {
        var sides = self
        change(&sides)
        return sides
    }
    /// The local file has another status, and the content it had.
    mutating func touch(_ name: String) { situation.local?.files[name]?.fingerprint.changed += 1 }
    /// The local file is another: time and content, and the length where it is given.
    mutating func write(_ name: String, _ content: Int, size: Int64 = 100) {
        situation.local?.files[name] = Self.local(name, content)
        situation.local?.files[name]?.fingerprint.size = size
        contents[name] = content
    }
    mutating func unmanage(_ name: String, _ reason: Unmanaged.Reason = .excluded) {
        situation.local?.files[name] = nil
        situation.local?.unmanaged[name] = Unmanaged(path: Self.path(name), reason: reason)
    }
    /// Somebody else's publish, as the item's version shows it. The file's own version need not move.
    mutating func moveRemoteItem() { situation.remote?.token.contentVersion = "8" }
    mutating func upload(_ name: String, _ content: Int, version: String? = nil) {
        situation.remote?.files[name] = manner.remote(name, content, version: version)
        remoteContents[name] = content
    }
    mutating func approve(_ holds: [Hold]) { situation.approvals += holds.map(Approval.init) }

    // MARK: plans

    var reconciler: Reconciler { Reconciler(rules: rules) }
    /// Without any content read.
    var firstPlan: ItemPlan { reconciler.plan(situation) }
    /// With what the plan asks for read, until it asks no more.
    var plan: ItemPlan { resolved().plan }

    func resolved(_ sourceLocation: SourceLocation = #_sourceLocation) -> (plan: ItemPlan, situation: ItemSituation) {
        var situation = situation
        var plan = reconciler.plan(situation)
        // One question for each of the two comparisons, base and remote, is all that there is to ask.
        for _ in 0..<2 {
            for unknown in plan.unknowns { answer(unknown, &situation) }
            plan = reconciler.plan(situation)
        }
        #expect(plan.unknowns.isEmpty, "it asks what it was told", sourceLocation: sourceLocation)
        return (plan, situation)
    }
    private func answer(_ unknown: FileDecision, _ situation: inout ItemSituation) {
        guard let content = contents[unknown.name] else { return }
        switch unknown.action {
        case .hash(let algorithms):
            for algorithm in algorithms { situation.checksums[unknown.name, default: Checksums()].insert(digest(of: content, algorithm)) }
        case .download: situation.downloaded[unknown.name] = remoteContents[unknown.name] == content
        default: return
        }
    }

    /// The one decision of an item with one file.
    func expect(
        _ row: DecisionRow, _ action: FileDecision.Action, of name: String = "a.iso", fate: ItemPlan.Fate = .keep, holds: [Hold.Kind] = [],
        _ sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let plan = resolved(sourceLocation).plan
        let decision = plan.files.first { $0.name == name }
        #expect(decision?.row == row, sourceLocation: sourceLocation)
        #expect(decision?.action == action, sourceLocation: sourceLocation)
        #expect(plan.fate == fate, sourceLocation: sourceLocation)
        #expect(plan.holds.map(\.kind) == holds, sourceLocation: sourceLocation)
    }
}
