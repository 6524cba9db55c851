/// What a key takes: how messages name it, and how a TOML value becomes a Swift one.
package struct ConfigurationKind<Value> {
    /// Completes "must be": `an integer from 1 to 64`.
    package let expected: String
    package let read: (TOMLValue) throws(ConfigurationRefusal) -> Value

    package init(expected: String, read: @escaping (TOMLValue) throws(ConfigurationRefusal) -> Value) { (self.expected, self.read) = (expected, read) }
}

/// Why a key's value is refused: one reason for each bad part of it.
package struct ConfigurationRefusal: Error {
    package struct Reason {
        package var position: TextPosition
        /// Of a member of an array: `[2]`, counted from 0.
        package var member = ""
        /// What follows the key in a message.
        package var text: String
    }
    package var reasons: [Reason] = []

    package init() {}
    package init(_ value: TOMLValue, _ text: String) { reasons = [Reason(position: value.position, text: text)] }
}

/// Why a string is refused.
package enum TextRefusal: Error, Equatable {
    /// It is not what the key takes at all.
    case mismatch
    /// What follows the key in a message.
    case reason(String)
}

extension ConfigurationKind {
    /// Refuses a value by naming what was expected and what was found.
    package static func mismatch(_ value: TOMLValue, _ expected: String) -> ConfigurationRefusal {
        ConfigurationRefusal(value, "must be \(expected), not \(value.shown)")
    }

    /// A string with a meaning. Only patterns may hold control characters, and nothing may hold NUL.
    package static func text(
        _ expected: String, allowingControl: Bool = false, _ parse: @escaping (String) throws(TextRefusal) -> Value
    ) -> ConfigurationKind {
        ConfigurationKind(expected: expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> Value in
            guard case .string(let text) = value.content else { throw mismatch(value, expected) }
            let isRefused = { (scalar: Unicode.Scalar) in allowingControl ? scalar == "\0" : scalar.properties.generalCategory == .control }
            if text.unicodeScalars.contains(where: isRefused) {
                throw ConfigurationRefusal(value, "must not contain \(allowingControl ? "NUL" : "control characters")")
            }
            do throws(TextRefusal) {
                return try parse(text)
            } catch {
                switch error {
                case .mismatch: throw mismatch(value, expected)
                case .reason(let reason): throw ConfigurationRefusal(value, reason)
                }
            }
        }
    }

    /// One of the names of an enumeration.
    package static func choice(_ type: Value.Type) -> ConfigurationKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        choice(Value.allCases.map { ($0.rawValue, $0) })
    }

    package static func choice(_ cases: [(name: String, value: Value)]) -> ConfigurationKind {
        let names = cases.map { "\"\($0.name)\"" }
        let expected = names.count > 1 ? names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1] : names.joined()
        return .text(expected) { (text: String) throws(TextRefusal) -> Value in
            guard let found = cases.first(where: { $0.name == text }) else { throw .mismatch }
            return found.value
        }
    }

    /// Another view of the values.
    package func map<Other>(_ transform: @escaping (Value) -> Other) -> ConfigurationKind<Other> {
        ConfigurationKind<Other>(expected: expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> Other in transform(try read(value)) }
    }
}

extension ConfigurationKind where Value == Bool {
    package static var boolean: ConfigurationKind {
        ConfigurationKind(expected: "true or false") { (value: TOMLValue) throws(ConfigurationRefusal) -> Bool in
            guard case .boolean(let flag) = value.content else { throw mismatch(value, "true or false") }
            return flag
        }
    }
}

extension ConfigurationKind where Value == Int {
    package static func integer(_ range: ClosedRange<Int>) -> ConfigurationKind {
        let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
        return ConfigurationKind(expected: expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> Int in
            guard case .integer(let number) = value.content, let number = Int(exactly: number), range.contains(number) else { throw mismatch(value, expected) }
            return number
        }
    }
}

extension ConfigurationKind where Value == String {
    package static var anyText: ConfigurationKind { .text("a string") { $0 } }

    /// `what` names it: "the name of a library".
    package static func nonEmptyText(_ what: String) -> ConfigurationKind {
        .text(what) { (text: String) throws(TextRefusal) -> String in
            if text.allSatisfy(\.isWhitespace) { throw .reason("must not be empty") }
            return text
        }
    }

    /// The same path without double and trailing slashes.
    package static var absolutePath: ConfigurationKind {
        .text("an absolute path") { (text: String) throws(TextRefusal) -> String in
            guard text.hasPrefix("/") else { throw .mismatch }
            let parts = text.split(separator: "/")
            // Where ".." leads depends on symbolic links, so that two paths to one place could not be told to be equal.
            if parts.contains("..") || parts.contains(".") { throw .reason("must not contain \".\" or \"..\"") }
            return "/" + parts.joined(separator: "/")
        }
    }
}

extension ConfigurationKind {
    /// An array; every bad member is named.
    package static func list<Element>(of member: ConfigurationKind<Element>, named plural: String) -> ConfigurationKind where Value == [Element] {
        let expected = "an array of \(plural)"
        return ConfigurationKind(expected: expected) { (value: TOMLValue) throws(ConfigurationRefusal) -> [Element] in
            guard let values = value.array else { throw mismatch(value, expected) }
            var elements: [Element] = []
            var refusal = ConfigurationRefusal()
            for (index, value) in values.enumerated() {
                do throws(ConfigurationRefusal) {
                    elements.append(try member.read(value))
                } catch {
                    refusal.reasons += error.reasons.map { .init(position: $0.position, member: "[\(index)]\($0.member)", text: $0.text) }
                }
            }
            if !refusal.reasons.isEmpty { throw refusal }
            return elements
        }
    }
}

extension TOMLValue {
    /// The value as a message shows it: short, on one line.
    package var shown: String {
        switch content {
        case .string(let text): return Self.quote(text)
        case .integer(let number): return "\(number)"
        case .float(let number): return "\(number)"
        case .boolean(let flag): return "\(flag)"
        case .dateTime(let text): return text
        case .array: return "an array"
        case .table: return "a table"
        }
    }

    /// A text of the file in quotes, shortened, without anything that could break a line or a terminal.
    package static func quote(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(60).map { $0.properties.generalCategory == .format ? "?" : $0.escaped(asASCII: false) }.joined()
        return "\"\(shown)\(text.unicodeScalars.count > 60 ? "..." : "")\""
    }
}
