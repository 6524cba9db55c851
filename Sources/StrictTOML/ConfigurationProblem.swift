/// One thing that is wrong with a configuration, and where.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable { case error, warning }

    package var severity = Severity.error
    /// The file as it was named by the user.
    package var file: String
    /// Nil where the file could not be read at all.
    package var position: TextPosition?
    package var message: String

    package init(severity: Severity = .error, file: String, position: TextPosition?, message: String) {
        (self.severity, self.file, self.position, self.message) = (severity, file, position, message)
    }

    /// `clsyncd.toml:12:3: error: unknown key "exlude" in [[mirror]]; did you mean "exclude"?`
    package var description: String {
        let place = position.map { "\(file):\($0)" } ?? file
        return "\(place): \(severity.rawValue): \(message)"
    }
}

/// Everything that is wrong with a configuration, in the order of the text; never empty. The process exits with 2.
package struct ConfigurationErrors: Error, Equatable, CustomStringConvertible {
    package let problems: [ConfigurationProblem]

    package init(_ problems: [ConfigurationProblem]) {
        self.problems = problems.sorted { ($0.position ?? .start, $0.message) < ($1.position ?? .start, $1.message) }
    }

    /// One line each.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
