import ContentLibraryAPI
import MirrorEngine

/// The lines of a status, put together again by mirror.
struct StatusReport {
    struct MirrorEntry {
        var name: String
        /// The mirror's own line.
        var line: JSON
        var items: [JSON] = []
        var transfers: [JSON] = []
        var passedOver: [JSON] = []

        /// Why the mirror could not be worked on.
        var problem: String? { line["state"]?.text == "failed" && line["hold"] == nil ? line["reason"]?.text : nil }
    }
    private(set) var mirrors: [MirrorEntry] = []

    init() {}
    init(_ lines: [ReportLine]) {
        for line in lines { if let json = try? JSON(parsing: line.json) { add(json) } }
    }

    mutating func add(_ line: JSON) {
        guard let name = line["mirror"]?.text else { return }
        if line["kind"]?.text == "mirror" { return mirrors.append(MirrorEntry(name: name, line: line)) }
        // A mirror's own line comes before those of its parts.
        guard let index = mirrors.lastIndex(where: { $0.name == name }) else { return }
        switch line["kind"]?.text {
        case "item": mirrors[index].items.append(line)
        case "transfer": mirrors[index].transfers.append(line)
        case "file": mirrors[index].passedOver.append(line)
        default: break
        }
    }
}

extension JSON {
    var number: Int64? { if case .int(let number) = self { number } else { nil } }
}
