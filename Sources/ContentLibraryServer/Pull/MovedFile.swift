/// A file in its library's own folder that a pull gave a second name instead of a second body: its first name goes once the session is complete.
struct MovedFile: Sendable, Hashable {
    /// The first name, below the directory of the library's backing.
    let path: String
    /// The file's state as it was read: `FileIdentity.mark`.
    let mark: String

    /// Whether the file, by its second name, an absolute path, is still what was read. Blocks.
    func isUnchanged(at path: String) -> Bool { FileIdentity(path: path)?.mark == mark }

    /// Takes the first name away if it still names the file. A crash before that leaves a name too many, never one too few. Blocks.
    /// - Parameters:
    ///   - root: directory of the library's backing.
    ///   - second: the second name, below it.
    func forgetFirstName(below root: String, second: String) throws {
        let name = "\(root)/\(path)"
        guard let first = FileIdentity(path: name), let second = FileIdentity(path: "\(root)/\(second)"), first.isSameFile(as: second) else { return }
        try FileSystem.remove(name)
        try FileSystem.syncDirectory(FileSystem.parent(of: name))
    }
}
