import ContentLibraryAPI
import Testing

/// What is written is read again as it was: any values, tagged and plain, as a server and as a client read them.
struct RoundTripTests {
    private static func expectReturn<Value: WireValue>(_ value: Value) throws {
        for (tagged, forgiving) in [(true, false), (false, false), (false, true)] {
            var out = Writer(tagged: tagged)
            value.write(to: &out)
            let json = try JSON(parsing: out.json.bytes)
            if try Value(from: Reader(json, tagged: tagged, forgiving: forgiving)) != value { Issue.record("\(value): \(out.json.text)") }
        }
    }

    /// Through a request and through an answer in every dialect.
    private static func expectReturn<Input: WireValue>(_ operation: Operation<Input, Identifier<Item>, Input>, _ value: Input) async throws {
        var router = Router()
        router.on(operation) { _, _, value in value }
        for dialect in Dialect.allCases {
            let call = operation("i", value)
            let response = await router.respond(to: try call.request(dialect, .none))
            if try call.output(of: response, dialect) != value { Issue.record("\(dialect) \(value): \(response.text)") }
        }
    }

    private static let service = Service("com.example.echo", at: "echo")

    @Test(arguments: 0..<8) func values(seed: UInt64) throws {
        var maker = ValueMaker(seed: seed)
        for _ in 0..<40 {
            try Self.expectReturn(maker.library())
            try Self.expectReturn(maker.item())
            try Self.expectReturn(maker.updateSession())
            try Self.expectReturn(maker.updateFile())
            try Self.expectReturn(maker.addSpec())
            try Self.expectReturn(maker.downloadSession())
            try Self.expectReturn(maker.downloadFile())
            try Self.expectReturn(maker.list { $0.file() })
            try Self.expectReturn(maker.optional { $0.message() })
            try Self.expectReturn(Secret(maker.text()))
            try Self.expectReturn(maker.timestamp())
            try Self.expectReturn(maker.integer())
        }
    }

    @Test(arguments: 100..<104) func calls(seed: UInt64) async throws {
        var maker = ValueMaker(seed: seed)
        func echo<Value: WireValue>(_: Value.Type) -> Operation<Value, Identifier<Item>, Value> {
            Self.service.operation("echo", "POST /{item}", takes: ("item", Identifier<Item>.self), ("spec", Value.self), returns: Value.self)
        }
        for _ in 0..<10 {
            try await Self.expectReturn(echo(Library.Model.self), maker.library())
            try await Self.expectReturn(echo(Item.Model.self), maker.item())
            try await Self.expectReturn(echo(UpdateSession.Model.self), maker.updateSession())
            try await Self.expectReturn(echo(UpdateSession.File.Info.self), maker.updateFile())
            try await Self.expectReturn(echo(DownloadSession.File.Info.self), maker.downloadFile())
        }
    }

    /// Ids and file names of any text go into paths and queries, and come out.
    @Test(arguments: 200..<204) func texts(seed: UInt64) async throws {
        var maker = ValueMaker(seed: seed)
        var router = Router()
        router.on(UpdateSession.File.get) { _, session, name in .init(name: name, transfer: .unknown(session.rawValue), status: .ready) }
        router.on(Item.File.get) { _, item, name in .init(name: name, size: 1, cached: true, version: item.rawValue) }
        for _ in 0..<60 {
            let (id, name) = (maker.text(), maker.text())
            guard !["", ".", ".."].contains(id), !["", ".", ".."].contains(name) else { continue }
            for dialect in Dialect.allCases {
                let (path, query) = (UpdateSession.File.get(.init(rawValue: id), name), Item.File.get(.init(rawValue: id), name))
                let first = try path.output(of: await Self.send(path, dialect, router), dialect)
                #expect(Array(first.name.utf8) == Array(name.utf8) && first.transfer == .unknown(id))
                let second = try query.output(of: await Self.send(query, dialect, router), dialect)
                #expect(Array(second.name.utf8) == Array(name.utf8) && second.version == id)
            }
        }
    }

