import Digests
import StrictTOML

/// `[server]`: which server, as whom, and how it proves that it is the one.
struct ServerSettings: Hashable, Sendable {
    /// Where the password is; it is read at each login, never with the configuration.
    enum PasswordLocation: Hashable, Sendable {
        /// An absolute path.
        case file(String)
        /// A file of this name in `$CREDENTIALS_DIRECTORY`, which systemd sets.
        case credential(String)
    }
    /// What a TLS connection trusts.
    enum ServerTrust: Hashable, Sendable {
        case system
        /// The absolute path of a PEM file.
        case authorities(file: String)
        case pinned(Thumbprint)
    }
    /// Which encoding of the API is spoken.
    enum Dialect: String, Sendable, CaseIterable { case auto, api, rest, vapi }

    var url: ServerURL
    var username: String
    var password: PasswordLocation
    var trust = ServerTrust.system
    var api = Dialect.auto
    /// A URL; nil means what the environment says.
    var proxy: String?
    /// Whether `http://` may name another machine.
    var allowPlaintext = false
    /// Hosts besides the server's that transfer URLs may name.
    var transferHosts: [HostPort] = []
}

extension ServerSettings {
    /// Nil where something is missing or wrong; the reader then holds the problems.
    init?(_ section: inout SectionReader) {
        let url = section.require("url", .serverURL)
        let username = section.require("username", .nonEmptyText("a user name"))
        let password = Self.readPassword(&section)
        let trust = Self.readTrust(&section)
        var api = Dialect.auto
        section.read("api", .choice(Dialect.self), into: &api)
        let proxy = section.read("proxy", .proxyURL)
        var allowPlaintext = false
        section.read("allow_plaintext", .boolean, into: &allowPlaintext)
        var transferHosts: [HostPort] = []
        section.read("transfer_hosts", .list(of: .hostPort, named: "hosts"), into: &transferHosts)
        if let url { Self.judgeScheme(of: url, allowPlaintext: allowPlaintext, &section) }
        guard let url, let username, let password else { return nil }
        (self.url, self.username, self.password, self.trust) = (url, username, password, trust)
        (self.api, self.allowPlaintext, self.transferHosts) = (api, allowPlaintext, transferHosts)
        self.proxy = proxy == "" ? nil : proxy
    }

    private static func readPassword(_ section: inout SectionReader) -> PasswordLocation? {
        let file = section.read("password_file", .absolutePath)
        let credential = section.read("password_credential", .credentialName)
        switch (section.has("password_file"), section.has("password_credential")) {
        case (true, true): section.refuse("password_credential", "and password_file exclude each other")
        case (false, false): section.refuse(at: section.table.position, "missing key \"password_file\" or \"password_credential\" in \(section.title)")
        default: break
        }
        return file.map { .file($0) } ?? credential.map { .credential($0) }
    }

    private static func readTrust(_ section: inout SectionReader) -> ServerTrust {
        let file = section.read("ca_file", .absolutePath)
        let thumbprint = section.read("thumbprint", .thumbprint)
        if section.has("ca_file"), section.has("thumbprint") { section.refuse("thumbprint", "and ca_file exclude each other") }
        return thumbprint.map { .pinned($0) } ?? file.map { .authorities(file: $0) } ?? .system
    }

    private static func judgeScheme(of url: ServerURL, allowPlaintext: Bool, _ section: inout SectionReader) {
        guard url.scheme == .http else { return }
        if !allowPlaintext, !url.address.isLoopback {
            section.refuse("url", "must use https://: over http:// the password crosses the network in the clear (allow_plaintext = true permits it)")
        }
        for key in ["ca_file", "thumbprint"] where section.has(key) { section.refuse(key, "has no use with an http:// url") }
    }
}

extension ConfigurationKind where Value == Thumbprint {
    static var thumbprint: ConfigurationKind {
        .text("a SHA-1 or SHA-256 certificate thumbprint: 40 or 64 hexadecimal digits, with or without colons") {
            (text: String) throws(TextRefusal) -> Thumbprint in
            do throws(ThumbprintError) {
                return try Thumbprint(text)
            } catch {
                throw .mismatch
            }
        }
    }
}

extension ConfigurationKind where Value == String {
    /// systemd.exec(5): a credential's name is a file name.
    static var credentialName: ConfigurationKind {
        .text("the name of a credential") { (text: String) throws(TextRefusal) -> String in
            guard (1...255).contains(text.utf8.count), text != ".", text != "..", !text.contains(where: { "/:".contains($0) }) else { throw .mismatch }
            return text
        }
    }
}
