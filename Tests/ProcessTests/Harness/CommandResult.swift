import ContentLibraryAPI

/// How a command of clsyncd went.
struct CommandResult: Sendable, CustomStringConvertible {
    var arguments: [String]
    var exit: RunningProcess.Exit
    var output: String
    var errors: String
    /// The lines of its output that are JSON.
    var lines: [JSON]

    init(_ arguments: [String], _ exit: RunningProcess.Exit, output: String, errors: String) {
        (self.arguments, self.exit, self.output, self.errors) = (arguments, exit, output, errors)
        lines = output.split(separator: "\n").compactMap { try? JSON(parsing: Array($0.utf8)) }
    }

    /// Both outputs: where a message is does not matter to all tests.
    var text: String { output + errors }
    var code: Int32? { if case .code(let code) = exit { code } else { nil } }

    func lines(_ kind: String) -> [JSON] { lines.filter { $0["kind"]?.text == kind } }

    var summary: JSON? { lines.last.flatMap { $0["kind"]?.text == "summary" ? $0 : nil } }

    /// Of a mirror line: the first one's, or that of the mirror of the name.
    func mirror(_ name: String? = nil) -> JSON? { lines("mirror").first { name == nil || $0["mirror"]?.text == name } }

    func item(_ name: String) -> JSON? { lines("item").first { $0["item"]?.text == name } }

    func file(_ item: String, _ name: String) -> JSON? { lines("file").first { $0["item"]?.text == item && $0["file"]?.text == name } }

    /// The holds that the mirror's line names.
    var holds: [String] { mirror()?["hold"]?.text?.split(separator: ",").map(String.init) ?? [] }

    /// `upload a b.iso`, one for each action, in the order of the output.
    var actions: [String] {
        lines("action").map { line in
            [line["action"]?.text, line["item"]?.text, line["file"]?.text].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
        }
    }

    var description: String { "clsyncd \(arguments.joined(separator: " ")): \(exit)\n\(output)\(errors)" }
}

extension JSON {
    /// The number that this is.
    var number: Int64? { if case .int(let number) = self { number } else { nil } }
}