    /// Over a request line, as between processes.
    private static func send<Output>(_ call: Call<Output>, _ dialect: Dialect, _ router: Router<Caller>) async throws -> HTTPResponse {
        let request = try call.request(dialect, .none)
        return await router.respond(to: HTTPRequest(request.method, target: request.target, headers: request.headers, body: request.body))
    }
}

/// Makes values of every kind, each field sometimes unset.
struct ValueMaker {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed) }

    mutating func flag() -> Bool { Bool.random(using: &random) }
    mutating func integer() -> Int64 { [.max, .min, 0, -1, 5, .random(in: .min ... .max, using: &random)].randomElement(using: &random) ?? 0 }
    mutating func timestamp() -> Timestamp { Timestamp(milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &random)) }
    mutating func optional<Value>(_ make: (inout ValueMaker) -> Value) -> Value? { flag() ? make(&self) : nil }
    mutating func list<Value>(_ make: (inout ValueMaker) -> Value) -> [Value] {
        var all: [Value] = []
        for _ in 0..<Int.random(in: 0..<4, using: &random) { all.append(make(&self)) }
        return all
    }
    mutating func text() -> String {
        let pieces = [
            "a", "Z9", " ", "/", "\\", ":", "%", "%2F", "+", "?", "#", "&", "=", ";", "\"", "\n", "\0", "\u{7f}", "é", "e\u{301}", "😀", "..", ".", "~", "{x}",
            "id:",
        ]
        return (0..<Int.random(in: 0..<6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
    mutating func name<Name: OpenEnum>(_: Name.Type = Name.self) -> Name { Name(rawValue: text()) }

    mutating func message() -> Message { Message(id: text(), defaultMessage: text(), args: list { $0.text() }, localized: optional { $0.text() }) }
    mutating func endpoint() -> TransferEndpoint {
        TransferEndpoint(uri: text(), sslCertificateThumbprint: optional { $0.text() }, sslCertificate: optional { $0.text() })
    }
    mutating func checksum() -> Item.File.ChecksumInfo { .init(algorithm: optional { $0.name() }, checksum: text()) }
    mutating func backing() -> StorageBacking { .init(type: optional { $0.name() }, datastoreID: optional { $0.text() }, storageURI: optional { $0.text() }) }

    mutating func library() -> Library.Model {
        Library.Model(
            id: optional { $0.name() }, creationTime: optional { $0.timestamp() }, description: optional { $0.text() },
            lastModifiedTime: optional { $0.timestamp() },
            lastSyncTime: optional { $0.timestamp() }, name: optional { $0.text() }, storageBackings: optional { $0.list { $0.backing() } },
            type: optional { $0.name() }, optimizationInfo: optional { .init(optimizeRemotePublishing: $0.optional { $0.flag() }) },
            version: optional { $0.text() }, publishInfo: optional { $0.publishInfo() }, subscriptionInfo: optional { $0.subscriptionInfo() },
            serverGUID: optional { $0.text() }, securityPolicyID: optional { $0.text() }, unsetSecurityPolicyID: optional { $0.flag() },
            stateInfo: optional { .init(state: $0.optional { $0.name() }, message: $0.optional { $0.text() }) },
            configurationInfo: optional { .init(applyLibraryUsageToItems: $0.optional { $0.flag() }) })
    }
    mutating func publishInfo() -> PublishInfo {
        PublishInfo(
            authenticationMethod: optional { $0.name() }, published: optional { $0.flag() }, publishURL: optional { $0.text() },
            userName: optional { $0.text() },
            password: optional { Secret($0.text()) }, currentPassword: optional { Secret($0.text()) }, persistJSONEnabled: optional { $0.flag() })
    }
    mutating func subscriptionInfo() -> SubscriptionInfo {
        SubscriptionInfo(
            authenticationMethod: optional { $0.name() }, automaticSyncEnabled: optional { $0.flag() }, onDemand: optional { $0.flag() },
            password: optional { Secret($0.text()) }, sslThumbprint: optional { $0.text() }, subscriptionURL: optional { $0.text() },
            userName: optional { $0.text() }, sourceInfo: optional { .init(sourceLibrary: $0.optional { $0.name() }, subscription: $0.optional { $0.text() }) },
            sslCertificate: optional { $0.text() })
    }
    mutating func item() -> Item.Model {
        Item.Model(
            id: optional { $0.name() }, libraryID: optional { $0.name() }, contentVersion: optional { $0.text() }, creationTime: optional { $0.timestamp() },
            description: optional { $0.text() }, lastModifiedTime: optional { $0.timestamp() }, lastSyncTime: optional { $0.timestamp() },
            metadataVersion: optional { $0.text() }, name: optional { $0.text() }, cached: optional { $0.flag() }, size: optional { $0.integer() },
            type: optional { $0.text() }, version: optional { $0.text() }, sourceID: optional { $0.name() }, securityCompliance: optional { $0.flag() },
            certificateVerificationInfo: optional { .init(status: $0.name(), certChain: $0.optional { $0.list { $0.text() } }) })
    }
    mutating func file() -> Item.File.Info {
        .init(
            checksumInfo: optional { $0.checksum() }, name: text(), size: integer(), cached: flag(), version: text(),
            fileDownloadEndpoint: optional { $0.text() })
    }
    mutating func preview() -> UpdateSession.PreviewInfo {
        .init(
            state: name(), certificateInfo: optional { .init(issuer: $0.text(), subject: $0.text(), selfSigned: $0.flag(), x509: $0.text()) },
            warnings: optional { $0.list { .init(type: $0.name(), message: $0.message(), ignored: $0.flag()) } },
            certChain: optional { $0.list { $0.text() } })
    }
    mutating func updateSession() -> UpdateSession.Model {
        .init(
            id: optional { $0.name() }, libraryItemID: optional { $0.name() }, libraryItemContentVersion: optional { $0.text() },
            errorMessage: optional { $0.message() }, clientProgress: optional { $0.integer() }, state: optional { $0.name() },
            expirationTime: optional { $0.timestamp() }, previewInfo: optional { $0.preview() },
            warningBehavior: optional { $0.list { .init(type: $0.name(), ignored: $0.flag()) } })
    }
    mutating func transfer() -> UpdateSession.File.Transfer {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .push(to: endpoint())
        case 1: .pull(from: endpoint())
        case 2: .none
        default: .unknown("NEW_" + text())
        }
    }
    mutating func updateFile() -> UpdateSession.File.Info {
        .init(
            name: text(), transfer: transfer(), size: optional { $0.integer() }, checksumInfo: optional { $0.checksum() }, bytesTransferred: integer(),
            status: name(), errorMessage: optional { $0.message() }, keepInStorage: optional { $0.flag() })
    }
    mutating func addSpec() -> UpdateSession.File.AddSpec {
        let source: UpdateSession.File.Source = flag() ? .pull(endpoint()) : flag() ? .push : .none
        return .init(name: text(), source: source, size: optional { $0.integer() }, checksumInfo: optional { $0.checksum() })
    }
    mutating func downloadSession() -> DownloadSession.Model {
        .init(
            id: optional { $0.name() }, libraryItemID: optional { $0.name() }, libraryItemContentVersion: optional { $0.text() },
            errorMessage: optional { $0.message() }, clientProgress: optional { $0.integer() }, state: optional { $0.name() },
            expirationTime: optional { $0.timestamp() })
    }
    mutating func downloadFile() -> DownloadSession.File.Info {
        .init(
            name: text(), size: optional { $0.integer() }, bytesTransferred: integer(), status: name(), downloadEndpoint: optional { $0.endpoint() },
            checksumInfo: optional { $0.checksum() }, errorMessage: optional { $0.message() })
    }
}
