import Testing

@testable import OVFPackage

struct FileNameRuleTests {
    @Test(arguments: ["a", "disk 1.vmdk", "...", ".hidden", "a..b", "é😀.iso", "a:b", "100%.vmdk", "~", String(repeating: "x", count: 255)])
    func takes(name: String) { #expect(FileNameRule.problem(of: name) == nil) }

    @Test(arguments: [
        ("", FileNameProblem.empty), (".", .directory), ("..", .directory), ("/", .absolute), ("/etc/passwd", .absolute), ("//host/a", .absolute),
        ("../a", .separator("/")), ("a/b", .separator("/")), ("./a", .separator("/")), ("a/", .separator("/")), ("..\\a", .separator("\\")),
        ("C:\\a", .separator("\\")), ("a\0b", .controlCharacter), ("a\nb", .controlCharacter), ("a\r\n", .controlCharacter), ("\u{85}", .controlCharacter),
        ("\u{7f}", .controlCharacter), (String(repeating: "é", count: 128), .tooLong(bytes: 256)),
    ])
    func refuses(name: String, problem: FileNameProblem) { #expect(FileNameRule.problem(of: name) == problem) }

    /// In a log one message is one line.
    @Test func quotedForMessages() {
        #expect("a\nb\u{1b}[0m".quoted == "\"a\u{fffd}b\u{fffd}[0m\"")
        #expect(String(repeating: "x", count: 200).quoted.count == 202)
        #expect(String(repeating: "x", count: 201).quoted.hasSuffix("x...\""))
    }
}
