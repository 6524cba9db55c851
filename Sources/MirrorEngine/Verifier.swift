import ContentLibraryAPI
import ContentLibraryClient
import LinuxHost
import MirrorCore
import MirrorJournal

/// Compares a mirror's local files with the server's own list, by checksum. Changes nothing, here or there.
public struct Verifier: Sendable {
    let rules: MirrorRules
    let client: ContentLibraryClient
    let journal: Journal
    /// Whether the hash cache may stand for reading the files.
    let trustsCache: Bool
    let disk: DiskThread

    public init(rules: MirrorRules, client: ContentLibraryClient, journal: Journal, trustsCache: Bool) throws {
        (self.rules, self.client, self.journal, self.trustsCache) = (rules, client, journal, trustsCache)
        disk = try DiskThread(name: "verify \(rules.name)")
    }

    /// - Parameter report: called for every file, item by item in the order of their names.
    /// - Throws: what keeps the whole mirror from being verified: `RootUnavailable`, `LibraryError`, errors of the client.
    public func run(_ report: (FileReport) async -> Void) async throws {
        defer { disk.close() }
        let record = try await journal.mirror(rules.name)
        let sameLibrary = record?.libraryName == rules.library || record?.key?.library.rawValue == rules.library
        let library = try await LibraryResolver(client: client).resolve(
            rules, recorded: sameLibrary ? record?.key?.library : nil, mayCreate: false, token: "")
        let base = try await journal.base(of: rules.name, in: LibraryKey(server: library.server, library: library.id))
        let local = try await scan(base)
        let reader = RemoteReader(client: client, library: library.id)
        let headers = try await reader.headers(of: reader.allIDs())
        let byID = Dictionary(headers.map { ($0.id, $0) }) { first, _ in first }
        let byName = Dictionary(headers.map { ($0.name, $0) }) { first, _ in first }
        for item in Set(local.items.keys).union(base.keys).sorted() {
            let header = base[item].flatMap { byID[$0.id] } ?? byName[item]
            let remote = if let header { try await reader.item(header) } else { nil as RemoteItem? }
            if local.unmanagedItems[item] != nil { continue }
            for line in try await compare(item, local, base[item], remote) { await report(line) }
        }
        for (item, unmanaged) in local.unmanagedItems.sorted(by: { $0.key < $1.key }) {
            await report(line(item, unmanaged.path.bytes, .unmanaged, reason: unmanaged.reason.text))
        }
        for unmanaged in local.passedOver { await report(line("", unmanaged.path.bytes, .unmanaged, reason: unmanaged.reason.text)) }
        for header in headers where local.items[header.name] == nil && !base.values.contains(where: { $0.id == header.id }) {
            await report(line(header.name, [], .foreign, reason: "an item that clsyncd did not publish"))
        }
    }

    private func scan(_ base: [String: BaseItem]) async throws -> LocalMirror {
        let rules = rules
        let view = try await disk.run { work in
            try LocalView().scanned(RootDirectory.open(rules.path), .everything, rules: rules, isCancelled: { work.shouldStop() })
        }
        return try view.mapped(rules, published: base).local
    }

    private func compare(_ item: String, _ mirror: LocalMirror, _ base: BaseItem?, _ remote: RemoteItem?) async throws -> [FileReport] {
        let local = mirror.items[item]
        var lines: [FileReport] = []
        let names = Set(local?.files.keys ?? [:].keys).union(remote?.files.keys ?? [:].keys).union(base?.files.keys ?? [:].keys)
        for name in names.sorted() {
            switch (local?.files[name], remote?.files[name]) {
            case (let file?, let theirs?): lines.append(try await compare(item, file, theirs, base?.files[name], base, remote))
            case (let file?, nil): lines.append(line(item, Array(file.name.utf8), .missing, reason: "not in the library"))
            case (nil, let theirs?):
                if let unmanaged = local?.unmanaged[name] {
                    lines.append(line(item, Array(name.utf8), .unmanaged, reason: unmanaged.reason.text))
                } else if base?.files[name] == nil {
                    lines.append(line(item, Array(name.utf8), .foreign, remote: theirs.checksum))
                } else if rules.delete == .keep || !(local?.listingIsComplete ?? mirror.listingIsComplete) {
                    lines.append(line(item, Array(name.utf8), .kept, remote: theirs.checksum))
                } else {
                    lines.append(line(item, Array(name.utf8), .differs, remote: theirs.checksum, reason: "gone here, still in the library"))
                }
            case (nil, nil): continue
            }
        }
        for unmanaged in local?.unmanaged.values.sorted(by: { $0.path < $1.path }) ?? [] where !names.contains(unmanaged.path.last?.text ?? "") {
            let below = RelativePath(Array(unmanaged.path.components.dropFirst(local?.directory.components.count ?? 0)))
            lines.append(line(item, below.bytes, .unmanaged, reason: unmanaged.reason.text))
        }
        return lines
    }

    private func compare(
        _ item: String, _ file: LocalFile, _ theirs: RemoteFile, _ known: BaseFile?, _ base: BaseItem?, _ remote: RemoteItem?
    ) async throws -> FileReport {
        let algorithm = theirs.checksum?.algorithm ?? known?.checksums.all.first?.algorithm ?? .sha1
        let ours: Checksum
        do { ours = try await checksum(file, algorithm) } catch let fault as ReadFault {
            return line(item, Array(file.name.utf8), .unstable, remote: theirs.checksum, reason: fault.reason)
        }
        if let checksum = theirs.checksum { return line(item, Array(file.name.utf8), ours == checksum ? .equal : .differs, ours, remote: checksum) }
        // Without a checksum only our record speaks: what we sent, and that the server's version of it has not moved since.
        let isAsSent = known?.checksums[algorithm] == ours && known?.remote == theirs && base?.token.contentVersion == remote?.token.contentVersion
        return line(
            item, Array(file.name.utf8), isAsSent ? .unverified : .differs, ours,
            reason: isAsSent ? "as published by our record; the server gives no checksum" : "not what was published, and the server gives no checksum")
    }

    private func checksum(_ file: LocalFile, _ algorithm: ChecksumAlgorithm) async throws -> Checksum {
        if trustsCache {
            let cached = try await journal.hashes(of: rules.name, at: [file.path])[file.path]
            if let known = cached?.checksums(of: file.fingerprint, comparing: rules.fingerprint)?[algorithm] { return known }
        }
        let reader = SourceReader(rules: rules)
        let checksums = try await disk.run { work in try reader.checksums(of: file, [algorithm], shouldStop: { work.shouldStop() }) }
        guard let checksum = checksums[algorithm] else { throw ReadFault(file.path, "no \(algorithm.rawValue) of it was taken") }
        return checksum
    }

    private func line(
        _ item: String, _ file: [UInt8], _ state: FileReport.State, _ local: Checksum? = nil, remote: Checksum? = nil, reason: String? = nil
    ) -> FileReport {
        FileReport(mirror: rules.name, item: item, file: file, state: state, local: local, remote: remote, reason: reason)
    }
}
