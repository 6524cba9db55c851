import FoundationEssentials
import MirrorCore

/// A plan as JSON, as the journal keeps it. Its keys are part of the file's format.
struct IntentPlanText: Codable {
    var files: [File]
    var removals: [String]
    var type: String?
    var directory: Directory?
    var expectedContentVersion: String?
    var seen: [Seen]?

    struct File: Codable {
        var name: String
        /// Base64: a path need not be UTF-8.
        var path: Data
        var size: Int64
        var modified: Int64
        var changed: Int64
        var inode: UInt64
        var checksums: [String: String]
        var algorithm: String?
    }
    struct Directory: Codable {
        var device: UInt64
        var inode: UInt64
        var born: Int64?
        var fileSystem: Int64
    }
    struct Seen: Codable {
        var name: String
        var version: String
        var algorithm: String?
        var checksum: String?
    }

    static func encode(_ plan: IntentPlan) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(IntentPlanText(plan)), as: UTF8.self)
    }
    static func decode(_ text: String) throws -> IntentPlan {
        do { return try JSONDecoder().decode(IntentPlanText.self, from: Data(text.utf8)).plan() } catch let error as DecodingError {
            throw UnreadableRow(detail: "table intent, column plan: \(error)")
        }
    }
}

extension IntentPlanText {
    private init(_ plan: IntentPlan) {
        files = plan.files.map { file in
            File(
                name: file.name, path: file.path.stored, size: file.fingerprint.size, modified: file.fingerprint.modified,
                changed: file.fingerprint.changed, inode: file.fingerprint.inode,
                checksums: Dictionary(file.checksums.all.map { ($0.algorithm.rawValue, $0.hex) }) { first, _ in first }, algorithm: file.algorithm?.rawValue)
        }
        removals = plan.removals
        type = plan.type
        directory = plan.directory.map { Directory(device: $0.device, inode: $0.inode, born: $0.born, fileSystem: $0.fileSystem) }
        expectedContentVersion = plan.expectedContentVersion
        seen = plan.seen?.map {
            Seen(name: $0.name, version: $0.version, algorithm: $0.checksum?.algorithm.rawValue, checksum: $0.checksum?.hex)
        }
    }

    private func plan() throws -> IntentPlan {
        IntentPlan(
            files: try files.map { try $0.plannedFile() }, removals: removals, type: type,
            directory: directory.map { DirectoryIdentity(device: $0.device, inode: $0.inode, born: $0.born, fileSystem: $0.fileSystem) },
            expectedContentVersion: expectedContentVersion, seen: try seen?.map { try $0.remoteFile() })
    }
}

extension IntentPlanText.File {
    fileprivate func plannedFile() throws -> PlannedFile {
        guard let path = RelativePath(bytes: path) else { throw UnreadableRow(detail: "table intent, column plan: \(name) has no path") }
        var known = Checksums()
        for (algorithm, hex) in checksums { known.insert(Checksum(try word(algorithm), hex: hex)) }
        return PlannedFile(
            name: name, path: path, fingerprint: Fingerprint(size: size, modified: modified, changed: changed, inode: inode), checksums: known,
            algorithm: try algorithm.map(word))
    }
}
extension IntentPlanText.Seen {
    fileprivate func remoteFile() throws -> RemoteFile {
        let checksum = try checksum.map { Checksum(try algorithm.map(word) ?? .sha1, hex: $0) }
        return RemoteFile(name: name, version: version, checksum: checksum)
    }
}

private func word(_ text: String) throws -> ChecksumAlgorithm {
    guard let algorithm = ChecksumAlgorithm(rawValue: text) else { throw UnreadableRow(detail: "table intent, column plan: unknown word \(text)") }
    return algorithm
}
