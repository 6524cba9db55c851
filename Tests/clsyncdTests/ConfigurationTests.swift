import Digests
import MirrorCore
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ConfigurationTests {
    @Test func defaultsAreThoseOfTheInterface() throws {
        let configuration = try ConfigurationText.read(ConfigurationText.server + ConfigurationText.mirror)
        let server = configuration.server
        #expect(server.url.description == "https://vc.example.com")
        #expect(server.username == "u")
        #expect(server.password == .file("/p"))
        #expect(server.trust == .system)
        #expect(server.api == .auto)
        #expect(server.proxy == nil)
        #expect(!server.allowPlaintext)
        #expect(server.transferHosts.isEmpty)
        let daemon = configuration.daemon
        #expect(daemon.stateDirectory == "/var/lib/clsyncd")
        #expect(daemon.runtimeDirectory == "/run/clsyncd")
        #expect(daemon.workers == 4)
        #expect(daemon.transfersPerItem == 2)
        #expect(daemon.rescanInterval == .seconds(3600))
        #expect(configuration.mirrors == [MirrorRules(name: "isos", path: "/srv/isos", library: "ISOs")])
        let rules = configuration.mirrors[0]
        #expect(!rules.createLibrary && rules.storage.isEmpty && rules.layout == .directories && rules.item.isEmpty && rules.itemName == "{name}")
        #expect(rules.type == .auto && rules.quiet == .seconds(5) && rules.maxWait == .seconds(60) && rules.include.isEmpty && rules.exclude.isEmpty)
        #expect(rules.nested == .ignore && rules.flattenSeparator == "__" && rules.symlinks == .skip && rules.delete == .mirror)
        #expect(rules.maxDelete == .percent(50) && rules.deleteWindow == .seconds(3600) && rules.extraneous == .keep && rules.drift == .repair)
        #expect(rules.adopt == .checksum && rules.fingerprint == .all && rules.checksum == .auto)
    }

    @Test func readsEveryKeyOfServerAndDaemon() throws {
        let configuration = try ConfigurationText.read(
            """
            [server]
            url = "http://VC.example.com:8080/"
            username = "DOMAIN\\\\svc"
            password_credential = "vcenter"
            api = "vapi"
            proxy = "socks5h://proxy:1080"
            allow_plaintext = true
            transfer_hosts = ["esx1", "ESX2:902", "[fd00::2]:443"]
            [daemon]
            state_directory = "/srv//state/"
            runtime_directory = "/run/x"
            bandwidth_limit = "50MiB/s"
            metrics_listen = ""
            metrics_file = ""
            workers = 64
            transfers_per_item = 16
            rescan_interval = "1s"

            """ + ConfigurationText.mirror, environment: ["STATE_DIRECTORY": "/elsewhere", "RUNTIME_DIRECTORY": "/elsewhere"])
        let server = configuration.server
        #expect(server.url.description == "http://vc.example.com:8080")
        #expect(server.username == "DOMAIN\\svc")
        #expect(server.password == .credential("vcenter"))
        #expect(server.api == .vapi)
        #expect(server.proxy == "socks5h://proxy:1080")
        #expect(server.allowPlaintext)
        #expect(server.transferHosts.map(\.description) == ["esx1", "esx2:902", "[fd00::2]:443"])
        let daemon = DaemonSettings(
            stateDirectory: "/srv/state", runtimeDirectory: "/run/x", workers: 64, transfersPerItem: 16, rescanInterval: .seconds(1), bandwidthLimit: 50 << 20)
        #expect(configuration.daemon == daemon)
    }

    @Test func readsEveryKeyOfAMirror() throws {
        var expected = MirrorRules(name: "isos", path: "/srv/isos", library: "ISOs")
        expected.createLibrary = true
        expected.storage = "datastore-12"
        expected.layout = .single
        expected.item = "All of it"
        expected.type = .iso
        expected.quiet = .milliseconds(200)
        expected.maxWait = .seconds(5400)
        expected.include = ["*.iso", "!old.iso"]
        expected.exclude = ["*.log", "a\nb"]
        expected.nested = .flatten
        expected.flattenSeparator = "--"
        expected.symlinks = .follow
        expected.delete = .keep
        expected.maxDelete = .count(0)
        expected.deleteWindow = .zero
        expected.drift = .report
        expected.adopt = .download
        expected.fingerprint = [.size, .modified]
        expected.checksum = .fixed(.sha512)
        let rules = try ConfigurationText.mirrorRules(
            """
            create_library = true
            storage = "datastore-12"
            layout = "single"
            item = "All of it"
            item_name = "{name}"
            type = "iso"
            quiet = "200ms"
            max_wait = "1h30m"
            include = ["*.iso", "!old.iso"]
            exclude = ["*.log", "a\\nb"]
            nested = "flatten"
            flatten_separator = "--"
            symlinks = "follow"
            delete = "keep"
            max_delete = 0
            delete_window = "0s"
            extraneous = "keep"
            drift = "report"
            adopt = "download"
            fingerprint = ["mtime", "size"]
            source = "push"
            pull_base = ""
            pull_fallback = "none"
            allow_warnings = []
            publish = false
            export = ""
            checksum = "SHA512"
            """)
        #expect(rules == expected)
    }

    @Test func takesTheOtherChoices() throws {
        let cases: [(String, (inout MirrorRules) -> Void)] = [
            ("layout = \"files\"", { $0.layout = .files }), ("item_name = \"site-{name}\"", { $0.itemName = "site-{name}" }),
            ("extraneous = \"remove\"", { $0.extraneous = .remove }), ("max_delete = \"100%\"", { $0.maxDelete = .percent(100) }),
            ("max_delete = \"0%\"", { $0.maxDelete = .percent(0) }), ("create_library = true", { $0.createLibrary = true }),
            ("create_library = true\nstorage = \"file:///srv/x\"", { ($0.createLibrary, $0.storage) = (true, "file:///srv/x") }),
            ("quiet = \"60s\"", { $0.quiet = .seconds(60) }), ("checksum = \"MD5\"", { $0.checksum = .fixed(.md5) }),
            ("type = \"generic\"", { $0.type = .generic }),
        ]
        for (line, change) in cases {
            var expected = MirrorRules(name: "isos", path: "/srv/isos", library: "ISOs")
            change(&expected)
            #expect(try ConfigurationText.mirrorRules(line) == expected)
        }
    }

    @Test func takesAuthoritiesOrAThumbprint() throws {
        let file = try ConfigurationText.read(ConfigurationText.withServer("ca_file = \"/etc/ca.pem\""))
        #expect(file.server.trust == .authorities(file: "/etc/ca.pem"))
        let hex = String(repeating: "ab", count: 20)
        let pinned = try ConfigurationText.read(ConfigurationText.withServer("thumbprint = \"\(hex)\""))
        #expect(pinned.server.trust == .pinned(try Thumbprint(hex)))
    }

    @Test func directoriesComeFromTheEnvironmentUnlessNamed() throws {
        let environment = ["STATE_DIRECTORY": "/var/lib/one:/var/lib/two", "RUNTIME_DIRECTORY": "/run/one"]
        let text = ConfigurationText.server + ConfigurationText.mirror
        #expect(try ConfigurationText.read(text, environment: environment).daemon.stateDirectory == "/var/lib/one")
        #expect(try ConfigurationText.read(text, environment: environment).daemon.runtimeDirectory == "/run/one")
        #expect(try ConfigurationText.read(text, environment: ["STATE_DIRECTORY": ""]).daemon.stateDirectory == "/var/lib/clsyncd")
    }

    @Test func tellsWhereEachValueIs() throws {
        let configuration = try ConfigurationText.read(
            ConfigurationText.server + ConfigurationText.mirror + ConfigurationText.mirror.replacing("isos", with: "two"))
        #expect(configuration.position(of: "url", in: .server) == TextPosition(line: 2, column: 7))
        #expect(configuration.position(of: "proxy", in: .server) == TextPosition(line: 1, column: 1))
        #expect(configuration.position(of: "workers", in: .daemon) == .start)
        #expect(configuration.position(of: "path", in: .mirror(1)) == TextPosition(line: 11, column: 8))
        #expect(configuration.position(of: "path", in: .mirror(2)) == .start)
    }

    @Test func mirrorsMayShareALibraryAndBeWrittenAsValues() throws {
        let shared = """
            mirror = [ { name = "a", path = "/a", library = "L" }, { name = "b", path = "/b", library = "L", layout = "single", item = "x" },
              { name = "c", path = "/c", library = "L", layout = "single", item = "y" } ]
            """
        #expect(try ConfigurationText.read(shared + "\n" + ConfigurationText.server).mirrors.map(\.name) == ["a", "b", "c"])
    }
}
