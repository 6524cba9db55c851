import ContentLibraryAPI

/// What an operation asks of its caller: a privilege, and the object on which it must be held.
struct Requirement: Sendable, Hashable {
    enum Object: Sendable, Hashable {
        /// What belongs to no library.
        case service
        /// At least one object; the answer then holds only those.
        case somewhere
        case library(String)
        case item(String)
        /// Asked only of those who did not open the session.
        case session(SessionRecord.Kind, String)
    }

    let privilege: Privilege
    let object: Object

    init(_ privilege: Privilege, on object: Object) { (self.privilege, self.object) = (privilege, object) }
}

extension Requirement {
    /// The requirements of a call, in the order in which they are checked; none where being logged in is enough. An object that the call does not
    /// name is asked for by its handler. Nil for an operation that nobody thought of: it is the administrator's.
    static func of(_ call: Invocation) -> [Requirement]? {
        let facts = call.caller.operation
        guard facts.service.hasPrefix(prefix) else { return facts.service == "com.vmware.cis.session" ? [] : nil }
        return table["\(facts.service.dropFirst(prefix.count)).\(facts.name)"]?(call)
    }

    /// The operations that somebody thought of.
    static let operations = Set(table.keys.map { prefix + $0 } + [Session.create.facts.id, Session.get.facts.id, Session.delete.facts.id])

    private static let prefix = "com.vmware.content."
    private typealias Row = @Sendable (Invocation) -> [Requirement]

    /// As the API names them, operation by operation (the specification's "Method execution requires", PROTOCOL 1.8). Two are stricter than named, both
    /// because what System.Anonymous would show or change is another's: ending and changing a session, and its files, whose URLs are capabilities.
    private static let table: [String: Row] = libraries.merging(items) { $1 }.merging(sessions) { $1 }

    private static let libraries: [String: Row] = [
        "type.list": always(.typeIntrospection, on: .service),
        "library.list": always(.read, on: .somewhere),
        "library.find": always(.read, on: .somewhere),
        "library.get": library(.read),
        "library.update": library(.updateLibrary),
        "local_library.list": always(.read, on: .somewhere),
        "local_library.get": library(.read),
        "local_library.create": { _ in [Requirement(.createLocalLibrary, on: .service), Requirement(.allocateSpace, on: .service)] },
        "local_library.update": library(.updateLocalLibrary),
        "local_library.delete": library(.deleteLocalLibrary),
        "local_library.publish": library(.publishLibrary),
        "subscribed_library.list": always(.read, on: .somewhere),
        "subscribed_library.get": library(.read),
        "subscribed_library.create": { _ in [Requirement(.createSubscribedLibrary, on: .service), Requirement(.allocateSpace, on: .service)] },
        "subscribed_library.update": library(.updateSubscribedLibrary),
        "subscribed_library.delete": library(.deleteSubscribedLibrary),
        "subscribed_library.sync": library(.syncLibrary),
        "subscribed_library.evict": library(.evictSubscribedLibrary),
        "subscribed_library.probe": always(.probeSubscription, on: .service),
    ]

    private static let items: [String: Row] = [
        "library.item.list": library(.read),
        "library.item.find": always(.read, on: .somewhere),
        "library.item.get": item(.read),
        "library.item.create": { call in
            on(call.parameter("create_spec", as: Item.Model.self)?.libraryID.map { .library($0.rawValue) }, .addLibraryItem)
        },
        "library.item.copy": { call in
            on(call.parameter("source_library_item_id", as: String.self).map(Object.item), .read)
                + on(call.parameter("destination_create_spec", as: Item.Model.self)?.libraryID.map { .library($0.rawValue) }, .addLibraryItem)
        },
        "library.item.update": item(.updateLibraryItem),
        "library.item.delete": item(.deleteLibraryItem),
        "library.item.publish": item(.publishLibraryItem),
        "library.item.file.list": item(.read),
        "library.item.file.get": item(.read),
        "library.item.storage.list": item(.readStorage),
        "library.item.storage.get": item(.readStorage),
        "library.subscribed_item.sync": item(.syncLibraryItem),
        "library.subscribed_item.evict": item(.evictLibraryItem),
    ]

    private static let sessions: [String: Row] = {
        var rows: [String: Row] = [
            "library.item.update_session.create": { call in
                on(call.parameter("create_spec", as: UpdateSession.Model.self)?.libraryItemID.map { .item($0.rawValue) }, .updateSession)
            },
            "library.item.download_session.create": { call in
                on(call.parameter("create_spec", as: DownloadSession.Model.self)?.libraryItemID.map { .item($0.rawValue) }, .downloadSession)
            },
            "library.item.update_session.list": sessionList(.updateSession),
            "library.item.download_session.list": sessionList(.downloadSession),
            "library.item.update_session.get": { _ in [] },
            "library.item.download_session.get": { _ in [] },
            // govmomi's question whether a URL can be pulled from: of whoever may open sessions.
            "library.item.updatesession.file.probe": always(.updateSession, on: .somewhere),
        ]
        for name in ["keep_alive", "complete", "cancel", "fail", "delete", "update"] {
            rows["library.item.update_session.\(name)"] = session(.update)
            rows["library.item.download_session.\(name)"] = session(.download)
        }
        for name in ["add", "get", "list", "remove", "validate"] { rows["library.item.updatesession.file.\(name)"] = session(.update) }
        for name in ["get", "list", "prepare"] { rows["library.item.downloadsession.file.\(name)"] = session(.download) }
        return rows
    }()

    private static func on(_ object: Object?, _ privilege: Privilege) -> [Requirement] { object.map { [Requirement(privilege, on: $0)] } ?? [] }

    private static func always(_ privilege: Privilege, on object: Object) -> Row { { _ in [Requirement(privilege, on: object)] } }

    private static func library(_ privilege: Privilege) -> Row {
        { call in on(call.parameter("library_id", as: String.self).map(Object.library), privilege) }
    }

    private static func item(_ privilege: Privilege) -> Row {
        { call in on(call.parameter("library_item_id", as: String.self).map(Object.item), privilege) }
    }

    private static func sessionList(_ privilege: Privilege) -> Row {
        { call in on(call.parameter("library_item_id", as: String.self).map(Object.item) ?? .somewhere, privilege) }
    }

    private static func session(_ kind: SessionRecord.Kind) -> Row {
        let (name, privilege) = kind == .update ? ("update_session_id", Privilege.updateSession) : ("download_session_id", .downloadSession)
        return { call in on(call.parameter(name, as: String.self).map { .session(kind, $0) }, privilege) }
    }
}
