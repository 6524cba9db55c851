import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorEngine

@Suite("LibraryResolver")
struct LibraryResolverTests {
    private func make(_ site: Site, _ name: String) async throws -> Library.ID {
        try await site.remote.client.call(
            LocalLibrary.create(nil, .init(name: name, storageBackings: [.init(type: .datastore, datastoreID: "datastore-1")])))
    }
    private func resolve(
        _ site: Site, _ library: String, recorded: Library.ID? = nil, mayCreate: Bool = false, token: String = randomUUID(),
        _ change: (inout MirrorRules) -> Void = { _ in }
    ) async throws -> ResolvedLibrary {
        var rules = site.rules()
        rules.library = library
        change(&rules)
        return try await LibraryResolver(client: Site.client(site.network)).resolve(rules, recorded: recorded, mayCreate: mayCreate, token: token)
    }
    private func refusal(_ body: () async throws -> ResolvedLibrary) async throws -> String {
        do { return "\(try await body())" } catch let error as LibraryError { return "\(error)" }
    }

    @Test("by name as it is written, or by id; the server is called by its guid")
    func found() async throws {
        try await Site.with { site in
            let other = try await make(site, "LIBRARY")
            let byName = try await resolve(site, "Library")
            #expect(byName.id == site.remote.library && byName.name == "Library")
            #expect(byName.server == (try await site.remote.client.call(Library.get(site.remote.library)).serverGUID))
            #expect(try await resolve(site, other.rawValue).id == other)
            #expect(try await resolve(site, "LIBRARY").id == other)
        }
    }

    @Test("unknown, ambiguous: the message says what to do, with the ids")
    func refused() async throws {
        try await Site.with { site in
            let unknown = try await refusal { try await resolve(site, "none") }
            #expect(unknown.contains("has no library \"none\""))
            let ids = [try await make(site, "two"), try await make(site, "two")]
            let text = try await refusal { try await resolve(site, "two") }
            #expect(ids.allSatisfy { text.contains($0.rawValue) })
            #expect(try await resolve(site, ids[1].rawValue).id == ids[1])
        }
    }

    @Test("a subscribed library cannot be written")
    func subscribed() async throws {
        try await Site.with { site in
            let model = #"{"STRUCTURE":{"com.vmware.content.library_model":{"name":{"OPTIONAL":"Library"},"type":{"OPTIONAL":"SUBSCRIBED"}}}}"#
            site.network.setRule { call, moment in
                guard call.name == "library.get", moment == .after, call.words.contains(site.remote.library.rawValue) else { return nil }
                return .answer(.init(status: 200, body: Array(#"{"jsonrpc":"2.0","id":"0","result":{"output":\#(model)}}"#.utf8)))
            }
            let said = try await refusal { try await resolve(site, "Library") }
            #expect(said.contains("is subscribed"))
        }
    }

    @Test("created once, however often the answer is lost, where the mirror may")
    func created() async throws {
        try await Site.with { site in
            let notYet = try await refusal { try await resolve(site, "new") { $0.createLibrary = true } }
            #expect(notYet.contains("does not exist yet"))
            let nowhere = try await refusal { try await resolve(site, "new", mayCreate: true) { $0.createLibrary = true } }
            #expect(nowhere.contains("set `storage`"))
            let token = randomUUID()
            let once = Once()
            site.network.setRule { call, moment in call.name == "local_library.create" && moment == .after && once() ? .lost : nil }
            func create() async throws -> ResolvedLibrary {
                try await resolve(site, "new", mayCreate: true, token: token) { ($0.createLibrary, $0.storage) = (true, "datastore-1") }
            }
            await #expect(throws: TransportError.self) { try await create() }
            // Found by its name meanwhile, or made with the same token: it is the same one.
            let again = try await create()
            #expect(try await site.remote.client.call(Library.find(.init(name: "new"))) == [again.id])
        }
    }
    @Test("what was published to is gone, or has another name: never silently another one")
    func changed() async throws {
        try await Site.with { site in
            let first = try await make(site, "mine")
            #expect(try await resolve(site, "mine", recorded: first).id == first)
            try await site.remote.client.call(LocalLibrary.delete(first))
            let second = try await make(site, "mine")
            let gone = try await refusal { try await resolve(site, "mine", recorded: first) }
            #expect(gone.contains("is gone"))
            let renamed = try await refusal { try await resolve(site, "mine", recorded: site.remote.library) }
            #expect(renamed.contains("is now named \"Library\""))
            // Named by its id, a library may have any name.
            #expect(try await resolve(site, second.rawValue, recorded: second).id == second)
        }
    }

    @Test("a 404 that did not come from the API proves nothing: the library is looked for in the list")
    func bareNotFound() async throws {
        try await Site.with { site in
            site.network.setRule { call, moment in call.name == "library.get" && moment == .before ? .status(404) : nil }
            await #expect(throws: APIError.self) { try await resolve(site, "Library", recorded: site.remote.library) }
        }
    }
}
