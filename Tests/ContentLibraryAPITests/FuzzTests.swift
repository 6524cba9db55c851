import ContentLibraryAPI
import Glibc
import Testing

/// Damaged requests and damaged answers of every operation, in every dialect: none crashes, hangs, or takes memory that it does not give back, and each
/// request is answered. `CLSYNCD_FUZZ_SECONDS` makes it longer, `CLSYNCD_SEED` different.
@Suite(.serialized) struct FuzzTests {
    private static let seconds = getenv("CLSYNCD_FUZZ_SECONDS").flatMap { Double(String(cString: $0)) } ?? 3
    private static let seed = getenv("CLSYNCD_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
    /// The longest that one input may take, by the processor's time.
    private static let limit = Duration.seconds(1)

    /// An operation with what makes its calls, reads an answer to one, and answers it.
    private struct Subject: Sendable {
        /// Nil where an id cannot be sent in this dialect.
        var request: @Sendable (inout ValueMaker, Dialect) -> HTTPRequest?
        var answer: @Sendable (HTTPResponse, Dialect) -> Void
        var register: @Sendable (inout Router<Caller>) -> Void

        init<Output, each Input>(
            _ operation: Operation<Output, repeat each Input>, _ input: @escaping @Sendable (inout ValueMaker) -> (repeat each Input),
            _ output: @escaping @Sendable (inout ValueMaker) -> Output
        ) {
            request = { maker, dialect in
                let input = input(&maker)
                return try? operation(repeat each input).request(dialect, .session("s"))
            }
            answer = { response, dialect in
                var maker = ValueMaker(seed: 0)
                let input = input(&maker)
                _ = try? operation(repeat each input).output(of: response, dialect)
            }
            register = { router in
                router.on(operation) { (_: Caller, _: repeat each Input) async throws -> Output in
                    var maker = ValueMaker(seed: 7)
                    return output(&maker)
                }
            }
        }
    }

    private static let subjects: [Subject] = [
        Subject(Session.create, { _ in () }, { Secret($0.text()) }),
        Subject(Library.list, { _ in () }, { $0.list { $0.name() } }),
        Subject(Library.get, { $0.name() }, { $0.library() }),
        Subject(Library.find, { .init(name: $0.optional { $0.text() }, type: $0.optional { $0.name() }) }, { $0.list { $0.name() } }),
        Subject(LocalLibrary.create, { ($0.optional { $0.text() }, $0.library()) }, { $0.name() }),
        Subject(Item.create, { ($0.optional { $0.text() }, $0.item()) }, { $0.name() }),
        Subject(Item.get, { $0.name() }, { $0.item() }),
        Subject(Item.update, { ($0.name(), $0.item()) }, { _ in Nothing() }),
        Subject(Item.File.list, { $0.name() }, { $0.list { $0.file() } }),
        Subject(Item.File.get, { ($0.name(), $0.text()) }, { $0.file() }),
        Subject(UpdateSession.create, { ($0.optional { $0.text() }, $0.updateSession()) }, { $0.name() }),
        Subject(UpdateSession.get, { $0.name() }, { $0.updateSession() }),
        Subject(UpdateSession.keepAlive, { ($0.name(), $0.optional { $0.integer() }) }, { _ in Nothing() }),
        Subject(UpdateSession.fail, { ($0.name(), $0.text()) }, { _ in Nothing() }),
        Subject(UpdateSession.File.add, { ($0.name(), $0.addSpec()) }, { $0.updateFile() }),
        Subject(UpdateSession.File.remove, { ($0.name(), $0.text()) }, { _ in Nothing() }),
        Subject(DownloadSession.create, { ($0.optional { $0.text() }, $0.downloadSession()) }, { $0.name() }),
        Subject(DownloadSession.File.prepare, { ($0.name(), $0.text(), $0.optional { $0.name() }) }, { $0.downloadFile() }),
    ]

    private static let router: Router<Caller> = {
        var router = Router()
        for subject in subjects { subject.register(&router) }
        return router
    }()

    @Test func damagedRequestsAreAnswered() async throws {
        try await Self.repeatedly(seed: Self.seed) { maker in
            let subject = try #require(Self.subjects.randomElement(using: &maker.random))
            let dialect = try #require(Dialect.allCases.randomElement(using: &maker.random))
            guard var request = subject.request(&maker, dialect) else { return }
            if maker.flag() { DocumentMaker.damage(&request.body, using: &maker.random) }
            if Int.random(in: 0..<40, using: &maker.random) == 0 { request.body = Self.deep(&maker) }
            var target = Array(request.target.utf8)
            if maker.flag() { DocumentMaker.damage(&target, using: &maker.random) }
            if Int.random(in: 0..<4, using: &maker.random) == 0 { request.headers = request.headers.map { ($0.name, Self.damaged($0.value, &maker)) } }
            let damaged = HTTPRequest(
                Int.random(in: 0..<10, using: &maker.random) == 0 ? maker.text() : request.method, target: String(decoding: target, as: UTF8.self),
                headers: request.headers, body: request.body)
            let response = await Self.router.respond(to: damaged)
            #expect((200..<600).contains(response.status))
            // What is answered can be read: nothing of the request gets out of its quotes.
            if !response.body.isEmpty { #expect(throws: Never.self) { try JSON(parsing: response.body) } }
        }
    }

    @Test func damagedAnswersAreRefusedOrRead() async throws {
        try await Self.repeatedly(seed: Self.seed &+ 1) { maker in
            let subject = try #require(Self.subjects.randomElement(using: &maker.random))
            let dialect = try #require(Dialect.allCases.randomElement(using: &maker.random))
            guard let request = subject.request(&maker, dialect) else { return }
            var response = await Self.router.respond(to: request)
            DocumentMaker.damage(&response.body, using: &maker.random)
            if Int.random(in: 0..<40, using: &maker.random) == 0 { response.body = Self.deep(&maker) }
            if Int.random(in: 0..<4, using: &maker.random) == 0 { response.status = Int.random(in: 100..<600, using: &maker.random) }
            if Int.random(in: 0..<4, using: &maker.random) == 0 { response.headers.append(("Date", Self.damaged("Tue, 01 Dec 2026 10:00:00 GMT", &maker))) }
            // An answer to another operation, too: a proxy may mix them up.
            let reader = maker.flag() ? subject : try #require(Self.subjects.randomElement(using: &maker.random))
            reader.answer(response, dialect)
            _ = response.date
        }
    }

    private static func damaged(_ text: String, _ maker: inout ValueMaker) -> String {
        var bytes = Array(text.utf8)
        DocumentMaker.damage(&bytes, using: &maker.random)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nested far beyond what a reader that calls itself could stand.
    private static func deep(_ maker: inout ValueMaker) -> [UInt8] {
        let piece = [#"["#, #"{"a":"#, #"{"STRUCTURE":{"operation-input":"#, #"{"OPTIONAL":"#].randomElement(using: &maker.random) ?? "["
        return Array(String(repeating: piece, count: 100_000).utf8)
    }

    /// Many inputs, each with a maker of its own: its number is enough to see one again.
    private static func repeatedly(seed: UInt64, _ body: (inout ValueMaker) async throws -> Void) async throws {
        let began = ContinuousClock.now
        var (number, memory) = (UInt64(0), 0)
        while began.duration(to: .now) < .seconds(seconds) {
            let cpu = processorTime()
            var maker = ValueMaker(seed: seed &* 1_000_003 &+ number)
            try await body(&maker)
            #expect(processorTime() - cpu < limit, "input \(number) of seed \(seed)")
            number += 1
            // What the first ten thousand took is for good; more that stays would be lost.
            if number == 10_000 { memory = residentBytes() }
        }
        print("\(number) inputs of seed \(seed)")
        #expect(number > 100)
        if seconds > 30 { #expect(residentBytes() - memory < 64 << 20) }
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: " ")
        return words.count > 1 ? (Int(words[1]) ?? 0) * Int(getpagesize()) : 0
    }
}
