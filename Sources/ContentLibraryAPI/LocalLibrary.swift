/// Libraries whose content is managed here: `com.vmware.content.local_library`.
public enum LocalLibrary {
    static let service = Service("com.vmware.content.local_library", at: "content/local-library")

    /// Creates a library; it needs a name and exactly one storage backing. The same token again gives the same id.
    public static let create = service.operation(
        "create", "POST", takes: ("client_token", String?.self), ("create_spec", Library.Model.self), returns: Library.ID.self)
    /// A local library's model; `invalid_element_type` for one that is not local.
    public static let get = service.operation("get", "GET /{library_id}", takes: ("library_id", Library.ID.self), returns: Library.Model.self)
    /// The ids of all local libraries.
    public static let list = service.operation("list", "GET", returns: [Library.ID].self)
    /// Changes the fields that are set; `concurrent_change` when `version` is set and not the current one.
    public static let update = service.operation(
        "update", "PATCH /{library_id}", takes: ("library_id", Library.ID.self), ("update_spec", Library.Model.self))
    /// Deletes a library and all of its items.
    public static let delete = service.operation("delete", "DELETE /{library_id}", takes: ("library_id", Library.ID.self))
}
