import Testing

@testable import clsyncd

@Suite struct ReloadDifferenceTests {
    private static let old = ConfigurationText.server + "[daemon]\nworkers = 4\n" + ConfigurationText.mirror

    private func difference(_ change: (String) -> String) throws -> ReloadDifference {
        ReloadDifference(from: try ConfigurationText.read(Self.old), to: try ConfigurationText.read(change(Self.old)))
    }

    @Test func mirrorsAloneAreNoDifference() throws {
        let difference = try difference { $0 + ConfigurationText.mirror.replacing("isos", with: "more").replacing("ISOs", with: "More") }
        #expect(difference.foreign == [] && difference.later == [])
    }

    @Test(arguments: [("https://vc.example.com", "https://other", "[server] url"), ("username = \"u\"", "username = \"v\"", "[server] username")])
    func anotherServerOrUserIsForeign(_ text: String, _ new: String, _ key: String) throws {
        let difference = try difference { $0.replacing(text, with: new) }
        #expect(difference.foreign == [key] && difference.later == [])
    }

    @Test(
        arguments: [
            ("password_file = \"/p\"", "password_file = \"/q\"", "[server] password_file or password_credential"),
            ("username = \"u\"", "username = \"u\"\nca_file = \"/ca\"", "[server] ca_file or thumbprint"),
            ("username = \"u\"", "username = \"u\"\napi = \"rest\"", "[server] api"),
            ("username = \"u\"", "username = \"u\"\nproxy = \"http://p:1\"", "[server] proxy"),
            ("username = \"u\"", "username = \"u\"\nallow_plaintext = true", "[server] allow_plaintext"),
            ("username = \"u\"", "username = \"u\"\ntransfer_hosts = [\"h\"]", "[server] transfer_hosts"),
            ("workers = 4", "workers = 5", "[daemon] workers"),
            ("workers = 4", "state_directory = \"/s\"", "[daemon] state_directory"),
            ("workers = 4", "runtime_directory = \"/r\"", "[daemon] runtime_directory"),
            ("workers = 4", "transfers_per_item = 3", "[daemon] transfers_per_item"),
            ("workers = 4", "rescan_interval = \"2h\"", "[daemon] rescan_interval"),
        ])
    func whatNeedsARestartIsNamed(_ text: String, _ new: String, _ key: String) throws {
        let difference = try difference { $0.replacing(text, with: new) }
        #expect(difference.foreign == [] && difference.later == [key])
    }
}
