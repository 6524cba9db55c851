/// Gathers a `Descriptor` from the elements of a document.
final class DescriptorReader: XMLReceiver {
    private static let maximumProductLength = 1024

    private let limits: DescriptorLimits
    /// The local names from the root to the current element; empty for one of another namespace.
    private var path: [String] = []
    private var generation: Descriptor.Generation?
    /// Where the envelope begins.
    private var start = TextPosition(line: 1, column: 1)
    private var version: String?
    private var files: [ReferencedFile] = []
    private var disks: [(disk: Descriptor.Disk, position: TextPosition)] = []
    private var lineOfID: [String: Int] = [:]
    private var lineOfName: [String: Int] = [:]
    private var hasReferences = false
    private var productName: String?
    /// The text of a Product element that is open.
    private var product: [UInt8]?

    init(limits: DescriptorLimits) { self.limits = limits }

    func start(_ name: XMLName, _ attributes: XMLAttributes, at position: TextPosition) throws(DescriptorError) {
        guard let generation else { return try startEnvelope(name, attributes, at: position) }
        // The draft's schema leaves all elements but the root in no namespace, and not only its tools write them so.
        path.append(name.namespace == generation.rawValue || name.namespace.isEmpty ? name.local : "")
        if path == ["Envelope", "References"] { hasReferences = true }
        if path == ["Envelope", "References", "File"] {
            try add(file(attributes, at: position))
        } else if path.count == 3, path[2] == "Disk", path[1] == "DiskSection" || path[1] == "Section" {
            guard let id = value("diskId", attributes) else { throw DescriptorError(.missingAttribute("diskId", element: "Disk"), position) }
            let disk = Descriptor.Disk(
                id: id, file: value("fileRef", attributes), format: value("format", attributes),
                capacity: value("capacity", attributes))
            disks.append((disk, position))
        } else if name.local == "Product", productName == nil, path.last == "Product",
            path.dropLast().last == "ProductSection" || path.dropLast().last == "Section"
        {
            product = []
        }
    }

    private func startEnvelope(_ name: XMLName, _ attributes: XMLAttributes, at position: TextPosition) throws(DescriptorError) {
        guard name.local == "Envelope", let generation = Descriptor.Generation(rawValue: name.namespace) else {
            throw DescriptorError(.notAnEnvelope(name: name.local, namespace: name.namespace), position)
        }
        (self.generation, start) = (generation, position)
        version = value("version", attributes)
        path = [name.local]
    }

    func text(_ bytes: UnsafeRawBufferPointer) {
        guard let gathered = product?.count, path.last == "Product" else { return }
        product?.append(contentsOf: bytes.prefix(Self.maximumProductLength - gathered))
    }

    func end() {
        if path.popLast() == "Product", let product {
            // Cut at a limit, the last character may be half there.
            let text = String(decoding: product, as: UTF8.self)
            let blank: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
            let trimmed = String(String.UnicodeScalarView(text.unicodeScalars.drop(while: blank).reversed().drop(while: blank).reversed()))
            if !trimmed.isEmpty { productName = trimmed }
            self.product = nil
        }
    }

    /// The descriptor, once the document has ended.
    func finish() throws(DescriptorError) -> Descriptor {
        guard let generation else { throw DescriptorError(.notWellFormed("no element found"), start) }
        guard hasReferences else { throw DescriptorError(.noReferences, start) }
        for (disk, position) in disks {
            if let file = disk.file, lineOfID[file] == nil { throw DescriptorError(.unknownFile(id: file, disk: disk.id), position) }
        }
        return Descriptor(generation: generation, version: version, files: files, disks: disks.map(\.disk), productName: productName)
    }

    /// DSP0243 qualifies its attributes; some writers leave the prefix out, which means the same.
    private func value(_ name: String, _ attributes: XMLAttributes) -> String? {
        attributes[name, in: generation?.rawValue ?? ""] ?? attributes[name, in: ""]
    }

    private func file(_ attributes: XMLAttributes, at position: TextPosition) throws(DescriptorError) -> ReferencedFile {
        guard let id = value("id", attributes) else { throw DescriptorError(.missingAttribute("id", element: "File"), position) }
        guard let href = value("href", attributes) else { throw DescriptorError(.missingAttribute("href", element: "File"), position) }
        let size = try number("size", attributes, atLeast: 0, at: position)
        let chunkSize = try number("chunkSize", attributes, atLeast: 1, at: position)
        let compression: ReferencedFile.Compression =
            switch value("compression", attributes) {
            case nil, "", "identity": .identity
            case "gzip": .gzip
            case .some(let text): .other(text)
            }
        return ReferencedFile(
            id: id, href: href, location: try location(href, size: size, chunkSize: chunkSize, at: position), size: size, compression: compression,
            position: position)
    }

    private func location(_ href: String, size: Int64?, chunkSize: Int64?, at position: TextPosition) throws(DescriptorError) -> ReferencedFile.Location {
        let name: ReferencedFile.Name
        do { name = try ReferencedFile.name(of: href) } catch {
            switch error {
            case .name(let problem): throw DescriptorError(.badReference(href: href, problem), position)
            case .scheme(let scheme): throw DescriptorError(.unusableScheme(href: href, scheme: scheme), position)
            }
        }
        switch (name, chunkSize) {
        case (.external, _): return .external(url: href)
        case (.file(let name), nil): return .file(name)
        case (.file(let name), .some(let chunk)):
            let chunkName = ReferencedFile.chunkName(of: name, 0)
            if let problem = FileNameRule.problem(of: chunkName) { throw DescriptorError(.badReference(href: href, problem), position) }
            // An empty file is one empty chunk.
            let count = size.map { max(1, $0 / chunk + ($0 % chunk == 0 ? 0 : 1)) }
            guard let count else { return .chunks(of: name, size: chunk, count: nil) }
            guard count <= limits.maximumFiles else { throw DescriptorError(.tooManyFiles(limit: limits.maximumFiles), position) }
            return .chunks(of: name, size: chunk, count: Int(count))
        }
    }

    private func number(_ name: String, _ attributes: XMLAttributes, atLeast minimum: Int64, at position: TextPosition) throws(DescriptorError) -> Int64? {
        guard let text = value(name, attributes) else { return nil }
        // The schema's whole numbers may have blanks around them, and as unsigned ones no sign.
        let digits = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        guard digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let number = Int64(digits), number >= minimum else {
            throw DescriptorError(.badNumber(text, attribute: name), position)
        }
        return number
    }

    private func add(_ file: ReferencedFile) throws(DescriptorError) {
        if let line = lineOfID.updateValue(file.position.line, forKey: file.id) {
            throw DescriptorError(.duplicateFileID(file.id, firstLine: line), file.position)
        }
        let names = if case .external(let url) = file.location { [url] } else { file.names }
        for name in names {
            if let line = lineOfName.updateValue(file.position.line, forKey: name) {
                throw DescriptorError(.duplicateReference(href: file.href, firstLine: line), file.position)
            }
        }
        guard lineOfName.count <= limits.maximumFiles else { throw DescriptorError(.tooManyFiles(limit: limits.maximumFiles), file.position) }
        files.append(file)
    }
}
