import Glibc
import MirrorCore
import StrictTOML

/// Looks at what a configuration names on this host, without the server. Blocks on the disk.
struct OfflineCheck {
    private let configuration: Configuration
    private let environment: [String: String]

    init(_ configuration: Configuration, environment: [String: String]) { (self.configuration, self.environment) = (configuration, environment) }

    /// Errors are what no run could work with; a root that is missing now is a warning, since it may come.
    func problems() -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        if let problem = judgePassword() { problems.append(problem) }
        if let problem = judgeAuthorities() { problems.append(problem) }
        for (index, mirror) in configuration.mirrors.enumerated() {
            if let problem = judgeRoot(mirror.path, at: configuration.position(of: "path", in: .mirror(index))) { problems.append(problem) }
        }
        return problems
    }

    private func judgePassword() -> ConfigurationProblem? {
        do {
            _ = try PasswordSource(configuration.server.password, environment: environment).read()
            return nil
        } catch .unreadable(let path, .permissionDenied) {
            return problem(.warning, "password_file", .server, "\(PasswordError.unreadable(path: path, .permissionDenied)); the service's user may read it")
        } catch .noCredentials(let name) {
            return problem(.warning, "password_credential", .server, "\(PasswordError.noCredentials(name: name))")
        } catch {
            let key = if case .file = configuration.server.password { "password_file" } else { "password_credential" }
            return problem(.error, key, .server, "\(error)")
        }
    }

    private func judgeAuthorities() -> ConfigurationProblem? {
        guard case .authorities(let path) = configuration.server.trust else { return nil }
        do {
            let file = try SmallFile(path, atMost: 1 << 24)
            if String(decoding: file.bytes, as: UTF8.self).contains("-----BEGIN ") { return nil }
            return problem(.error, "ca_file", .server, "certificate file \(path) holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
        } catch .permissionDenied {
            return problem(.warning, "ca_file", .server, "certificate file \(path): \(SmallFileError.permissionDenied); the service's user may read it")
        } catch {
            return problem(.error, "ca_file", .server, "certificate file \(path): \(error)")
        }
    }

    private func judgeRoot(_ path: String, at position: TextPosition) -> ConfigurationProblem? {
        var status = stat()
        let reason: String
        if stat(path, &status) != 0 {
            reason = errno == ENOENT || errno == ENOTDIR ? "does not exist; the mirror waits for it" : String(cString: strerror(errno))
        } else if status.st_mode & S_IFMT != S_IFDIR {
            reason = "is not a directory; the mirror waits for one"
        } else if access(path, R_OK | X_OK) != 0 {
            reason = "cannot be read by user \(geteuid()): \(String(cString: strerror(errno)))"
        } else {
            return nil
        }
        return ConfigurationProblem(severity: .warning, file: configuration.file, position: position, message: "directory \(path) \(reason)")
    }

    private func problem(_ severity: ConfigurationProblem.Severity, _ key: String, _ section: Configuration.Section, _ message: String) -> ConfigurationProblem
    {
        ConfigurationProblem(severity: severity, file: configuration.file, position: configuration.position(of: key, in: section), message: message)
    }
}
