import ContentLibraryAPI
import GRDB

/// Holds every call against what its operation requires. What is not there is nobody's secret: the handler says that it was not found.
struct Authorization: Sendable {
    let store: Store
    let now: @Sendable () -> Timestamp

    /// Throws `unauthorized`, with the privilege and the object as the caller named it, never with what the caller may not see of it.
    func check(_ principal: Principal, _ call: Invocation) async throws {
        if principal.access.isComplete { return }
        guard let requirements = Requirement.of(call) else {
            throw APIError.unauthorized(principal.user, lacks: "\(call.caller.operation.id), which is the administrator's", on: nil)
        }
        for requirement in requirements where try await !holds(requirement, principal) {
            throw APIError.unauthorized(principal.user, lacks: requirement.privilege.rawValue, on: requirement.object.text)
        }
    }

    private func holds(_ requirement: Requirement, _ principal: Principal) async throws -> Bool {
        let (privilege, access, now) = (requirement.privilege, principal.access, now())
        if access.holds(privilege) { return true }
        let library: LibraryRecord?
        switch requirement.object {
        case .service: return false
        case .somewhere: return access.holdsSomewhere(privilege)
        case .library(let id): library = try await store.read { db in try LibraryRecord.find(db, id) }
        case .item(let id): library = try await store.read { db in try LibraryRecord.find(db, holding: id) }
        case .session(let kind, let id):
            guard let session = try await store.read({ db in try SessionRecord.find(db, kind, id, now: now) }), session.owner != principal.user else {
                return true
            }
            library = try await store.read { db in try LibraryRecord.find(db, holding: session.item) }
        }
        guard let library else { return true }
        return access.holds(privilege, onLibrary: library.id, named: library.name)
    }
}

extension Requirement.Object {
    /// For the caller, in the caller's own words.
    fileprivate var text: String? {
        switch self {
        case .service, .somewhere: nil
        case .library(let id): "the library \(id)"
        case .item(let id): "the library item \(id)"
        case .session(let kind, let id): "the \(kind.noun) \(id)"
        }
    }
}

extension LibraryRecord {
    /// The library of an item.
    static func find(_ db: Database, holding item: String) throws -> LibraryRecord? {
        try ItemRecord.find(db, item).flatMap { try find(db, $0.library) }
    }

    /// Of these libraries, those on which the caller has System.Read.
    static func visible(_ db: Database, _ ids: [String], to caller: Principal) throws -> [String] {
        if caller.access.holds(.read) { return ids }
        return try ids.filter { id in try find(db, id).map { caller.access.holds(.read, onLibrary: $0.id, named: $0.name) } ?? false }
    }
}

extension ItemRecord {
    /// Of these items, those on whose library the caller has System.Read.
    static func visible(_ db: Database, _ ids: [String], to caller: Principal) throws -> [String] {
        if caller.access.holds(.read) { return ids }
        return try ids.filter { id in
            try LibraryRecord.find(db, holding: id).map { caller.access.holds(.read, onLibrary: $0.id, named: $0.name) } ?? false
        }
    }
}
