import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct RequirementTests {
    @Test func `every operation has what it asks for`() {
        let unthoughtOf = API.all.map(\.id).filter { !Requirement.operations.contains($0) }
        #expect(unthoughtOf == [], "an operation without a row is the administrator's")
    }

    @Test func `where a privilege is held`() {
        let uploader = Role(name: "uploader", privileges: [.updateSession])
        let access = Access(role: .readOnly, grants: [Grant(role: uploader, library: "id-1"), Grant(role: uploader, library: "ISO images")])
        let cases: [(Privilege, id: String, name: String, Bool)] = [
            (.read, "x", "x", true), (.updateSession, "id-1", "x", true), (.updateSession, "x", "ISO images", true), (.updateSession, "x", "iso images", false),
            (.updateSession, "id-2", "x", false), (.deleteLocalLibrary, "id-1", "ISO images", false), (.anonymous, "x", "x", true),
        ]
        for (privilege, id, name, isHeld) in cases {
            #expect(access.holds(privilege, onLibrary: id, named: name) == isHeld, "\(privilege.rawValue) on \(id), \(name)")
        }
        #expect(access.holdsSomewhere(.updateSession) && !access.holds(.updateSession) && !access.holdsSomewhere(.addLibraryItem))
        #expect(Role.admin.privileges.count == Privilege.allCases.count)
        #expect(Role(name: "nothing", privileges: []).privileges == [.anonymous])
    }
}
