import ContentLibraryAPI

/// The library that a record belongs to. What is recorded under one key is never seen under another.
public struct LibraryKey: Hashable, Sendable, CustomStringConvertible {
    /// The server's guid, else its URL.
    public var server: String
    public var library: Library.ID

    public init(server: String, library: Library.ID) { (self.server, self.library) = (server, library) }
    public var description: String { "\(server) \(library.rawValue)" }
}
