import ContentLibraryAPI
import Digests
import Glibc

/// What a library should hold for a directory, by the rules of the layouts with the default filters, computed without any of the product's code.
struct LocalTree: Sendable {
    /// SHA-1 by file by item. An item without files need not be in the library, but may.
    var items: [String: [String: String]] = [:]

    static func directories(_ root: String) throws -> LocalTree {
        var tree = LocalTree()
        for (name, path) in try mirrored(root, .directory) {
            tree.items[name] = [:]
            for (file, path) in try mirrored(path, .file) { tree.items[name]?[file] = try digest(path) }
        }
        return tree
    }

    static func files(_ root: String) throws -> LocalTree {
        var tree = LocalTree()
        for (name, path) in try mirrored(root, .file) {
            let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
            tree.items[stem] = [name: try digest(path)]
        }
        return tree
    }

    static func single(_ root: String, item: String) throws -> LocalTree {
        var tree = LocalTree()
        tree.items[item] = [:]
        for (file, path) in try mirrored(root, .file) { tree.items[item]?[file] = try digest(path) }
        return tree
    }

    private static func digest(_ path: String) throws -> String {
        let digest = try MultiDigest([.sha1])
        try SourceTree.read(Array(path.utf8)) { digest.update($0) }
        return digest.finish()[.sha1] ?? ""
    }

    private static func mirrored(_ directory: String, _ kind: SourceTree.Kind) throws -> [(name: String, path: String)] {
        try SourceTree.entries(Array(directory.utf8)).compactMap { bytes in
            guard let name = String(validating: bytes, as: UTF8.self), SourceTree.kind(Array("\(directory)/\(name)".utf8)) == kind else { return nil }
            let isLeftOut = name.hasPrefix(".") || name.hasSuffix("~") || [".part", ".tmp", ".swp", ".crdownload"].contains { name.hasSuffix($0) }
            return isLeftOut || name == "lost+found" ? nil : (name, "\(directory)/\(name)")
        }
    }

    /// The first thing in which the library is not what it should be; nil where it is.
    func difference(_ remote: [String: RemoteLibrary.RemoteItem]) -> String? {
        for name in items.keys.sorted() { if let difference = difference(of: name, remote) { return difference } }
        let surplus = Set(remote.keys).subtracting(items.keys)
        return surplus.isEmpty ? nil : "the items \(surplus.sorted()) should not be there"
    }

    /// As `difference(_:)`, of one item that there should be.
    func difference(of name: String, _ remote: [String: RemoteLibrary.RemoteItem]) -> String? {
        guard let files = items[name] else { return nil }
        guard let item = remote[name] else { return files.isEmpty ? nil : "there is no item \(name); it should have \(files.keys.sorted())" }
        if Set(item.files.keys) != Set(files.keys) { return "\(name) has the files \(item.files.keys.sorted()), not \(files.keys.sorted())" }
        for (file, digest) in files {
            guard let checksum = item.files[file]?.checksumInfo else { return "\(name)/\(file) has no checksum" }
            if checksum.checksum.lowercased() != digest { return "\(name)/\(file) has the SHA-1 \(checksum.checksum), not \(digest)" }
        }
        return nil
    }
}

/// The SHA-1 of a text, in hexadecimal digits.
func sha1(_ text: String) -> String {
    do { return try DigestAlgorithm.sha1.hexDigest(of: Array(text.utf8)) } catch { return "\(error)" }
}
