import MirrorCore
import StrictTOML

@testable import clsyncd

/// Texts of configurations, and what comes of them.
enum ConfigurationText {
    static let server = """
        [server]
        url = "https://vc.example.com"
        username = "u"
        password_file = "/p"

        """
    static let mirror = """
        [[mirror]]
        name = "isos"
        path = "/srv/isos"
        library = "ISOs"

        """

    static func read(_ text: String, environment: [String: String] = [:]) throws(ConfigurationErrors) -> Configuration {
        try Configuration(Array(text.utf8), file: "clsyncd.toml", environment: environment)
    }

    /// What is wrong, a line each; nothing if all is right.
    static func problems(_ text: String) -> [String] {
        do {
            _ = try read(text)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// A right configuration with these lines at the end of `[server]`, at line 5; its mirror follows.
    static func withServer(_ lines: String) -> String { server + lines + "\n" + mirror }
    /// With these lines in `[daemon]`, from line 6.
    static func withDaemon(_ lines: String) -> String { server + "[daemon]\n" + lines + "\n" + mirror }
    /// With these lines at the end of a mirror, from line 9.
    static func withMirror(_ lines: String) -> String { server + mirror + lines + "\n" }

    static func mirrorRules(_ lines: String) throws(ConfigurationErrors) -> MirrorRules { try read(withMirror(lines)).mirrors[0] }
}
