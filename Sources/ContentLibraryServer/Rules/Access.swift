/// A role that a user has on one library only, and on its items and their sessions.
public struct Grant: Sendable, Hashable {
    public let role: Role
    /// The library's id, or its name: then every library of that name.
    public let library: String

    public init(role: Role, library: String) { (self.role, self.library) = (role, library) }
}

/// What a user may do, and where. A value, decided when the user logs in.
struct Access: Sendable, Hashable {
    /// Held on everything.
    let role: Role
    let grants: [Grant]

    /// Every privilege, on everything.
    let isComplete: Bool

    init(role: Role, grants: [Grant] = []) {
        (self.role, self.grants) = (role, grants)
        isComplete = role.privileges.count == Privilege.allCases.count
    }

    /// Whether it is held on everything, also on what belongs to no library.
    func holds(_ privilege: Privilege) -> Bool { role.privileges.contains(privilege) }

    func holds(_ privilege: Privilege, onLibrary id: String, named name: String) -> Bool {
        holds(privilege) || grants.contains { ($0.library == id || $0.library == name) && $0.role.privileges.contains(privilege) }
    }

    /// Whether there can be an object on which it is held.
    func holdsSomewhere(_ privilege: Privilege) -> Bool { holds(privilege) || grants.contains { $0.role.privileges.contains(privilege) } }
}
