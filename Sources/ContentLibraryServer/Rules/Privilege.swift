/// What a user may do, in the API's own words.
enum Privilege: String, Sendable, CaseIterable {
    case read = "System.Read"
    case readStorage = "ContentLibrary.ReadStorage"
    case typeIntrospection = "ContentLibrary.TypeIntrospection"
    case updateLibrary = "ContentLibrary.UpdateLibrary"
    case createLocalLibrary = "ContentLibrary.CreateLocalLibrary"
    case updateLocalLibrary = "ContentLibrary.UpdateLocalLibrary"
    case deleteLocalLibrary = "ContentLibrary.DeleteLocalLibrary"
    case addLibraryItem = "ContentLibrary.AddLibraryItem"
    case updateLibraryItem = "ContentLibrary.UpdateLibraryItem"
    case deleteLibraryItem = "ContentLibrary.DeleteLibraryItem"
    case updateSession = "ContentLibrary.UpdateSession"
    case downloadSession = "ContentLibrary.DownloadSession"
}

/// A named set of privileges.
public enum Role: String, Sendable, CaseIterable {
    /// Everything.
    case admin
    /// Looking, and downloading.
    case readOnly = "read-only"

    var privileges: Set<Privilege> {
        switch self {
        case .admin: Set(Privilege.allCases)
        case .readOnly: [.read, .typeIntrospection, .downloadSession]
        }
    }
}
