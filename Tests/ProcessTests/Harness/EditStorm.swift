import Glibc

/// Random edits of a mirrored directory, as people and programs make them. The same seed makes the same edits.
struct EditStorm: Sendable {
    let seed: UInt64
    /// What was done, for the message of a failure.
    private(set) var log: [String] = []
    private var random: SplitMix64
    private let tree: SourceTree
    /// The names of the files by item, as they are.
    private var items: [String: [String]] = [:]

    /// `CLSYNCD_SEED`, which is added to the seeds of the tests: to look for what other seeds find.
    static let seedOffset = getenv("CLSYNCD_SEED").flatMap { UInt64(String(cString: $0)) } ?? 0

    /// Never edited: a tree that is empty altogether would be held.
    static let anchor = "anchor"
    private static let names = ["disk.img", "notes.txt", "a b.bin", "v#1.bin", "50%.dat", "größe.bin", "initrd", "vmlinuz-6.1", "list.csv", "z.tar.gz"]

    init(seed: UInt64, _ tree: SourceTree) throws {
        (self.seed, self.tree) = (seed, tree)
        random = SplitMix64(seed: seed)
        try tree.write("\(Self.anchor)/file", "anchor")
        for _ in 0..<20 { try create() }
    }

    mutating func run(_ count: Int) throws { for _ in 0..<count { try edit() } }

    mutating func edit() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<26: try create()
        case 26..<40: try append()
        case 40..<56: try replace()
        case 56..<63: try truncate()
        case 63..<75: try delete()
        case 75..<83: try move()
        case 83..<87: try nest()
        case 87..<92: try touch()
        case 92..<96: try renameItem()
        case 96..<98: try deleteItem()
        default: try makeItem()
        }
    }

    // MARK: choices

    private mutating func anyItem() -> String { "item-\(Int.random(in: 0..<14, using: &random))" }
    private mutating func anyName() -> String { Self.names[Int.random(in: 0..<Self.names.count, using: &random)] }
    /// Mostly small, now and then large enough to be on its way for a while.
    private mutating func anyContent() -> [UInt8] {
        let large = Int.random(in: 0..<40, using: &random) == 0
        return random.bytes(Int.random(in: 0...(large ? 400_000 : 6_000), using: &random))
    }
    private mutating func anyFile() -> (item: String, name: String)? {
        let filled = items.filter { !$0.value.isEmpty }.keys.sorted()
        guard let item = filled.randomElement(using: &random), let name = items[item]?.randomElement(using: &random) else { return nil }
        return (item, name)
    }
    /// Keeps a line, with the time of day as the logs of the processes have it.
    mutating func note(_ text: String) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = [now.tv_sec / 3600 % 24, now.tv_sec / 60 % 60, now.tv_sec % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        log.append("\(time).\("\(1000 + now.tv_nsec / 1_000_000)".dropFirst()) \(text)")
    }
    private mutating func has(_ item: String, _ name: String) { if items[item]?.contains(name) != true { items[item, default: []].append(name) } }
    private mutating func hasNot(_ item: String, _ name: String) { items[item]?.removeAll { $0 == name } }

    // MARK: edits

    private mutating func create() throws {
        let (item, name, content) = (anyItem(), anyName(), anyContent())
        note("write \(item)/\(name) \(content.count)")
        try tree.write("\(item)/\(name)", content)
        has(item, name)
    }

    private mutating func append() throws {
        guard let (item, name) = anyFile() else { return try create() }
        let content = anyContent()
        note("append \(item)/\(name) \(content.count)")
        try tree.append("\(item)/\(name)", content)
    }

    private mutating func replace() throws {
        guard let (item, name) = anyFile() else { return try create() }
        let content = anyContent()
        note("replace \(item)/\(name) \(content.count)")
        try tree.replace("\(item)/\(name)", content)
    }

    private mutating func truncate() throws {
        guard let (item, name) = anyFile() else { return try create() }
        let length = Int.random(in: 0..<3000, using: &random)
        note("truncate \(item)/\(name) \(length)")
        try tree.truncate("\(item)/\(name)", to: length)
    }

    private mutating func delete() throws {
        guard let (item, name) = anyFile() else { return try create() }
        note("delete \(item)/\(name)")
        tree.remove("\(item)/\(name)")
        hasNot(item, name)
    }

    private mutating func move() throws {
        guard let (item, name) = anyFile(), let target = items.keys.sorted().randomElement(using: &random) else { return try create() }
        let newName = anyName()
        note("move \(item)/\(name) \(target)/\(newName)")
        try tree.rename("\(item)/\(name)", "\(target)/\(newName)")
        hasNot(item, name)
        has(target, newName)
    }

    private mutating func nest() throws {
        let item = anyItem()
        note("nest \(item)/deep/er")
        try tree.write("\(item)/deep/er/file", random.bytes(100))
        items[item, default: []] += []
    }

    private mutating func touch() throws {
        guard let (item, name) = anyFile() else { return try create() }
        note("touch \(item)/\(name)")
        try tree.touch("\(item)/\(name)")
    }

    private mutating func renameItem() throws {
        let target = anyItem()
        guard items[target] == nil, let item = items.keys.sorted().randomElement(using: &random) else { return try replace() }
        note("rename \(item) \(target)")
        try tree.rename(item, target)
        items[target] = items.removeValue(forKey: item)
    }

    private mutating func deleteItem() throws {
        guard let item = items.keys.sorted().randomElement(using: &random) else { return try create() }
        note("delete \(item)")
        tree.remove(item)
        items[item] = nil
    }

    private mutating func makeItem() throws {
        let item = anyItem()
        note("mkdir \(item)")
        try tree.makeDirectory(item)
        items[item, default: []] += []
    }

    /// The seed, and the last edits, of one item or of all.
    func history(of item: String? = nil) -> String {
        let edits = log.filter { line in item.map { line.contains("\($0)/") || line.hasSuffix($0) || line.contains("KILL") } ?? true }
        return (["seed \(seed), \(log.count) edits, the last\(item.map { " of \($0)" } ?? ""):"] + edits.suffix(60)).joined(separator: "\n")
    }
}
