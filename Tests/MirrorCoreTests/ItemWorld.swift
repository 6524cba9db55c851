import ContentLibraryAPI

@testable import MirrorCore

/// One item in a small world: its files on disk, our record, and a server that knows who wrote each file, which no plan can see.
///
/// A publish happens at once and whole. Sessions, sizes, several items, renames and the guard over all deletions are not modelled.
struct ItemWorld {
    enum Author { case us, rival }
    struct DiskFile: Hashable {
        var content: Int
        /// Changes of status without a change of content.
        var touches: Int64 = 0
        var isSettled = true
        /// When it was written: no two writes have one time.
        var time: Int64
    }
    struct ServerFile: Hashable {
        var content: Int
        var version: Int
        var author: Author
    }
    struct Server: Hashable {
        var id: Item.ID
        var type: String?
        var contentVersion = 1
        var files: [String: ServerFile] = [:]
    }
    /// What the server tells: it shows every change by one of these at least.
    struct Manners: Hashable {
        var checksum: ServerManner
        var movesFileVersions: Bool
        var tellsContentVersion: Bool
        /// Of one list in three, a file's checksum is missing.
        var forgetsChecksums: Bool
    }

    var rules = MirrorRules(name: "isos", path: "/srv/isos", library: "ISO images")
    var manners: Manners
    /// Nil without a directory.
    var disk: [String: DiskFile]?
    var type: String?
    var unmanagedFiles: Set<String> = []
    var itemIsUnmanaged = false
    var listingIsComplete = true
    var rootIsProven = true
    var mountChanged = false
    var isRemovableAsExtraneous = false
    var hasOpenIntent = false
    var base: BaseItem?
    var server: Server?
    var approvals: [Approval] = []
    /// The remote files that a person has said may be overwritten, as they were when they were shown.
    private(set) var released: [String: Set<ServerFile>] = [:]
    var repairs = 0
    private var clock: Int64 = 0
    private var items = 0

    init(manners: Manners) { self.manners = manners }

    mutating func tick() -> Int64 {
        clock += 1
        return clock
    }
    mutating func newItem(_ files: [String: ServerFile], type: String?) {
        items += 1
        server = Server(id: Item.ID(rawValue: "item-\(items)"), type: type, files: files)
    }

    // MARK: what a plan sees

    func situation(using random: inout SplitMix64) -> ItemSituation {
        var situation = ItemSituation(item: ItemSides.item, local: itemIsUnmanaged ? nil : localItem, base: base, remote: remoteItem(using: &random))
        if itemIsUnmanaged { situation.unmanaged = Unmanaged(path: .root, reason: .excluded) }
        situation.localIsProven = rootIsProven
        for (name, file) in disk ?? [:] where !file.isSettled { situation.unsettled[name] = "being written" }
        situation.intended = hasOpenIntent ? Set(situation.local?.files.keys.map { $0 } ?? []) : nil
        situation.approvals = approvals
        situation.repairs = repairs
        situation.mountChanged = mountChanged
        situation.isRemovableAsExtraneous = isRemovableAsExtraneous
        return situation
    }

    func localFile(_ name: String) -> LocalFile? {
        guard let file = disk?[name] else { return nil }
        return LocalFile(
            name: name, path: ItemSides.path(name), fingerprint: Fingerprint(size: 100, modified: file.time, changed: file.time + file.touches, inode: 7))
    }
    private var localItem: LocalItem? {
        guard let disk else { return nil }
        let managed = disk.keys.filter { !unmanagedFiles.contains($0) }
        return LocalItem(
            name: ItemSides.item, type: type, directory: .root, identity: nil,
            files: Dictionary(uniqueKeysWithValues: managed.compactMap { name in localFile(name).map { (name, $0) } }),
            unmanaged: Dictionary(uniqueKeysWithValues: unmanagedFiles.map { ($0, Unmanaged(path: ItemSides.path($0), reason: .excluded)) }),
            listingIsComplete: listingIsComplete)
    }
    private func remoteFile(_ name: String, _ file: ServerFile, using random: inout SplitMix64) -> RemoteFile {
        let isForgotten = manners.forgetsChecksums && Int.random(in: 0..<3, using: &random) == 0
        return (isForgotten ? .nothing : manners.checksum).remote(name, file.content, version: "\(manners.movesFileVersions ? file.version : 1)")
    }
    private var token: ChangeToken {
        ChangeToken(contentVersion: manners.tellsContentVersion ? server.map { "\($0.contentVersion)" } : nil, lastModified: Timestamp(milliseconds: clock))
    }
    private func remoteItem(using random: inout SplitMix64) -> RemoteItem? {
        guard let server else { return nil }
        var files: [String: RemoteFile] = [:]
        for (name, file) in server.files.sorted(by: { $0.key < $1.key }) { files[name] = remoteFile(name, file, using: &random) }
        return RemoteItem(id: server.id, name: ItemSides.item, type: server.type, token: token, files: files)
    }

