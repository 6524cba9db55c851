
extension Session {
    static let service = Service("com.vmware.cis.session", at: "session")
    public static let create = service.operation("create", "POST", returns: Secret.self)
    public static let get = service.operation("get", "GET", returns: Info.self)
    public static let delete = service.operation("delete", "DELETE")
}

extension UpdateSession {
    static let service = Service("com.vmware.content.library.item.update_session", at: "content/library/item/update-session")
    public static let create = service.operation("create", "POST", takes: ("client_token", String?.self), ("create_spec", Model.self), returns: ID.self)
    public static let get = service.operation("get", "GET /{update_session_id}", takes: ("update_session_id", ID.self), returns: Model.self)
    public static let list = service.operation("list", "GET", takes: ("library_item_id", Item.ID?.self), returns: [ID].self)
    public static let keepAlive = service.operation("keep_alive", "POST /{update_session_id}?action=keep-alive",
        takes: ("update_session_id", ID.self), ("client_progress", Int64?.self))
    public static let complete = service.operation("complete", "POST /{update_session_id}?action=complete", takes: ("update_session_id", ID.self))
}

extension UpdateSession.File {
    static let service = Service("com.vmware.content.library.item.updatesession.file", at: "content/library/item/update-session/{update_session_id}/file")
    /// Adds a file to the session, or replaces the entry of that name.
    public static let add = service.operation("add", "POST",
        takes: ("update_session_id", UpdateSession.ID.self), ("file_spec", AddSpec.self), returns: Info.self)
    public static let get = service.operation("get", "GET /{file_name}",
        takes: ("update_session_id", UpdateSession.ID.self), ("file_name", String.self), returns: Info.self)
    public static let list = service.operation("list", "GET", takes: ("update_session_id", UpdateSession.ID.self), returns: [Info].self)
    public static let remove = service.operation("remove", "DELETE /{file_name}",
        takes: ("update_session_id", UpdateSession.ID.self), ("file_name", String.self))
}

extension Item {
    static let service = Service("com.vmware.content.library.item", at: "content/library/item")
    public static let find = service.operation("find", "POST ?action=find", takes: ("spec", FindSpec.self), returns: [ID].self)
}

extension Item.File {
    static let service = Service("com.vmware.content.library.item.file", at: "content/library/item/{library_item_id}/file")
    public static let get = service.operation("get", "GET", takes: ("library_item_id", Item.ID.self), ("name", String.self), returns: Info.self)
    public static let list = service.operation("list", "GET", takes: ("library_item_id", Item.ID.self), returns: [Info].self)
}

extension Item.Storage {
    static let service = Service("com.vmware.content.library.item.storage", at: "content/library/item/{library_item_id}/storage")
    public static let get = service.operation("get", "GET", takes: ("library_item_id", Item.ID.self), ("file_name", String.self), returns: [Info].self)
}
