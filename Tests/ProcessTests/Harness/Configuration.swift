/// The text of a clsyncd.toml, table by table.
struct Configuration: Sendable {
    var server = Table()
    var daemon = Table()
    /// At least one.
    var mirrors: [Table] = []

    /// The first mirror.
    var mirror: Table {
        get { mirrors[0] }
        set { mirrors[0] = newValue }
    }

    /// Keys and values in order. A value is text, a number, a truth value, or a list of texts.
    struct Table: Sendable {
        private var entries: [(key: String, value: String)] = []

        subscript(key: String) -> Value? {
            get { entries.first { $0.key == key }.map { Value(toml: $0.value) } }
            set {
                let index = entries.firstIndex { $0.key == key }
                switch (index, newValue) {
                case (let index?, let value?): entries[index].value = value.toml
                case (let index?, nil): entries.remove(at: index)
                case (nil, let value?): entries.append((key, value.toml))
                case (nil, nil): break
                }
            }
        }

        var lines: String { entries.map { "\($0.key) = \($0.value)\n" }.joined() }
    }

    struct Value: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
        ExpressibleByArrayLiteral
    {
        let toml: String

        init(toml: String) { self.toml = toml }
        init(_ text: String) { toml = Self.quoted(text) }
        init(stringLiteral text: String) { self.init(text) }
        init(integerLiteral number: Int) { toml = "\(number)" }
        init(booleanLiteral flag: Bool) { toml = "\(flag)" }
        init(arrayLiteral texts: String...) { toml = "[" + texts.map(Self.quoted).joined(separator: ", ") + "]" }

        private static func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
    }

    var text: String { "[server]\n\(server.lines)[daemon]\n\(daemon.lines)" + mirrors.map { "[[mirror]]\n\($0.lines)" }.joined() }
}
