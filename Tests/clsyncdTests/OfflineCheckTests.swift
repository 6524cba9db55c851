import Glibc
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct OfflineCheckTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func problems(password: String = "password", authorities: String? = nil, root: String) throws -> [String] {
        let text = """
            [server]
            url = "https://vc"
            username = "u"
            \(password == "credential" ? "password_credential = \"vcenter\"" : "password_file = \"\(directory.path)/\(password)\"")
            \(authorities.map { "ca_file = \"\(directory.path)/\($0)\"" } ?? "")
            [[mirror]]
            name = "m"
            path = "\(root)"
            library = "L"
            """
        return OfflineCheck(try ConfigurationText.read(text), environment: [:]).problems().map(\.description)
    }

    @Test func findsNothingWhereAllIsThere() throws {
        try directory.write("password", "x")
        try directory.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
        #expect(try problems(authorities: "ca.pem", root: directory.path) == [])
    }

    @Test func aRootThatIsNotThereIsAWarning() throws {
        let file = try directory.write("password", "x")
        #expect(try problems(root: "/nonexistent") == ["clsyncd.toml:8:8: warning: directory /nonexistent does not exist; the mirror waits for it"])
        #expect(try problems(root: file) == ["clsyncd.toml:8:8: warning: directory \(file) is not a directory; the mirror waits for one"])
    }

    @Test func aPasswordThatCannotBeUsedIsAnError() throws {
        let path = try directory.write("password", "x", mode: 0o644)
        #expect(
            try problems(root: "/usr") == [
                "clsyncd.toml:4:17: error: password file \(path) is open to others (mode 0644): chmod 0600 it, owned by the user of the service"
            ])
        #expect(try problems(password: "none", root: "/usr") == ["clsyncd.toml:4:17: error: password file \(directory.path)/none: no such file"])
    }

    @Test func whatOnlyTheServiceSeesIsAWarning() throws {
        #expect(
            try problems(password: "credential", root: "/usr") == [
                "clsyncd.toml:4:23: warning: credential \"vcenter\": $CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=vcenter:FILE"
            ])
    }

    @Test func authoritiesThatAreNoneAreAnError() throws {
        try directory.write("password", "x")
        let path = try directory.write("ca.der", [0x30, 0x82])
        #expect(
            try problems(authorities: "ca.der", root: directory.path) == [
                "clsyncd.toml:5:11: error: certificate file \(path) holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
            ])
        #expect(
            try problems(authorities: "none", root: directory.path) == ["clsyncd.toml:5:11: error: certificate file \(directory.path)/none: no such file"])
    }
}
