import Testing

@testable import ContentLibraryServer

@Suite struct UsersFileTests {
    @Test func `roles and grants, in any order`() throws {
        let users = try UsersFile.parse(
            """
            # who may do what
            @grant bob uploader ISO images: new
            bob:pw:guest
            ann:pw
            carl:pw:uploader
            @role guest =  System.Anonymous
            @role uploader = System.Read,ContentLibrary.UpdateSession , ContentLibrary.AddLibraryItem
            @grant bob  read-only  7b0f5ff9-9a04-4495-b03d-45430a04ed8d
            @grant carl admin x
            """, path: "users")
        #expect(users.map(\.name) == ["bob", "ann", "carl"])
        #expect(users.map(\.role.name) == ["guest", "admin", "uploader"])
        #expect(users[0].grants.map(\.library) == ["ISO images: new", "7b0f5ff9-9a04-4495-b03d-45430a04ed8d"])
        #expect(users[0].grants.map(\.role.name) == ["uploader", "read-only"])
        #expect(users[2].role.privileges == [.anonymous, .read, .updateSession, .addLibraryItem])
    }

    @Test(arguments: [
        ("@role x", "1: expected @role NAME"), ("@role x y = System.Read", "1: expected @role"),
        ("@role admin = System.Read", "1: the role admin is there already"),
        ("@role x = System.read", "1: there is no privilege System.read"), ("@role x = System.Read,", "1: a privilege is missing"),
        ("@role x =", "1: a privilege is missing"), ("@grnat a admin l", "1: a line that begins with @"), ("@grant a admin", "1: expected @grant"),
        ("a:b:read-only\n@grant a nobody l", "2: there is no role nobody"), ("@grant a admin l", "1: there is no user a"),
        ("a:b\n@grant a read-only l", "1: a is admin, as no role is named"), ("a:b:admin\n@grant a read-only l", "1: a is admin, so"),
        ("a:$y$j9T$kCWw09pDMA172nKo1Z.u.1$i31mRYEMgYyvVU02LX.VMDz9GEro.XKd6inI6XHncj8:raed-only", "1: there is no role raed-only"),
        ("nonsense", "1: expected NAME"),
    ])
    func `what makes no sense, and where`(_ text: String, _ problem: String) {
        let error = #expect(throws: StartupError.self) { try UsersFile.parse(text, path: "users") }
        #expect(error?.description.hasPrefix("users:" + problem) == true, "\(error?.description ?? "")")
        #expect(error?.isMisconfiguration == true)
    }

    @Test func `all problems at once, in the order of the lines`() {
        let error = #expect(throws: StartupError.self) {
            try UsersFile.parse("nonsense\n@grant b admin l\n\n@role x = What.Ever\na:b\na:c\n", path: "users")
        }
        let places = (error?.description ?? "").split(separator: "\n").map { String($0.prefix(8)) }
        #expect(places == ["users:1:", "users:2:", "users:4:", "users:6:"])
    }
}
