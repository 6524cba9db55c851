import Foundation
import Glibc
import MirrorCore

/// A directory of one test, gone with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("mirror-engine-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

/// The files that a mirror mirrors, under a test's hands.
struct SourceTree: Sendable {
    let path: String
    /// Keeps the directory that it lies in.
    var owner: TemporaryDirectory?

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ call: String, code: Int32 = errno) { description = "\(call): errno \(code)" }
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes or rewrites the file in place, and the directories above it.
    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
    func write(_ name: String, _ bytes: [UInt8]) throws {
        if let slash = name.lastIndex(of: "/") { try directory(String(name[..<slash])) }
        let number = open(self(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw Failure("open \(name)") }
        defer { close(number) }
        guard Glibc.write(number, bytes, bytes.count) == bytes.count else { throw Failure("write \(name)") }
    }
    func directory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
    }
    func move(_ old: String, _ new: String) throws {
        guard rename(self(old), self(new)) == 0 else { throw Failure("rename \(old) \(new)") }
    }
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self(name)) }

    func text(_ name: String) throws -> String { String(decoding: try Data(contentsOf: URL(fileURLWithPath: self(name))), as: UTF8.self) }

    /// As the layout maps it: item, file, text.
    func contents(_ layout: MirrorRules.Layout = .directories) throws -> [String: [String: String]] {
        var items: [String: [String: String]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            if layout == .files {
                items[String(name.prefix { $0 != "." })] = [name: try text(name)]
            } else {
                items[name] = [:]
                for file in try FileManager.default.contentsOfDirectory(atPath: self(name)) { items[name]?[file] = try text("\(name)/\(file)") }
            }
        }
        return items
    }
}
