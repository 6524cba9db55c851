import ContentLibraryAPI
import GRDB

/// A file of an active update session whose bytes come in, pushed or pulled, and where it belongs.
struct IncomingFile: Sendable {
    let record: UpdateFileRecord
    let key: TransferKey
    let item: String
    let library: LibraryRecord
    let kind: ItemKind

    var name: String { record.name }
    var session: String { record.session }
    var expectation: UploadExpectation { record.expectation }

    /// Its members are received, not the file itself.
    var isArchive: Bool { kind.unpacks(name) }

    /// Nil where there is no such file any more, or its session has ended.
    static func find(_ db: Database, entry: String, now: Timestamp) throws -> IncomingFile? {
        guard let file = try UpdateFileRecord.find(db, entry: entry), let key = file.key,
            let record = try SessionRecord.find(db, .update, file.session, now: now), record.session.isActive,
            let item = try ItemRecord.find(db, record.item), let library = try LibraryRecord.find(db, item.library)
        else { return nil }
        return IncomingFile(record: file, key: key, item: item.id, library: library, kind: ItemKind(type: item.type))
    }
}
