import Glibc
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct PasswordSourceTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func source(_ path: String) -> PasswordSource { PasswordSource(.file(path), environment: [:]) }

    @Test(arguments: [("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), (" pass wörd \n", " pass wörd "), ("x", "x")])
    func readsOneLine(_ content: String, _ password: String) throws {
        #expect(try source(try directory.write("password", content)).read().text == password)
    }

    @Test(arguments: [0o600, 0o400, 0o700] as [mode_t]) func takesWhatOnlyItsOwnerReads(_ mode: mode_t) throws {
        #expect(try source(try directory.write("password", "x", mode: mode)).read().text == "x")
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777] as [mode_t]) func refusesWhatOthersMayTouch(_ mode: mode_t) throws {
        let path = try directory.write("password", "x", mode: mode)
        let error = PasswordError.readableByOthers(path: path, mode: mode)
        #expect(throws: error) { try source(path).read() }
        #expect("\(error)" == "password file \(path) is open to others (mode 0\(String(mode, radix: 8))): chmod 0600 it, owned by the user of the service")
    }

    @Test func refusesWhatIsNoPassword() throws {
        let path = try directory.write("password", "")
        for empty in ["", "\n", "\r\n"] {
            try directory.write("password", empty)
            #expect(throws: PasswordError.empty(path: path)) { try source(path).read() }
        }
        for lines in ["a\nb", "a\n\n", "\na", "a\u{0}", "a\tb"] {
            try directory.write("password", lines)
            #expect(throws: PasswordError.controlCharacters(path: path)) { try source(path).read() }
        }
        try directory.write("password", [0x61, 0xFF])
        #expect(throws: PasswordError.notUTF8(path: path)) { try source(path).read() }
        try directory.write("password", [UInt8](repeating: 0x61, count: 4097))
        #expect(throws: PasswordError.unreadable(path: path, .tooLong(limit: 4096))) { try source(path).read() }
        #expect(throws: PasswordError.unreadable(path: "/nonexistent", .missing)) { try source("/nonexistent").read() }
        #expect(throws: PasswordError.unreadable(path: directory.path, .directory)) { try source(directory.path).read() }
    }

    @Test func readsACredentialOfSystemd() throws {
        // Access lists, by which systemd grants credentials, show as group bits.
        try directory.write("vcenter", "secret\n", mode: 0o440)
        let source = PasswordSource(.credential("vcenter"), environment: ["CREDENTIALS_DIRECTORY": directory.path])
        #expect(try source.read().text == "secret")
        for environment in [[:], ["CREDENTIALS_DIRECTORY": ""]] {
            let lonely = PasswordSource(.credential("vcenter"), environment: environment)
            #expect(throws: PasswordError.noCredentials(name: "vcenter")) { try lonely.read() }
            #expect(lonely.stamp == nil)
        }
    }

    @Test func theStampTellsAChange() throws {
        let path = try directory.write("password", "one")
        let source = source(path)
        let first = try source.read()
        #expect(source.stamp == first.stamp)
        // Written in place, to another length: the times alone may be too coarse for a test.
        try directory.write("password", "three")
        #expect(source.stamp != first.stamp)
        let second = try source.read()
        let replacement = try directory.write("new", "fives")
        #expect(rename(replacement, path) == 0)
        #expect(source.stamp != second.stamp)
        #expect(unlink(path) == 0)
        #expect(source.stamp == nil)
    }

    @Test func isNotShownByAccident() throws {
        let password = try source(try directory.write("password", "secret")).read()
        var dumped = ""
        dump(password, to: &dumped)
        #expect("\(password)" == "(password)" && !String(reflecting: password).contains("secret") && !dumped.contains("secret"))
    }
}
