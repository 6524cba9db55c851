import Testing

@testable import StrictTOML

@Suite struct TOMLDocumentTests {
    private func parse(_ text: String) throws(TOMLError) -> TOMLTable { try TOMLDocument(Array(text.utf8)).root }
    private func failure(_ bytes: [UInt8]) -> TOMLError? {
        do {
            _ = try TOMLDocument(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func keepsTheOrderAndThePlacesOfKeysAndValues() throws {
        let root = try parse("z = 1\n  a =  \"x\"\n[t]\nq = [ 1,\n  \"é\", true ]\n  \"é\" = { k = 2.5 }\n[[m]]\n[[m]]\nx.y = 1979-05-27\n")
        #expect(root.entries.map(\.key) == ["z", "a", "t", "m"])
        #expect(root["a"]?.keyPosition == TextPosition(line: 2, column: 3))
        #expect(root["a"]?.value == TOMLValue(content: .string("x"), position: TextPosition(line: 2, column: 8)))
        let table = try #require(root["t"]?.value.table)
        #expect(root["t"]?.keyPosition == TextPosition(line: 3, column: 2))
        #expect(table.position == TextPosition(line: 3, column: 1))
        #expect(
            table["q"]?.value.array == [
                TOMLValue(content: .integer(1), position: TextPosition(line: 4, column: 7)),
                TOMLValue(content: .string("é"), position: TextPosition(line: 5, column: 3)),
                TOMLValue(content: .boolean(true), position: TextPosition(line: 5, column: 8)),
            ])
        #expect(table["é"]?.keyPosition == TextPosition(line: 6, column: 3))
        #expect(table["é"]?.value.table?["k"]?.value == TOMLValue(content: .float(2.5), position: TextPosition(line: 6, column: 15)))
        let mirrors = try #require(root["m"]?.value.array)
        #expect(mirrors.map(\.position.line) == [7, 8])
        #expect(mirrors[1].table?["x"]?.value.table?["y"]?.value.content == .dateTime("1979-05-27"))
    }

    @Test(arguments: [
        ("", []), ("# nothing\n", []), ("\u{FEFF}a = 1", ["a"]), ("a = \"\"\"\nmany \"\"quotes\"\"\\\n  lines\"\"\"\"\"\nb = '''x.y.z''''\n", ["a", "b"]),
        ("a = \"" + String(repeating: ".", count: 100) + "\" # " + String(repeating: ".", count: 100), ["a"]),
        ("a = [" + String(repeating: "1.5, ", count: 100) + "]", ["a"]), ("a = \"nul \\u0000\"", ["a"]), ("a = \"x\"\r\nb = 1\r\n", ["a", "b"]),
    ])
    func takes(_ text: String, _ keys: [String]) throws {
        #expect(try parse(text).entries.map(\.key) == keys)
    }

    @Test(arguments: [
        ("a = \n", "1:5", "not TOML: key-value pair: expected value, saw '\\n'"),
        ("a = 1\na = 2", "2:5", "not TOML: key-value pair: cannot redefine existing integer 'a'"),
        ("[a\n", "1:3", "not TOML: table header: expected ']', saw '\\n'"),
        ("x = 1\nb = [\"é\", 1, b]\n", "2:14", "not TOML: value: could not determine value type"),
        ("a = \"x\nb = 1", "1:7", "not TOML: string: unescaped control characters other than TAB (U+0009) are explicitly prohibited"),
        ("é = 1", "1:1", "not TOML: root table: expected keys, tables, whitespace or comments, saw 'é'"),
        // These break assertions of the parser.
        ("a = 1\n[}]", "2:2", "not TOML: unexpected character"),
        ("a = 1\nb = \"é\" \n[é]\n", "3:2", "not TOML: unexpected character"),
        ("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1", "1:32", "not TOML: a key of more than 16 parts"),
        ("a = " + String(repeating: "[", count: 100), "1:21", "not TOML: value: exceeded maximum nested value depth of 16 (TOML_MAX_NESTED_VALUES)"),
        (String(repeating: "#", count: 1 << 20) + "#", "1:1", "not TOML: longer than 1 MiB"),
    ])
    func refuses(_ text: String, _ place: String, _ message: String) {
        let error = failure(Array(text.utf8))
        #expect(error?.position.description == place)
        #expect(error?.message == message)
    }

    @Test(
        arguments: [([0x61, 0x0A, 0xC3, 0xA9, 0xFF, 0x31], "2:2", "0xff"), ([0xC0, 0x80], "1:1", "0xc0"), ([0x61, 0xE2, 0x82], "1:2", "0xe2")]
            as [([UInt8], String, String)])
    func namesTheFirstByteThatIsNotUTF8(_ bytes: [UInt8], _ place: String, _ byte: String) {
        let error = failure(bytes)
        #expect(error?.position.description == place)
        #expect(error?.message == "byte \(byte) is not valid UTF-8; save the file as UTF-8")
    }

    /// Long texts of the kinds that nest or chain cost no stack and no quadratic time.
    @Test(arguments: ["[[m]]\n", "a = [\n", "[a.b]\n", "a.", "{", "\"", "'''", "[", "a={b=", "\\\n", "# \n"])
    func survivesRepetition(_ unit: String) {
        let bytes = Array(String(repeating: unit, count: (1 << 16) / unit.utf8.count).utf8)
        if let error = failure(bytes) { #expect(error.position >= .start && !error.message.isEmpty) } else { #expect(["[[m]]\n", "# \n"].contains(unit)) }
    }
}
