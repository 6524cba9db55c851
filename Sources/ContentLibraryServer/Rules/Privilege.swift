/// What a user may do, in the API's own words.
public enum Privilege: String, Sendable, CaseIterable {
    /// Being logged in: everybody has it.
    case anonymous = "System.Anonymous"
    case read = "System.Read"
    case allocateSpace = "Datastore.AllocateSpace"
    case createLocalLibrary = "ContentLibrary.CreateLocalLibrary"
    case updateLocalLibrary = "ContentLibrary.UpdateLocalLibrary"
    case deleteLocalLibrary = "ContentLibrary.DeleteLocalLibrary"
    case createSubscribedLibrary = "ContentLibrary.CreateSubscribedLibrary"
    case updateSubscribedLibrary = "ContentLibrary.UpdateSubscribedLibrary"
    case deleteSubscribedLibrary = "ContentLibrary.DeleteSubscribedLibrary"
    case updateLibrary = "ContentLibrary.UpdateLibrary"
    case deleteLibrary = "ContentLibrary.DeleteLibrary"
    case syncLibrary = "ContentLibrary.SyncLibrary"
    case syncLibraryItem = "ContentLibrary.SyncLibraryItem"
    case evictSubscribedLibrary = "ContentLibrary.EvictSubscribedLibrary"
    case evictLibraryItem = "ContentLibrary.EvictLibraryItem"
    case probeSubscription = "ContentLibrary.ProbeSubscription"
    case publishLibrary = "ContentLibrary.PublishLibrary"
    case publishLibraryItem = "ContentLibrary.PublishLibraryItem"
    case addLibraryItem = "ContentLibrary.AddLibraryItem"
    case updateLibraryItem = "ContentLibrary.UpdateLibraryItem"
    case deleteLibraryItem = "ContentLibrary.DeleteLibraryItem"
    case updateSession = "ContentLibrary.UpdateSession"
    case downloadSession = "ContentLibrary.DownloadSession"
    case readStorage = "ContentLibrary.ReadStorage"
    case typeIntrospection = "ContentLibrary.TypeIntrospection"
}

/// A named set of privileges.
public struct Role: Sendable, Hashable {
    public let name: String
    public let privileges: Set<Privilege>

    public init(name: String, privileges: Set<Privilege>) { (self.name, self.privileges) = (name, privileges.union([.anonymous])) }

    /// Everything.
    public static let admin = Role(name: "admin", privileges: Set(Privilege.allCases))
    /// Looking, and downloading.
    public static let readOnly = Role(name: "read-only", privileges: [.read, .downloadSession, .typeIntrospection])
    /// The roles that are there without being defined.
    public static let builtIn = [admin, readOnly]
}
