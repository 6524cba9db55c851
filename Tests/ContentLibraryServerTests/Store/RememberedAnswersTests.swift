import ContentLibraryAPI
import Synchronization
import Testing

@testable import ContentLibraryServer

@Suite struct RememberedAnswersTests {
    @Test(arguments: Dialect.allCases)
    func `lists follow every change, asked before and after it`(_ dialect: Dialect) async throws {
        try await TestServer.with(dialect) { server, _ in
            let library = try await server.makeLibrary()
            var items: Set<Item.ID> = []
            func check(_ names: Set<String>, of item: Item.ID) async throws {
                for _ in 0..<2 {
                    #expect(Set(try await server.call(Item.list(library))) == items)
                    #expect(Set(try await server.call(Item.File.list(item)).map(\.name)) == names)
                }
            }
            #expect(try await server.call(Item.list(library)) == [])
            let item = try await server.makeItem("item", in: library)
            items.insert(item)
            try await check([], of: item)
            items.insert(try await server.makeItem("other", in: library))
            try await check([], of: item)
            let session = try await server.makeSession(item)
            let path = try await server.announce("f", in: session)
            #expect(await server.put([1, 2, 3], to: path).status == 200)
            try await check([], of: item)
            try await server.call(UpdateSession.complete(session))
            try await check(["f"], of: item)
            let version = try await server.call(Item.File.list(item)).first?.version
            try await server.publish(["f": [4], "g": [5]], to: item)
            try await check(["f", "g"], of: item)
            #expect(try await server.call(Item.File.list(item)).first { $0.name == "f" }?.version != version)
            try await server.call(Item.delete(item))
            items.remove(item)
            for _ in 0..<2 {
                #expect(Set(try await server.call(Item.list(library))) == items)
                #expect(try await refusal { try await server.call(Item.File.list(item)) }?.kind == .notFound)
            }
            try await server.call(LocalLibrary.delete(library))
            for _ in 0..<2 { #expect(try await refusal { try await server.call(Item.list(library)) }?.kind == .notFound) }
        }
    }

    @Test func `who may not read gets nothing that others made the server remember`() async throws {
        try await PrivilegeTests.with(.api) { scene in
            let (seen, hidden) = (try scene.library("seen"), try scene.library("hidden"))
            for library in [seen, hidden] { _ = try await scene.admin.call(Item.list(library)) }
            for item in [try scene.item("seen"), try scene.item("hidden")] { _ = try await scene.admin.call(Item.File.list(item)) }
            #expect(try await scene.bob.call(Item.list(seen)) == [try scene.item("seen")])
            #expect(try await refusal { try await scene.bob.call(Item.list(hidden)) }?.kind == .unauthorized)
            #expect(try await refusal { try await scene.bob.call(Item.File.list(scene.item("hidden"))) }?.kind == .unauthorized)
            var nobody = scene.admin
            nobody.credentials = .none
            #expect(try await refusal { try await nobody.call(Item.list(seen)) }?.kind == .unauthenticated)
        }
    }

    @Test func `one answer for each dialect's form, each with the id of its request`() async throws {
        try await TestServer.with(.api) { server, _ in
            let library = try await server.makeLibrary()
            let item = try await server.makeItem("item", in: library)
            for _ in 0..<3 {
                for dialect in Dialect.allCases { #expect(try await server.speaking(dialect).call(Item.list(library)) == [item]) }
            }
            for id in ["1", "\"two\"", "null"] {
                var request = try Item.list(library).request(.jsonRPC, server.credentials)
                let body = String(decoding: request.body, as: UTF8.self)
                let given = try #require(try JSON(parsing: request.body)["id"]).serialized
                request.body = Array(body.replacing("\"id\":\(given)", with: "\"id\":\(id)", maxReplacements: 1).utf8)
                let answer = await server.service.respond(to: request)
                #expect(try JSON(parsing: answer.body)["id"]?.serialized == id)
                #expect(answer.text.contains(item.rawValue))
            }
        }
    }

    @Test func `faults strike what is remembered`() async throws {
        try await TestServer.with(.api) { server, _ in
            let item = try await server.makeItem()
            try await server.publish(["f": [1]], to: item)
            #expect(try await server.call(Item.File.list(item)).first?.checksumInfo != nil)
            server.service.setFaults(FaultPlan([FaultRule(.noChecksum)]))
            #expect(try await server.call(Item.File.list(item)).first?.checksumInfo == nil)
            server.service.setFaults(FaultPlan([FaultRule(.unavailable(retryAfter: nil))]))
            #expect(try await refusal { try await server.call(Item.File.list(item)) }?.kind == .serviceUnavailable)
            server.service.setFaults(FaultPlan())
            #expect(try await server.call(Item.File.list(item)).first?.checksumInfo != nil)
        }
    }

    private actor Work {
        private(set) var made: Set<Item.ID> = []
        private(set) var isOver = false
        func add(_ id: Item.ID) { made.insert(id) }
        func end() { isOver = true }
    }

    /// A list that is asked for after a change was acknowledged holds the change, whoever asked meanwhile.
    @Test func `readers and writers at once`() async throws {
        try await TestServer.with(.api) { server, _ in
            let library = try await server.makeLibrary()
            let work = Work()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<60 {
                        let id = try await server.makeItem("item \(number)", in: library)
                        await work.add(id)
                    }
                    await work.end()
                }
                for _ in 0..<4 {
                    group.addTask {
                        while await !work.isOver {
                            let before = await work.made
                            let seen = Set(try await server.call(Item.list(library)))
                            #expect(seen.isSuperset(of: before))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `they are bounded, and long ones are not kept`() async throws {
        let directory = try TemporaryDirectory()
        let answers = RememberedAnswers(try Store(path: "\(directory.path)/library.sqlite", logger: TestServer.quiet))
        let asked = Mutex(0)
        func ask(_ number: Int, _ size: Int) async throws {
            let call = RememberedCall("operation", tagged: false, input: Array("\(number)".utf8))
            let output = try await answers.output(of: call) {
                asked.withLock { $0 += 1 }
                return [UInt8](repeating: UInt8(number % 256), count: size)
            }
            #expect(output.count == size)
        }
        for _ in 0..<2 { try await ask(0, RememberedAnswers.longest + 1) }
        #expect(asked.withLock { $0 } == 2 && answers.extent == (0, 0))
        for _ in 0..<2 { try await ask(1, 1000) }
        #expect(asked.withLock { $0 } == 3 && answers.extent.count == 1)
        for number in 2..<100 {
            try await ask(number, 500_000)
            #expect(answers.extent.size <= RememberedAnswers.limit)
        }
        #expect(answers.extent.count > 0)
    }
}
