import Foundation
import Testing

@testable import ContentLibraryServer

/// Holds a thread until it is opened.
private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }
}

@Suite struct UsersTests {
    @Test(arguments: [
        ("a:b", "a", User.Password.plain("b"), Role.admin), ("a:b:c", "a", .plain("b:c"), .admin), ("a:b:read-only", "a", .plain("b"), .readOnly),
        ("a:b:admin", "a", .plain("b"), .admin), ("a:b:c:read-only", "a", .plain("b:c"), .readOnly),
        ("u@vsphere.local:p", "u@vsphere.local", .plain("p"), .admin),
        ("a:$y$x", "a", .hashed("$y$x"), .admin), ("a:$y$x:read-only", "a", .hashed("$y$x"), .readOnly), ("a:read-only", "a", .plain("read-only"), .admin),
    ])
    func `users as they are written`(_ text: String, _ name: String, _ password: User.Password, _ role: Role) throws {
        let user = try #require(User(text))
        #expect(user.name == name && user.password == password && user.role == role)
    }

    @Test(arguments: ["", "a", ":b", "a:", "a::admin"])
    func `what is no user`(_ text: String) { #expect(User(text) == nil) }

    // Made with `mkpasswd -m yescrypt` and `-m sha512crypt`, of "correct horse".
    static let hashes = [
        "$y$j9T$kCWw09pDMA172nKo1Z.u.1$i31mRYEMgYyvVU02LX.VMDz9GEro.XKd6inI6XHncj8",
        "$6$Yb/QUo5m8Yn8v7Np$/nYZsMoZF967M5yuJuInZEOFKrs6LMGZ2E/wC3MX55b2g4EjbXRHjCPnUDPLmg47xJMy5Qp.oyuMh17Bsos.s0",
    ]

    @Test(arguments: hashes)
    func `hashes of this system's crypt`(_ hash: String) {
        #expect(PasswordHash.isUsable(hash))
        #expect(PasswordHash.matches("correct horse", hash: hash))
        for wrong in ["", "correct", "correct horse ", "Correct horse", "correct horse\u{0}x"] { #expect(!PasswordHash.matches(wrong, hash: hash)) }
    }

    @Test(arguments: ["", "*", "$y$", "$nonsense$abc", "plain"])
    func `what no password matches`(_ hash: String) {
        #expect(!PasswordHash.matches("", hash: hash) && !PasswordHash.matches("plain", hash: hash))
    }

    @Test func `a book knows its users' passwords, and remembers none that was wrong`() async throws {
        let disk = Disk(threads: 2)
        let book = try PasswordBook(
            [User(name: "hashed", password: .hashed(Self.hashes[0]), role: .readOnly), User(name: "plain", password: .plain("pw"))], disk: disk)
        for _ in 0..<3 {
            #expect(try await book.verify("hashed", password: "wrong") == nil)
            #expect(try await book.verify("hashed", password: "correct horse") == Access(role: .readOnly))
            #expect(try await book.verify("plain", password: "pw") == Access(role: .admin))
            #expect(try await book.verify("plain", password: "correct horse") == nil)
            #expect(try await book.verify("nobody", password: "pw") == nil)
            #expect(try await book.verify("nobody", password: "correct horse") == nil)
        }
        try await disk.close()
    }

    @Test func `a flood of one address is refused, and does not keep others out`() async throws {
        // A disk without a thread to spare: what is hashed stays in the queue until this test lets it go.
        let disk = Disk(threads: 1)
        let gate = Gate()
        let busy = disk.begin { gate.wait() }
        let book = try PasswordBook([User(name: "u", password: .hashed(Self.hashes[1]))], disk: disk)
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0...LoginQueue.limit { group.addTask { try await refusal { try await book.verify("u", password: "wrong", from: "a") } != nil } }
            // The only one that can end before the gate opens is the one too many.
            let first = try await group.next()
            group.addTask { try await refusal { try await book.verify("u", password: "correct horse", from: "b") } != nil }
            gate.open()
            var answers = [first]
            while let answer = try await group.next() { answers.append(answer) }
            return answers
        }
        #expect(answers.first == true && answers.dropFirst().allSatisfy { $0 == false })
        try await busy.value
        try await disk.close()
    }

    @Test func `a users file is read, its mistakes have a line, and others must not read it`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/users"
        func read(_ text: String, mode: Int = 0o600) throws -> ([User], [String]) {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            var warnings: [String] = []
            return (try UsersFile.read(path) { warnings.append($0) }, warnings)
        }
        let (users, warnings) = try read("# people\n\na:\(Self.hashes[0])\r\nb:pw:read-only\n")
        #expect(users.map(\.name) == ["a", "b"] && users.map(\.role) == [.admin, .readOnly])
        #expect(warnings.count == 1 && warnings[0].contains(" b;"))
        for (text, line) in [("a:b\nnonsense\n", "2"), ("a:b\na:c", "2"), ("\n\n:x", "3"), ("a:$nonsense$", "1")] {
            let error = #expect(throws: StartupError.self) { try read(text) }
            #expect(error?.description.contains("users:\(line): ") == true, "\(text)")
        }
        #expect(throws: StartupError.self) { try read("a:b", mode: 0o604) }
        #expect(throws: StartupError.self) { try UsersFile.read("\(path)-missing") { _ in } }
    }
}
