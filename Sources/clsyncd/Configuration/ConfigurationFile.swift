import StrictTOML

/// The configuration on disk.
enum ConfigurationFile {
    static let defaultPath = "/etc/clsyncd/clsyncd.toml"

    /// Reads and checks a configuration file. Blocks on the disk. `environment` is the process's.
    static func load(_ path: String, environment: [String: String]) throws(ConfigurationErrors) -> Configuration {
        let file: SmallFile
        do {
            file = try SmallFile(path, atMost: TOMLDocument.maximumLength)
        } catch {
            throw ConfigurationErrors([ConfigurationProblem(file: path, position: nil, message: "\(error)\(hint(error))")])
        }
        return try Configuration(file.bytes, file: path, environment: environment)
    }

    private static func hint(_ error: SmallFileError) -> String {
        switch error {
        case .missing: "; name another with --config"
        default: ""
        }
    }
}
