import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ConfigurationErrorsTests {
    private static let rate = "must be a rate such as \"50MiB/s\", or \"0\" for no limit"
    private static let duration = "must be a duration such as \"5s\", \"200ms\" or \"1h30m\""

    /// Lines at the end of `[server]`, from line 5.
    @Test(arguments: [
        ("exclude = []", "5:1: error: unknown key \"exclude\" in [server]; it belongs in [[mirror]]"),
        ("api = \"soap\"", "5:7: error: api must be \"auto\", \"api\", \"rest\" or \"vapi\", not \"soap\""),
        ("api = 1", "5:7: error: api must be \"auto\", \"api\", \"rest\" or \"vapi\", not 1"),
        ("ca_file = \"ca.pem\"", "5:11: error: ca_file must be an absolute path, not \"ca.pem\""),
        (
            "thumbprint = \"AA:BB\"",
            "5:14: error: thumbprint must be a SHA-1 or SHA-256 certificate thumbprint: 40 or 64 hexadecimal digits, with or without colons, not \"AA:BB\""
        ),
        ("proxy = \"proxy:3128\"", "5:9: error: proxy must be a URL such as \"http://proxy.example.com:3128\", or \"\", not \"proxy:3128\""),
        ("proxy = \"http://u:p@proxy\"", "5:9: error: proxy must not hold a user or a password"),
        ("allow_plaintext = \"yes\"", "5:19: error: allow_plaintext must be true or false, not \"yes\""),
        ("transfer_hosts = \"esx1\"", "5:18: error: transfer_hosts must be an array of hosts, not \"esx1\""),
        (
            "transfer_hosts = [\"a\", \"b/c\"]",
            "5:24: error: transfer_hosts[1] must be a host such as \"esx1.example.com\" or \"esx1.example.com:443\", not \"b/c\""
        ),
        ("password_credential = \"x\"", "5:23: error: password_credential and password_file exclude each other"),
        ("password = \"secret\"", "5:1: error: unknown key \"password\" in [server]; did you mean \"password_file\"?"),
        ("\"a\\nb\" = 1", "5:1: error: unknown key \"a\\nb\" in [server]"),
        ("[server.more]\nx = 1", "5:9: error: unknown key \"more\" in [server]"),
    ])
    func inServer(_ lines: String, _ problem: String) {
        #expect(ConfigurationText.problems(ConfigurationText.withServer(lines)) == ["clsyncd.toml:\(problem)"])
    }

    /// Lines of `[daemon]`, from line 6.
    @Test(arguments: [
        ("workers = 0", "6:11: error: workers must be an integer from 1 to 64, not 0"),
        ("workers = 65", "6:11: error: workers must be an integer from 1 to 64, not 65"),
        ("workers = \"4\"", "6:11: error: workers must be an integer from 1 to 64, not \"4\""),
        ("workers = 4.0", "6:11: error: workers must be an integer from 1 to 64, not 4.0"),
        ("workers = [4]", "6:11: error: workers must be an integer from 1 to 64, not an array"),
        ("workers = { n = 4 }", "6:11: error: workers must be an integer from 1 to 64, not a table"),
        ("workers = 1979-05-27", "6:11: error: workers must be an integer from 1 to 64, not 1979-05-27"),
        ("transfers_per_item = 17", "6:22: error: transfers_per_item must be an integer from 1 to 16, not 17"),
        ("rescan_interval = \"0s\"", "6:19: error: rescan_interval must be at least 1s, not \"0s\""),
        ("rescan_interval = \"366d\"", "6:19: error: rescan_interval must be at most 365d, not \"366d\""),
        ("rescan_interval = 3600", "6:19: error: rescan_interval \(duration), not 3600"),
        ("state_directory = \"state\"", "6:19: error: state_directory must be an absolute path, not \"state\""),
        ("runtime_directory = \"/run/../etc\"", "6:21: error: runtime_directory must not contain \".\" or \"..\""),
        ("bandwidth_limit = \"fast\"", "6:19: error: bandwidth_limit \(rate), not \"fast\""),
        ("bandwidth_limit = 0", "6:19: error: bandwidth_limit \(rate), not 0"),
        ("bandwidth_limit = \"1B/s\"", "6:19: error: bandwidth_limit must be from 1KiB/s to 1024TiB/s, not \"1B/s\""),
        (
            "bandwidth_limit = \"08:00-18:00 20MiB/s, else 0\"",
            "6:19: error: bandwidth_limit = \"08:00-18:00 20MiB/s, else 0\" is not yet supported: only one rate for all day is"
        ),
        ("metrics_listen = \"127.0.0.1:9469\"", "6:18: error: metrics_listen = \"127.0.0.1:9469\" is not yet supported"),
        ("metrics_file = \"/m\"", "6:16: error: metrics_file = \"/m\" is not yet supported"),
        ("worker = 3", "6:1: error: unknown key \"worker\" in [daemon]; did you mean \"workers\"?"),
        ("url = \"x\"", "6:1: error: unknown key \"url\" in [daemon]; it belongs in [server]"),
    ])
    func inDaemon(_ lines: String, _ problem: String) {
        #expect(ConfigurationText.problems(ConfigurationText.withDaemon(lines)) == ["clsyncd.toml:\(problem)"])
    }

    /// Lines at the end of a mirror, from line 9.
    @Test(arguments: [
        ("  exlude = []", "9:3: error: unknown key \"exlude\" in [[mirror]]; did you mean \"exclude\"?"),
        ("layout = \"dirs\"", "9:10: error: layout must be \"directories\", \"files\" or \"single\", not \"dirs\""),
        ("layout = \"single\"", "9:10: error: layout = \"single\" needs item, the name of the item"),
        ("layout = \"single\"\nitem = \"\"", "10:8: error: layout = \"single\" needs item, the name of the item"),
        ("item = \"x\"", "9:8: error: item is only for layout = \"single\"; others name their items after directories or files"),
        ("layout = \"single\"\nitem = \"x\"\nitem_name = \"a{name}\"", "11:13: error: item_name has no use with layout = \"single\", where item is the name"),
        ("item_name = \"x\"", "9:13: error: item_name must be a name with \"{name}\" in it, such as \"site-{name}\", not \"x\""),
        ("item_name = \"{name}{date}\"", "9:13: error: item_name must be a name with \"{name}\" in it, such as \"site-{name}\", not \"{name}{date}\""),
        ("item_name = \"{name}{name}\"", "9:13: error: item_name must be a name with \"{name}\" in it, such as \"site-{name}\", not \"{name}{name}\""),
        ("item_name = \"a/{name}\"", "9:13: error: item_name must be a name with \"{name}\" in it, such as \"site-{name}\", not \"a/{name}\""),
        ("type = \"vm\"", "9:8: error: type must be \"auto\", \"ovf\", \"iso\" or \"generic\", not \"vm\""),
        ("type = \"ovf\"", "9:8: error: type = \"ovf\" is not yet supported"),
        ("storage = \"datastore-1\"", "9:11: error: storage is only for create_library = true"),
        (
            "create_library = true\nstorage = \"https://x\"",
            "10:11: error: storage must be a datastore id such as \"datastore-12\", or a URI such as \"file:///srv/library\", not \"https://x\""
        ),
        ("quiet = 5", "9:9: error: quiet \(duration), not 5"), ("quiet = \"5\"", "9:9: error: quiet \(duration), not \"5\""),
        ("quiet = \"2m\"", "9:9: error: max_wait (1m) must not be shorter than quiet (2m)"),
        ("max_wait = \"4s\"", "9:12: error: max_wait (4s) must not be shorter than quiet (5s)"),
        ("delete_window = \"-1s\"", "9:17: error: delete_window \(duration), not \"-1s\""),
        ("include = \"*\"", "9:11: error: include must be an array of gitignore patterns, not \"*\""),
        ("exclude = [\" \"]", "9:12: error: exclude[0] must not be empty"), ("exclude = [\"a\\u0000\"]", "9:12: error: exclude[0] must not contain NUL"),
        ("exclude = [\"#a\"]", "9:12: error: exclude[0] is a comment: write \"\\\\#\" for a name that begins with \"#\""),
        ("exclude = [\"[a\"]", "9:12: error: exclude[0] = \"[a\" is no usable pattern: \"[\" without \"]\"; write \"\\[\" for the character itself"),
        ("nested = true", "9:10: error: nested must be \"ignore\" or \"flatten\", not true"),
        ("flatten_separator = \"\"", "9:21: error: flatten_separator must not be empty"),
        ("flatten_separator = \"/\"", "9:21: error: flatten_separator must not contain \"/\""),
        ("symlinks = \"keep\"", "9:12: error: symlinks must be \"skip\" or \"follow\", not \"keep\""),
        ("delete = \"yes\"", "9:10: error: delete must be \"mirror\" or \"keep\", not \"yes\""),
        ("max_delete = \"10\"", "9:14: error: max_delete must be a count such as 100, or a percentage from \"0%\" to \"100%\", not \"10\""),
        ("max_delete = -1", "9:14: error: max_delete must be a count such as 100, or a percentage from \"0%\" to \"100%\", not -1"),
        ("max_delete = \"101%\"", "9:14: error: max_delete must be a count such as 100, or a percentage from \"0%\" to \"100%\", not \"101%\""),
        ("max_delete = \"-1%\"", "9:14: error: max_delete must be a count such as 100, or a percentage from \"0%\" to \"100%\", not \"-1%\""),
        ("max_delete = 0.5", "9:14: error: max_delete must be a count such as 100, or a percentage from \"0%\" to \"100%\", not 0.5"),
        ("extraneous = \"delete\"", "9:14: error: extraneous must be \"keep\" or \"remove\", not \"delete\""),
        ("delete = \"keep\"\nextraneous = \"remove\"", "10:14: error: extraneous = \"remove\" contradicts delete = \"keep\""),
        ("drift = \"ignore\"", "9:9: error: drift must be \"repair\" or \"report\", not \"ignore\""),
        ("adopt = \"size\"", "9:9: error: adopt must be \"checksum\" or \"download\", not \"size\""),
        ("fingerprint = [\"size\", \"birth\"]", "9:24: error: fingerprint[1] must be \"size\", \"mtime\", \"ctime\" or \"inode\", not \"birth\""),
        ("fingerprint = [\"size\", \"mtime\", \"size\"]", "9:15: error: fingerprint names a part twice"),
        ("fingerprint = [\"size\"]", "9:15: error: fingerprint must have \"size\", and \"mtime\" or \"ctime\": without them changes pass unseen"),
        ("fingerprint = []", "9:15: error: fingerprint must have \"size\", and \"mtime\" or \"ctime\": without them changes pass unseen"),
        ("source = \"pull\"", "9:10: error: source = \"pull\" is not yet supported"),
        ("source = \"x\"", "9:10: error: source must be \"push\" or \"pull\", not \"x\""),
        ("pull_base = \"ds:///x\"", "9:13: error: pull_base = \"ds:///x\" is not yet supported"),
        ("pull_fallback = \"push\"", "9:17: error: pull_fallback = \"push\" is not yet supported"),
        ("allow_warnings = [\"x\"]", "9:18: error: allow_warnings = [...] is not yet supported"),
        ("publish = true", "9:11: error: publish = true is not yet supported"),
        ("publish = 1", "9:11: error: publish must be true or false, not 1"), ("export = \"/x\"", "9:10: error: export = \"/x\" is not yet supported"),
        ("checksum = \"sha1\"", "9:12: error: checksum must be \"auto\", \"SHA1\", \"SHA256\", \"SHA512\" or \"MD5\", not \"sha1\""),
    ])
    func inAMirror(_ lines: String, _ problem: String) {
        #expect(ConfigurationText.problems(ConfigurationText.withMirror(lines)) == ["clsyncd.toml:\(problem)"])
    }

    /// What a right configuration says at first, and what else it could say.
    @Test(arguments: [
        (
            "url = \"https://vc.example.com\"", "url = \"vc.example.com\"",
            "2:7: error: url must be a URL such as \"https://vcenter.example.com\", not \"vc.example.com\""
        ),
        ("url = \"https://vc.example.com\"", "url = \"https://vc.example.com/ui\"", "2:7: error: url must end after the host and the port, without a path"),
        (
            "url = \"https://vc.example.com\"", "url = \"http://vc.example.com\"",
            "2:7: error: url must use https://: over http:// the password crosses the network in the clear (allow_plaintext = true permits it)"
        ),
        ("url = \"https://vc.example.com\"", "url = \"http://localhost\"\nca_file = \"/x\"", "3:11: error: ca_file has no use with an http:// url"),
        ("url = \"https://vc.example.com\"\n", "", "1:1: error: missing key \"url\" in [server]"),
        ("username = \"u\"", "username = \" \"", "3:12: error: username must not be empty"),
        ("username = \"u\"", "username = \"a\\tb\"", "3:12: error: username must not contain control characters"),
        ("username = \"u\"\n", "", "1:1: error: missing key \"username\" in [server]"),
        ("password_file = \"/p\"\n", "", "1:1: error: missing key \"password_file\" or \"password_credential\" in [server]"),
        ("password_file = \"/p\"", "password_file = \"\"", "4:17: error: password_file must be an absolute path, not \"\""),
        ("password_file = \"/p\"", "password_credential = \"a/b\"", "4:23: error: password_credential must be the name of a credential, not \"a/b\""),
        (
            "name = \"isos\"", "name = \"is os\"",
            "6:8: error: name must be 1 to 64 ASCII letters, digits, \".\", \"_\" or \"-\", the first a letter or a digit, not \"is os\""
        ),
        ("name = \"isos\"\n", "", "5:1: error: missing key \"name\" in [[mirror]]"),
        ("path = \"/srv/isos\"\n", "", "5:1: error: missing key \"path\" in [[mirror]]"),
        ("path = \"/srv/isos\"", "path = \"/\"", "7:8: error: path must not be the root of the file system"),
        ("path = \"/srv/isos\"", "path = \"srv\"", "7:8: error: path must be an absolute path, not \"srv\""),
        ("path = \"/srv/isos\"", "path = \"/srv/\\u0000\"", "7:8: error: path must not contain control characters"),
        ("library = \"ISOs\"\n", "", "5:1: error: missing key \"library\" in [[mirror]]"),
        ("library = \"ISOs\"", "library = \"\"", "8:11: error: library must not be empty"),
        ("[[mirror]]", "[mirror]", "5:2: error: mirror must be an array of tables, written [[mirror]]"),
        ("[server]", "[[server]]", "1:3: error: server must be a table, written [server]"),
        ("[server]", "x = 1\n[server]", "1:1: error: unknown key \"x\" outside of any table"),
        ("[server]", "workers = 1\n[server]", "1:1: error: unknown key \"workers\" outside of any table; it belongs in [daemon]"),
        ("[server]", "daemon = 1\n[server]", "1:1: error: daemon must be a table, written [daemon]"),
        ("[[mirror]]", "[deamon]\nworkers = 3\n[[mirror]]", "5:2: error: unknown table \"deamon\"; did you mean [daemon]?"),
        ("[[mirror]]", "[logging]\n[[mirror]]", "5:2: error: unknown table \"logging\""),
        ("[server]", "[server", "1:8: error: not TOML: table header: expected ']', saw '\\n'"),
    ])
    func elsewhere(_ right: String, _ wrong: String, _ problem: String) {
        let text = (ConfigurationText.server + ConfigurationText.mirror).replacing(right, with: wrong)
        #expect(ConfigurationText.problems(text) == ["clsyncd.toml:\(problem)"])
    }

    @Test(arguments: [
        ("", ["1:1: error: missing table [[mirror]]: nothing to mirror", "1:1: error: missing table [server]"]),
        (ConfigurationText.server, ["1:1: error: missing table [[mirror]]: nothing to mirror"]),
        (ConfigurationText.mirror, ["1:1: error: missing table [server]"]),
        ("mirror = []\n" + ConfigurationText.server, ["1:1: error: missing table [[mirror]]: nothing to mirror"]),
        (
            "mirror = [ 1,\n 2 ]\n" + ConfigurationText.server,
            ["1:12: error: mirror must be an array of tables, written [[mirror]]", "2:2: error: mirror must be an array of tables, written [[mirror]]"]
        ),
    ])
    func missingTables(_ text: String, _ problems: [String]) {
        #expect(ConfigurationText.problems(text) == problems.map { "clsyncd.toml:\($0)" })
    }

    @Test func namesTheMirrorsThatClash() {
        let text =
            ConfigurationText.server + """
                [[mirror]]
                name = "a"
                path = "/a"
                library = "L"
                extraneous = "remove"
                [[mirror]]
                name = "a"
                path = "/b"
                library = "L"
                layout = "single"
                item = "X"
                [[mirror]]
                name = "c"
                path = "/c"
                library = "L"
                layout = "single"
                item = "x"
                [[mirror]]
                name = "d"
                path = "/d"
                library = "M"
                layout = "single"
                item = "x"
                extraneous = "remove"
                """
        #expect(
            ConfigurationText.problems(text) == [
                "clsyncd.toml:9:14: error: extraneous = \"remove\" needs a library of its own: \"L\" is shared with mirror \"a\", \"c\"",
                "clsyncd.toml:11:8: error: name \"a\" is taken by the mirror at line 6",
                "clsyncd.toml:21:8: error: item \"x\" of library \"L\" is also claimed by mirror \"a\"",
            ])
    }

    @Test func reportsEverythingAtOnceInTheOrderOfTheText() {
        let text = """
            worker = 3
            [server]
            url = "http://vc"
            user = "x"
            [daemon]
            workers = 0
            [[mirror]]
              exlude = ["a"]
            name = "a b"
            path = "srv"
            type = "ovf"
            exclude = ["", 5]
            """
        #expect(
            ConfigurationText.problems(text) == [
                "clsyncd.toml:1:1: error: unknown key \"worker\" outside of any table",
                "clsyncd.toml:2:1: error: missing key \"password_file\" or \"password_credential\" in [server]",
                "clsyncd.toml:2:1: error: missing key \"username\" in [server]",
                "clsyncd.toml:3:7: error: url must use https://: over http:// the password crosses the network in the clear (allow_plaintext = true permits it)",
                "clsyncd.toml:4:1: error: unknown key \"user\" in [server]; did you mean \"username\"?",
                "clsyncd.toml:6:11: error: workers must be an integer from 1 to 64, not 0",
                "clsyncd.toml:7:1: error: missing key \"library\" in [[mirror]]",
                "clsyncd.toml:8:3: error: unknown key \"exlude\" in [[mirror]]; did you mean \"exclude\"?",
                "clsyncd.toml:9:8: error: name must be 1 to 64 ASCII letters, digits, \".\", \"_\" or \"-\", the first a letter or a digit, not \"a b\"",
                "clsyncd.toml:10:8: error: path must be an absolute path, not \"srv\"",
                "clsyncd.toml:11:8: error: type = \"ovf\" is not yet supported",
                "clsyncd.toml:12:12: error: exclude[0] must not be empty",
                "clsyncd.toml:12:16: error: exclude[1] must be a gitignore pattern, not 5",
            ])
    }

    @Test func longAndStrangeTextsStayOnOneShortLine() {
        let name = String(repeating: "x", count: 1000)
        let problems = ConfigurationText.problems(ConfigurationText.withMirror("\(name) = 1\ndrift = \"\u{202E}\(name)\"\nnested = \"\\u001B[31m\\n\""))
        #expect(problems.count == 3)
        #expect(problems.allSatisfy { $0.utf8.count < 250 && !$0.contains("\n") && !$0.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" } })
    }
}