    /// The plan with every content read that it asks for, as the engine reads them.
    func resolvedPlan(_ situation: inout ItemSituation) -> ItemPlan {
        let reconciler = Reconciler(rules: rules)
        var plan = reconciler.plan(situation)
        for _ in 0..<3 {
            for unknown in plan.unknowns {
                guard let file = disk?[unknown.name] else { continue }
                switch unknown.action {
                case .hash(let algorithms):
                    for algorithm in algorithms { situation.checksums[unknown.name, default: Checksums()].insert(digest(of: file.content, algorithm)) }
                case .download:
                    situation.checksums[unknown.name, default: Checksums()].insert(digest(of: file.content, .sha256))
                    situation.downloaded[unknown.name] = server?.files[unknown.name]?.content == file.content
                default: continue
                }
            }
            plan = reconciler.plan(situation)
        }
        return plan
    }

    /// A person approves what is shown, and the approval stays.
    mutating func approve(_ plan: ItemPlan) {
        approvals += plan.holds.map(Approval.init)
        if plan.holds.contains(where: { $0.kind == .rivalWriter }) { repairs = 0 }
        for decision in plan.files where decision.row == .conflict && decision.action == .hold {
            if let file = server?.files[decision.name] { released[decision.name, default: []].insert(file) }
        }
    }

    // MARK: what a plan does

    /// Carries the plan out and records it, as the publisher and the journal do.
    mutating func apply(_ plan: ItemPlan, _ situation: ItemSituation, using random: inout SplitMix64) {
        if plan.sends.contains(where: { $0.row == .drift || $0.row == .lost }) { repairs += 1 }
        switch plan.fate {
        case .delete: return (server, base) = (nil, nil)
        case .forget: return base = nil
        case .create: newItem([:], type: plan.type)
        case .keep, .refuse: break
        }
        guard server != nil else { return }
        if plan.retypes { server?.type = plan.type }
        let removals = plan.removals
        for name in removals.map(\.name) { server?.files[name] = nil }
        for name in plan.sends.map(\.name) {
            guard let file = disk?[name] else { continue }
            let version = Int(tick())
            server?.files[name] = ServerFile(content: file.content, version: version, author: .us)
        }
        // What is adopted counts as ours from here on.
        for name in plan.adoptions.map(\.name) { server?.files[name]?.author = .us }
        if !plan.sends.isEmpty || !removals.isEmpty { server?.contentVersion += 1 }
        guard base != nil || !plan.adoptions.isEmpty || !plan.sends.isEmpty, let remote = remoteItem(using: &random) else { return }
        hasOpenIntent = false
        base = BaseItem(
            id: remote.id, name: ItemSides.item, type: remote.type, token: remote.token, directory: nil,
            files: plan.files.reduce(into: [:]) { $0[$1.name] = record($1, remote, situation, using: &random) })
    }

