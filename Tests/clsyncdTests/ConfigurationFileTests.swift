import Glibc
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ConfigurationFileTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func problems(_ path: String) -> [String] {
        do {
            _ = try ConfigurationFile.load(path, environment: [:])
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func readsAFileAndNamesItAsGiven() throws {
        let path = try directory.write("c.toml", ConfigurationText.server + ConfigurationText.mirror)
        #expect(try ConfigurationFile.load(path, environment: [:]).file == path)
        try directory.write("c.toml", ConfigurationText.withMirror("quite = 1"))
        #expect(problems(path) == ["\(path):9:1: error: unknown key \"quite\" in [[mirror]]; did you mean \"quiet\"?"])
    }

    @Test func saysWhyThereIsNone() throws {
        #expect(problems("/nonexistent/c.toml") == ["/nonexistent/c.toml: error: no such file; name another with --config"])
        let file = try directory.write("file", "")
        #expect(problems("\(file)/c.toml") == ["\(file)/c.toml: error: no such file; name another with --config"])
        #expect(problems(directory.path) == ["\(directory.path): error: is a directory, not a file"])
        #expect(problems("/dev/null") == ["/dev/null: error: is not a regular file"])
        let pipe = "\(directory.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(problems(pipe) == ["\(pipe): error: is not a regular file"])
        let large = try directory.write("large", [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1))
        #expect(problems(large) == ["\(large): error: is longer than 1048576 bytes"])
        let latin = try directory.write("latin", Array("[server]\nurl = \"".utf8) + [0xE9])
        #expect(problems(latin) == ["\(latin):2:8: error: byte 0xe9 is not valid UTF-8; save the file as UTF-8"])
        let long = "/" + String(repeating: "x", count: 300)
        #expect(problems(long) == ["\(long): error: File name too long"])
    }

    @Test func errnoValuesHaveNames() {
        #expect("\(SmallFileError.permissionDenied)" == "permission denied: this process runs as user \(geteuid())")
        #expect("\(SmallFileError.system(EIO))" == "Input/output error")
    }
}
