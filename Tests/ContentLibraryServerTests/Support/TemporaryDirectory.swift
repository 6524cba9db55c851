import Foundation

/// A directory of one test, gone with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("content-library-server-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The regular files below a directory of it, by relative path, with their lengths.
    func files(_ directory: String) -> [String: Int] {
        let root = "\(path)/\(directory)"
        guard let walker = FileManager.default.enumerator(atPath: root) else { return [:] }
        var found: [String: Int] = [:]
        for case let name as String in walker {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(root)/\(name)")
            if attributes?[.type] as? FileAttributeType == .typeRegular { found[name] = attributes?[.size] as? Int ?? -1 }
        }
        return found
    }

    /// As a backup has it: with the files' times, and second names as such.
    func copy(to other: TemporaryDirectory) throws {
        let copying = try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: ["-a", "\(path)/.", other.path])
        copying.waitUntilExit()
        guard copying.terminationStatus == 0 else { throw Unexpected("cp ended with \(copying.terminationStatus)") }
    }
}
