/// One thing that is wrong with a configuration, and where.
struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    enum Severity: String, Sendable { case error, warning }

    var severity = Severity.error
    /// The file as it was named by the user.
    var file: String
    /// Nil where the file could not be read at all.
    var position: TextPosition?
    var message: String

    /// `clsyncd.toml:12:3: error: unknown key "exlude" in [[mirror]]; did you mean "exclude"?`
    var description: String {
        let place = position.map { "\(file):\($0)" } ?? file
        return "\(place): \(severity.rawValue): \(message)"
    }
}

/// Everything that is wrong with a configuration, in the order of the text; never empty. The process exits with 2.
struct ConfigurationErrors: Error, Equatable, CustomStringConvertible {
    let problems: [ConfigurationProblem]

    init(_ problems: [ConfigurationProblem]) {
        self.problems = problems.sorted { ($0.position ?? .start, $0.message) < ($1.position ?? .start, $1.message) }
    }

    /// One line each.
    var description: String { problems.map(\.description).joined(separator: "\n") }
}
