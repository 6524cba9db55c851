import ArgumentParser
import ContentLibraryServer

/// The command line: what it accepts, and what of it goes together.
struct ServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "content-library-server",
        abstract: "A strict, persistent Content Library service for vSphere clients: JSON-RPC, /rest and /api.",
        discussion: """
            Users come from --users FILE, with one NAME:PASSWORD[:ROLE] a line, the password best as a hash (mkpasswd -m yescrypt), \
            or from --user, which others see in ps. Roles: admin (default), read-only; a users file may define others, and grant them on \
            single libraries. docs/server.md tells more.
            """,
        version: "0.1.0")

    @Option(name: .customLong("data"), help: ArgumentHelp("Directory for the database, the content and the certificate.", valueName: "DIR"))
    var data: String

    @Option(help: ArgumentHelp("Address to listen on; port 0 takes a free one.", valueName: "HOST:PORT"))
    var listen = "127.0.0.1:8443"

    @Flag(help: "TLS with a self-signed certificate, kept in the data directory (the default).")
    var selfSigned = false

    @Option(help: ArgumentHelp("TLS with this certificate (PEM).", valueName: "FILE"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("Its private key (PEM).", valueName: "FILE"))
    var tlsKey: String?

    @Flag(help: "No TLS.")
    var plaintext = false

    @Option(help: ArgumentHelp("File of users, which others must not be able to read.", valueName: "FILE"))
    var users: String?

    @Option(name: .customLong("user"), help: ArgumentHelp("A user, for tests; may be repeated.", valueName: "NAME:PASSWORD[:ROLE]"))
    var user: [String] = []

    @Option(help: ArgumentHelp("How long a content session lives without a keep-alive.", valueName: "TIME"))
    var sessionTimeout = "5m"

    @Option(help: ArgumentHelp("How long a login lives without a call.", valueName: "TIME"))
    var loginTimeout = "30m"

    @Option(help: ArgumentHelp("A further datastore; may be repeated. datastore-1, in the data directory, is always there.", valueName: "ID=DIR"))
    var datastore: [String] = []

    @Option(help: ArgumentHelp("A directory that file: URIs of new libraries may lie in; may be repeated.", valueName: "DIR"))
    var storageRoot: [String] = []

    @Option(help: ArgumentHelp("Wire manners: strict, or vcenter.", valueName: "NAME"))
    var profile = "strict"

    @Option(help: ArgumentHelp("Hosts to pull files from, *.DOMAIN for all below one; without the option, any.", valueName: "HOST,..."))
    var pullHosts: String?

    @Option(help: ArgumentHelp("What transfer URLs begin with, instead of the requests' Host.", valueName: "URL"))
    var publicURL: String?

    @Option(help: ArgumentHelp("File of faults to inject (TOML); SIGHUP reads it anew.", valueName: "FILE"))
    var faults: String?

    @Option(help: ArgumentHelp("File to write, as JSON, once connections are accepted.", valueName: "FILE"))
    var readyFile: String?

    mutating func validate() throws {
        if let pullHosts, PullHosts(pullHosts) == nil {
            throw ValidationError("--pull-hosts takes names or addresses of hosts, or *.DOMAIN, with commas between, not \"\(pullHosts)\"")
        }
        guard ServerProfile(rawValue: profile) != nil else { throw ValidationError("--profile takes strict or vcenter, not \"\(profile)\"") }
        guard users != nil || !user.isEmpty else { throw ValidationError("nobody could log in: give --users FILE, or --user NAME:PASSWORD") }
        guard (tlsCert == nil) == (tlsKey == nil) else { throw ValidationError("--tls-cert and --tls-key go together") }
        guard [selfSigned, tlsCert != nil, plaintext].count(where: { $0 }) <= 1 else {
            throw ValidationError("only one of --self-signed, --tls-cert and --plaintext can be had")
        }
        if let publicURL, !publicURL.hasPrefix("http://"), !publicURL.hasPrefix("https://") {
            throw ValidationError("--public-url takes an http: or https: URL, not \"\(publicURL)\"")
        }
    }
}

extension ServerCommand {
    func address() throws -> ListenAddress {
        guard let address = ListenAddress(listen) else { throw ValidationError("--listen takes HOST:PORT, not \"\(listen)\"") }
        return address
    }

    /// Users of the command line; a name must not come twice.
    func commandLineUsers() throws -> [User] {
        try user.map { text in
            guard let user = User(text) else { throw ValidationError("--user takes NAME:PASSWORD or NAME:PASSWORD:ROLE") }
            return user
        }
    }

    func datastores() throws -> [String: String] {
        var found: [String: String] = [:]
        for text in datastore {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex, text.index(after: equals) != text.endIndex else {
                throw ValidationError("--datastore takes ID=DIR, not \"\(text)\"")
            }
            guard found.updateValue(String(text[text.index(after: equals)...]), forKey: String(text[..<equals])) == nil else {
                throw ValidationError("the datastore \(text[..<equals]) is given twice")
            }
        }
        return found
    }

    static func time(_ text: String, _ option: String) throws -> Duration {
        guard let time = Duration(timeText: text), time > .zero else {
            throw ValidationError("\(option) takes a time such as 90s, 5m or 1h, not \"\(text)\"")
        }
        return time
    }
}

extension Duration {
    /// Reads `500ms`, `90s`, `5m`, `1h`, `2d`; a bare number is seconds.
    init?(timeText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number < 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(number)
        case "", "s": self = .seconds(number)
        case "m": self = .seconds(number * 60)
        case "h": self = .seconds(number * 3600)
        case "d": self = .seconds(number * 86400)
        default: return nil
        }
    }
}
