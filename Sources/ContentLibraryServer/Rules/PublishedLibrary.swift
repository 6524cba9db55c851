import ContentLibraryAPI

/// A published library as its descriptor, `lib.json`, has it. Publishers write numbers as numbers or as text.
struct PublishedLibrary: Sendable, Hashable {
    let id: String
    let name: String
    /// Moves whenever anything does.
    let version: String
    /// Where the index is, from the descriptor's own address.
    let itemsHref: String

    init(parsing bytes: [UInt8]) throws(PublishedError) {
        let json = try PublishedError.json(bytes, "the descriptor")
        guard case .object = json else { throw PublishedError("the descriptor is not an object") }
        if let message = json["maintenanceMessage"]?.text, !message.isEmpty { throw PublishedError("the publisher is in maintenance: \(message)") }
        (id, name) = (try PublishedError.text(json, "id", "the descriptor"), json["name"]?.text ?? "")
        version = try PublishedError.word(json, "version", "the descriptor")
        itemsHref = try PublishedError.text(json, "itemsHref", "the descriptor")
    }
}

/// An item of the publisher's index.
struct PublishedItem: Sendable, Hashable {
    let id: String
    let name: String
    let description: String
    /// As items here have it: `ovf`, `iso`, or nothing in particular.
    let type: String
    /// Nil in an index that leaves the files to the item's own description, which lies at `selfHref`.
    let files: [PublishedFile]?
    let selfHref: String?
    private let version: String

    /// Changes when the content of the item does. Where the publisher says of a file neither `etag` nor `generationNum`, the item's version
    /// has to tell.
    func mark(_ files: [PublishedFile]) -> String {
        let lines = files.map { "\($0.name.utf8.count):\($0.name) \($0.size) \($0.mark ?? version)" }
        return lines.joined(separator: "\n")
    }

    /// Reads the index, `items.json`.
    static func index(parsing bytes: [UInt8]) throws(PublishedError) -> [PublishedItem] {
        let json = try PublishedError.json(bytes, "the index")
        guard case .array(let items)? = json["items"] else { throw PublishedError("the index has no list of items") }
        guard items.count <= maximumCount else { throw PublishedError("the index has \(items.count) items, more than \(maximumCount)") }
        var found: [PublishedItem] = []
        var ids: Set<String> = []
        for item in items {
            let item = try PublishedItem(item)
            guard ids.insert(item.id).inserted else { throw PublishedError("the index has the item \(item.id) twice") }
            found.append(item)
        }
        return found
    }

    static let maximumCount = 100_000

    /// Reads one item's own description.
    init(parsing bytes: [UInt8]) throws(PublishedError) { try self.init(try PublishedError.json(bytes, "an item's description")) }

    private init(_ json: JSON) throws(PublishedError) {
        id = try PublishedError.text(json, "id", "an item")
        name = try PublishedError.text(json, "name", "the item \(id)")
        description = json["description"]?.text ?? ""
        version = try PublishedError.word(json, "version", "the item \(id)")
        let kind = json["type"]?.text ?? ""
        let known = kind.hasPrefix("vcsp.") ? String(kind.dropFirst("vcsp.".count)) : kind
        type = known == "other" ? "" : known
        selfHref = json["selfHref"]?.text
        guard case .array(let list)? = json["files"] else {
            files = nil
            guard selfHref != nil else { throw PublishedError("the item \(id) has no files, nor an address of its own") }
            return
        }
        var files: [PublishedFile] = []
        for file in list { files.append(try PublishedFile(file, of: id)) }
        guard Set(files.map { Array($0.name.utf8) }).count == files.count else { throw PublishedError("the item \(id) has a file name twice") }
        self.files = files
    }
}

/// A file of a published item.
struct PublishedFile: Sendable, Hashable {
    let name: String
    /// In bytes; what comes must be as long.
    let size: Int64
    let href: String
    /// The publisher's own words for which content it is, of whatever form, if it has any.
    let mark: String?

    fileprivate init(_ json: JSON, of item: String) throws(PublishedError) {
        name = try PublishedError.text(json, "name", "a file of the item \(item)")
        let what = "the file \(name) of the item \(item)"
        do { try FileName.check(name) } catch { throw PublishedError("\(what) has a name that no file here can have") }
        let word = try PublishedError.word(json, "size", what)
        guard let size = Int64(word), size >= 0 else { throw PublishedError("\(what) has no size but \(word)") }
        self.size = size
        guard case .array(let hrefs)? = json["hrefs"], let href = hrefs.first?.text else { throw PublishedError("\(what) has no address") }
        self.href = href
        let words = ["etag", "generationNum"].map { json[$0].flatMap(PublishedError.word) ?? "" }
        mark = words.allSatisfy(\.isEmpty) ? nil : words.joined(separator: " ")
    }
}

/// What a publisher serves is no published library.
struct PublishedError: Error, Sendable, Hashable {
    let problem: String

    init(_ problem: String) { self.problem = String(problem.prefix(500)) }

    fileprivate static func json(_ bytes: [UInt8], _ what: String) throws(PublishedError) -> JSON {
        do { return try JSON(parsing: bytes, limits: .init(depth: 32)) } catch { throw PublishedError("\(what) is not JSON: \(error)") }
    }

    fileprivate static func text(_ json: JSON, _ name: String, _ what: String) throws(PublishedError) -> String {
        guard let text = json[name]?.text, !text.isEmpty else { throw PublishedError("\(what) has no \(name)") }
        return text
    }

    /// A number, or a text.
    fileprivate static func word(_ json: JSON, _ name: String, _ what: String) throws(PublishedError) -> String {
        guard let word = json[name].flatMap(word) else { throw PublishedError("\(what) has no \(name)") }
        return word
    }

    fileprivate static func word(_ json: JSON) -> String? {
        switch json {
        case .int(let number): String(number)
        case .string(let text): text
        default: nil
        }
    }
}
