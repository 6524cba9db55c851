import ContentLibraryAPI
import ContentLibraryClient

/// Tells a thing that is gone from a 404 that something on the way made up.
///
/// A `not_found` in the API's own words is proof. A bare status is not: a proxy, a server that is starting, or a wrong path answers 404 as well. Then the
/// thing is looked for in the server's list, which VMware's simulator has too, whose 404s are all bare.
struct Absence: Sendable {
    let client: ContentLibraryClient

    func isProven(_ error: APIError, session: UpdateSession.ID) async throws -> Bool {
        guard error.kind == .notFound else { return false }
        if error.guessedFromStatus == nil { return true }
        return try await !client.call(UpdateSession.list(nil)).contains(session)
    }
    func isProven(_ error: APIError, library: Library.ID) async throws -> Bool {
        guard error.kind == .notFound else { return false }
        if error.guessedFromStatus == nil { return true }
        return try await !client.call(Library.list()).contains(library)
    }
    func isProven(_ error: APIError, item: Item.ID, of library: Library.ID) async throws -> Bool {
        guard error.kind == .notFound else { return false }
        if error.guessedFromStatus == nil { return true }
        return try await !client.call(Item.list(library)).contains(item)
    }
}
