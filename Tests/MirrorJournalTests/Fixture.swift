import ContentLibraryAPI
import Foundation
import MirrorCore
import Testing

@testable import MirrorJournal

/// A directory that goes with its owner.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/clsyncd-journal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var state: String { path + "/state" }
    var journal: String { state + "/journal.sqlite" }

    func bytes(_ path: String? = nil) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path ?? journal)) }
    func write(_ bytes: Data, to path: String? = nil) throws { try bytes.write(to: URL(fileURLWithPath: path ?? journal)) }
    func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// The journal's files as a process that dies now would leave them, in a state directory of their own.
    func image() throws -> Scratch {
        let image = try Scratch()
        try FileManager.default.createDirectory(atPath: image.state, withIntermediateDirectories: false)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: journal + suffix) {
            try FileManager.default.copyItem(atPath: journal + suffix, toPath: image.journal + suffix)
        }
        return image
    }
}

struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension LibraryKey {
    static let isos = LibraryKey(server: "guid-1", library: "lib-1")
}
extension Timestamp {
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + seconds * 1000) }
}
extension FileName {
    static func of(_ bytes: [UInt8]) throws -> FileName { try #require(FileName(bytes: bytes)) }
}
extension RelativePath {
    static func of(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }
    static func of(_ bytes: [UInt8]) throws -> RelativePath { try #require(RelativePath(bytes: bytes)) }
}
extension Fingerprint {
    static let sample = Fingerprint(size: 7, modified: 1_700_000_000_123_456_789, changed: -1, inode: .max)
}
extension BaseFile {
    static func sample(_ name: String, path: RelativePath? = nil, version: String = "1") throws -> BaseFile {
        BaseFile(
            name: name, path: try path ?? .of("dir/file"), fingerprint: .sample, checksums: Checksums([Checksum(.sha256, hex: "ab")]),
            remote: RemoteFile(name: name, version: version, checksum: Checksum(.sha1, hex: "cd")))
    }
}
extension BaseItem {
    static func sample(_ id: String, _ name: String, files: [BaseFile] = []) -> BaseItem {
        BaseItem(
            id: Item.ID(rawValue: id), name: name, type: nil, token: ChangeToken(contentVersion: "1", lastModified: .at(0)), directory: nil,
            files: Dictionary(files.map { ($0.name, $0) }) { first, _ in first })
    }
}
extension Intent {
    static func sample(_ token: String, item: String = "item", kind: Kind? = nil, itemToken: String? = nil, key: LibraryKey = .isos) -> Intent {
        Intent(
            token: IntentToken(rawValue: token), key: key, mirror: "m", item: item, kind: kind ?? .publish(IntentPlan(files: [])), itemToken: itemToken,
            sessionToken: "s-" + token, createdAt: .at(1))
    }
}
extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

/// The error of the journal that the body throws; nil where it throws none.
func failure(_ body: () async throws -> Void) async -> JournalError? {
    do {
        try await body()
        return nil
    } catch let error as JournalError {
        return error
    } catch {
        Issue.record("not an error of the journal: \(error)")
        return nil
    }
}
