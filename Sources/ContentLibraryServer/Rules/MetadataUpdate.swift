import ContentLibraryAPI

/// What an update asks of a library's metadata, judged: the fields that are set and may change.
struct MetadataUpdate: Sendable, Hashable {
    let name: String?
    let description: String?

    /// Whether it changes nothing.
    var isEmpty: Bool { name == nil && description == nil }

    /// Fields that the server owns, such as the times, are taken and left alone, for clients send back what they got. One that names
    /// another library than this one, or that would have to move it, is refused.
    init(_ spec: Library.Model, of current: Library.Model) throws(APIError) {
        try Self.requireSame(spec.id, current.id, "id")
        try Self.requireSame(spec.type, current.type, "type")
        try Self.requireSame(spec.storageBackings, current.storageBackings, "storage_backings")
        try Self.requireSame(spec.subscriptionInfo, current.subscriptionInfo, "subscription_info")
        try Self.requireSame(spec.serverGUID, current.serverGUID, "server_guid")
        if let name = spec.name { try LibraryName.check(name, of: "update_spec.name") }
        if let description = spec.description { try Description.check(description) }
        (name, description) = (spec.name, spec.description)
    }

    private static func requireSame<Value: Equatable>(_ given: Value?, _ current: Value?, _ field: String) throws(APIError) {
        guard given == nil || given == current else { throw .invalidArgument("update_spec.\(field)", "it cannot be changed") }
    }
}

/// What a library may be told that this server cannot do: refused rather than forgotten.
enum UnsupportedSettings {
    static func check(_ spec: Library.Model) throws(APIError) {
        if spec.publishInfo?.published == true { throw .unsupported("Publishing is not supported") }
        if spec.publishInfo?.persistJSONEnabled == true { throw .unsupported("Keeping a library's description on its storage is not supported") }
        if spec.optimizationInfo?.optimizeRemotePublishing == true { throw .unsupported("Optimizing for remote publishing is not supported") }
        if spec.securityPolicyID != nil { throw .unsupported("Security policies are not supported") }
        if spec.configurationInfo?.applyLibraryUsageToItems == true { throw .unsupported("Library usages are not supported") }
    }
}

/// Where a new library is to keep its bytes.
enum LibraryBacking {
    static func only(of spec: Library.Model) throws(APIError) -> StorageBacking {
        let backings = spec.storageBackings ?? []
        guard let backing = backings.first else { throw .invalidArgument("create_spec.storage_backings", "exactly one is needed") }
        guard backings.count == 1 else { throw .unsupported("A library takes exactly one storage backing, not \(backings.count)") }
        return backing
    }
}
