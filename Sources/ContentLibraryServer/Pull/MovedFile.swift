/// A file in its library's own folder that a pull gave a second name instead of a second body: its first name goes once the session is complete.
struct MovedFile: Sendable, Hashable {
    /// The first name, absolute.
    let path: String
    /// The file's state as it was read: `FileIdentity.mark`.
    let mark: String

    /// Whether the file, by its second name, is still what was read. Blocks.
    func isUnchanged(at path: String) -> Bool { FileIdentity(path: path)?.mark == mark }

    /// Takes the first name away if it still names the file. A crash before that leaves a name too many, never one too few. Blocks.
    func forgetFirstName(of path: String) throws {
        guard let first = FileIdentity(path: self.path), let second = FileIdentity(path: path), first.isSameFile(as: second) else { return }
        try FileSystem.remove(self.path)
        try FileSystem.syncDirectory(FileSystem.parent(of: self.path))
    }
}