    private func record(_ decision: FileDecision, _ remote: RemoteItem, _ situation: ItemSituation, using random: inout SplitMix64) -> BaseFile? {
        switch decision.action {
        case .send, .adopt:
            guard let local = decision.local, let file = disk?[decision.name], let theirs = remote.files[decision.name] else { return decision.base }
            var checksums = situation.checksums[decision.name] ?? Checksums()
            // Of what is sent one digest is taken on the way; of what is adopted there is what the list said.
            if decision.action == .send { checksums.insert(digest(of: file.content, Bool.random(using: &random) ? .sha1 : .sha256)) }
            if let checksum = theirs.checksum { checksums.insert(checksum) }
            return BaseFile(name: local.name, path: local.path, fingerprint: local.fingerprint, checksums: checksums, remote: theirs)
        case .nothing, .refresh:
            guard var base = decision.base else { return nil }
            if let local = decision.local { base.fingerprint = local.fingerprint }
            if let theirs = remote.files[decision.name] { base.remote = theirs }
            return base
        case .remove, .forget: return nil
        case .hold, .wait, .report, .leave, .hash, .download: return decision.base
        }
    }
}

// MARK: what happens in it

extension ItemWorld {
    static let names = ["a.iso", "b.iso", "c.iso", "d.iso"]

    static func random(using random: inout SplitMix64) -> ItemWorld {
        func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
        var manners = Manners(
            checksum: ServerManner.allCases.randomElement(using: &random) ?? .checksum, movesFileVersions: !chance(3), tellsContentVersion: !chance(3),
            forgetsChecksums: chance(4))
        // Contract of the API: a change shows in the list or in the item.
        if !manners.movesFileVersions { manners.tellsContentVersion = true }
        var world = ItemWorld(manners: manners)
        world.rules.delete = chance(4) ? .keep : .mirror
        world.rules.drift = chance(4) ? .report : .repair
        world.rules.extraneous = chance(3) ? .remove : .keep
        world.rules.adopt = chance(3) ? .download : .checksum
        world.rules.fingerprint = chance(3) ? [.size, .modified, .inode] : .all
        world.isRemovableAsExtraneous = chance(2)
        world.repairs = Int.random(in: 0...3, using: &random)
        for _ in 0..<Int.random(in: 0..<8, using: &random) { world.happen(using: &random) }
        return world
    }

    /// Something happens here, at the server, or between them.
    mutating func happen(using random: inout SplitMix64) {
        let name = Self.names.randomElement(using: &random) ?? "a.iso"
        let content = Int.random(in: 1...3, using: &random)
        switch Int.random(in: 0..<24, using: &random) {
        case 0...4:
            let file = DiskFile(content: content, isSettled: Int.random(in: 0..<4, using: &random) > 0, time: tick() * 1000)
            disk = (disk ?? [:]).merging([name: file]) { $1 }
        case 5: for name in disk?.keys.sorted() ?? [] { disk?[name]?.isSettled = true }
        case 6: disk?[name]?.touches += 1
        case 7, 8: disk?[name] = nil
        case 9: disk = disk == nil ? [:] : nil
        // What keeps a pass from acting is there now and then, and goes.
        case 10: unmanagedFiles = Bool.random(using: &random) ? [name] : []
        case 11: itemIsUnmanaged = !itemIsUnmanaged && Int.random(in: 0..<3, using: &random) == 0
        case 12: listingIsComplete = !listingIsComplete || Int.random(in: 0..<3, using: &random) > 0
        case 13: rootIsProven = !rootIsProven || Int.random(in: 0..<3, using: &random) > 0
        case 14: mountChanged.toggle()
        case 15, 16: rivalWrites(name, content)
        case 17:
            // Both sides get the same new file.
            let time = tick() * 1000
            if disk?[name] != nil { disk?[name] = DiskFile(content: content, time: time) }
            rivalWrites(name, content)
        case 18:
            if server?.files.removeValue(forKey: name) != nil { server?.contentVersion += 1 }
        case 19: server = nil
        case 20:
            // Somebody made an item of the name anew.
            if server == nil || Int.random(in: 0..<3, using: &random) == 0 {
                newItem([:], type: [nil, nil, nil, "iso", "ovf", "vm-template"].randomElement(using: &random) ?? nil)
            }
            rivalWrites(name, content)
        case 21: repairs = 0
        case 22: type = type == nil ? "iso" : nil
        default: hasOpenIntent.toggle()
        }
    }

    private mutating func rivalWrites(_ name: String, _ content: Int) {
        guard server != nil else { return }
        let version = Int(tick())
        server?.files[name] = ServerFile(content: content, version: version, author: .rival)
        server?.contentVersion += 1
    }
}
