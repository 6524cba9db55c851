import Foundation
import Testing

@testable import ContentLibraryAPI

/// The declarations against the vendor's description of `/api`, where one lies beside the package.
@Suite struct DescriptionTests {
    /// What a message's parameters are in other languages than the default one: nobody here translates.
    private static let leftOut = ["Vapi.Std.LocalizableMessage": Set(["params"])]
    /// What unions spread into.
    private static let unions = [
        "source": [("source_type", false), ("source_endpoint", true)],
        "transfer": [("source_type", false), ("source_endpoint", true), ("upload_endpoint", true)],
    ]

    @Test func operationsAgree() throws {
        guard let document = try APIDescription.read() else { return }
        let described = document.operations
        try #require(described.count > 60)
        var compared = 0
        for facts in API.all {
            guard let route = facts.route else { continue }
            let found = described.first { $0.isAt(route) && Set($0.requiredQuery) == Set(facts.requiredQuery) }
            guard let found else {
                Issue.record("\(facts.id): nothing is described at \(route)")
                continue
            }
            compared += 1
            compare(facts, found)
        }
        print("DescriptionTests: \(compared) of \(API.all.count) declared operations compared with the description of /api, which has \(described.count)")
    }

    private func compare(_ facts: Facts, _ described: APIDescription.Operation) {
        let name = Comment(rawValue: facts.id)
        #expect(facts.status(.api) == described.status, name)
        #expect(facts.isVoid == !described.hasResult, name)
        // A path that several operations share names its variable once: only there may the name be another one.
        if !described.isShared { #expect(facts.route?.parameters == described.variables, name) }
        let inPathOrBody = Set((facts.route?.parameters ?? []) + facts.bodyParameters.map(\.name))
        let optionalQuery = facts.parameters.filter { $0.isOptional && !inPathOrBody.contains($0.name) && $0.name != Facts.clientToken }.map(\.name)
        #expect(Set(optionalQuery) == described.optionalQuery, name)
        let takesToken = facts.parameters.contains { $0.name == Facts.clientToken && $0.isOptional }
        if !described.isShared || takesToken { #expect(takesToken == described.takesToken, name) }
        #expect(facts.bodyParameters.contains { !$0.isOptional } == described.needsBody, name)
        switch described.body {
        case .none: #expect(facts.bodyParameters.isEmpty, name)
        case .whole: #expect(facts.wholeBody != nil, name)
        case .members(let required, let optional):
            #expect(facts.wholeBody == nil, name)
            #expect(Set(facts.bodyParameters.filter { !$0.isOptional }.map(\.name)) == required, name)
            #expect(Set(facts.bodyParameters.filter(\.isOptional).map(\.name)) == optional, name)
        }
    }

    @Test func structuresAgree() throws {
        guard let document = try APIDescription.read() else { return }
        for (id, fields) in Self.structures {
            let name = APIDescription.schemaName(id)
            guard let schema = document.components.schemas[name] else {
                Issue.record("\(name) is not described")
                continue
            }
            let spread = fields.flatMap { field in Self.unions[field.name] ?? [(field.name, field.isOptional)] }
            let described = Set((schema.properties ?? [:]).keys).subtracting(Self.leftOut[name] ?? [])
            #expect(Set(spread.map(\.0)) == described, "\(name)")
            #expect(Set(spread.filter { !$0.1 }.map(\.0)) == Set(schema.required ?? []), "\(name): what must be there")
        }
    }

    private static let structures: [(String, [(name: String, isOptional: Bool)])] = [
        of(Session.Info.self), of(Message.self), of(TransferEndpoint.self), of(StorageBacking.self), of(SubscriptionInfo.self),
        of(SubscriptionInfo.SourceInfo.self), of(PublishInfo.self), of(Library.Model.self), of(Library.FindSpec.self), of(Library.OptimizationInfo.self),
        of(Library.StateInfo.self), of(Library.ConfigurationInfo.self), of(Item.Model.self), of(Item.FindSpec.self),
        of(Item.CertificateVerificationInfo.self), of(Item.File.Info.self), of(Item.File.ChecksumInfo.self), of(Item.Storage.Info.self),
        of(ItemType.Info.self), of(SubscribedLibrary.ProbeResult.self), of(UpdateSession.Model.self), of(UpdateSession.PreviewInfo.self),
        of(UpdateSession.CertificateInfo.self),
        of(UpdateSession.PreviewWarningInfo.self), of(UpdateSession.WarningBehavior.self), of(UpdateSession.File.AddSpec.self),
        of(UpdateSession.File.Info.self), of(UpdateSession.File.ValidationResult.self), of(UpdateSession.File.ValidationError.self),
        of(DownloadSession.Model.self), of(DownloadSession.File.Info.self),
    ]

    private static func of<Value: Structure>(_: Value.Type) -> (String, [(name: String, isOptional: Bool)]) { (Value.shape.id, Value.shape.fields) }
}

/// The OpenAPI document, as far as it is compared.
private struct APIDescription: Decodable {
    struct Schema: Decodable {
        var properties: [String: Schema]?
        var required: [String]?
    }
    struct Content: Decodable {}
    struct Parameter: Decodable {
        var name: String
        var `in`: String
        var required: Bool?
    }
    struct Body: Decodable {
        var required: Bool?
        var content: [String: Media]
    }
    struct Media: Decodable { var schema: Reference }
    struct Reference: Decodable {
        var ref: String?
        enum CodingKeys: String, CodingKey { case ref = "$ref" }
    }
    struct Answer: Decodable { var content: [String: Content]? }
    /// Of those that share a method and a path.
    struct Shared: Decodable {
        var action: String?
        var query: [String]?
        var body: String?
        var bodyRequired: Bool?
        var statuses: [String: Outcome]
    }
    enum Outcome: Decodable {
        case success, refusals
        init(from decoder: any Decoder) throws { self = (try? decoder.singleValueContainer().decode(String.self)) == "ok" ? .success : .refusals }
    }
    struct Method: Decodable {
        var parameters: [Parameter]?
        var requestBody: Body?
        var responses: [String: Answer]
        var shared: [Shared]?
        enum CodingKeys: String, CodingKey { case parameters, requestBody, responses, shared = "x-operations" }
    }
    struct Components: Decodable { var schemas: [String: Schema] }

    var paths: [String: [String: Method]]
    var components: Components

    /// Nil, with a line that says so, where there is no document.
    static func read() throws -> APIDescription? {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("../shared/reference/openapi-9.1.yaml").standardized
        guard FileManager.default.isReadableFile(atPath: file.path) else {
            print("DescriptionTests: skipped, no description of /api lies beside the package")
            return nil
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", "import json, sys, yaml; json.dump(yaml.load(open(sys.argv[1]), yaml.CSafeLoader), sys.stdout, default=str)", file.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let json = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(APIDescription.self, from: json)
    }

    /// `com.vmware.content.library.find_spec` is described as `Content.Library.FindSpec`.
    static func schemaName(_ id: String) -> String {
        id.split(separator: ".").dropFirst(2).map { part in
            part.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        }.joined(separator: ".")
    }

    /// One operation, whether it has its method and path for itself or not.
    struct Operation {
        enum Form: Equatable { case none, whole, members(required: Set<String>, optional: Set<String>) }

        var method: String
        /// Empty for a variable.
        var segments: [String]
        var variables: [String]
        var action: String?
        var requiredQuery: [String]
        var optionalQuery: Set<String>
        var takesToken: Bool
        var body: Form
        var needsBody: Bool
        var status: Int
        var hasResult: Bool
        var isShared: Bool

        func isAt(_ route: Route) -> Bool {
            let given = route.segments.map { segment in if case .literal(let word) = segment { word } else { "" } }
            return method == route.method && segments == given && action == route.action
        }
    }

    var operations: [Operation] {
        paths.flatMap { path, methods in methods.flatMap { name, method in Self.operations(path, name.uppercased(), method) } }
    }

    private static func operations(_ path: String, _ name: String, _ method: Method) -> [Operation] {
        let query = (method.parameters ?? []).filter { $0.in == "query" && $0.name != "action" }
        let places = path.split(separator: "/").map(String.init)
        let shared = method.shared ?? []
        let ofOthers = Set(shared.flatMap { $0.query ?? [] })
        var operation = Operation(
            method: name, segments: places.map { $0.hasPrefix("{") ? "" : $0 },
            variables: places.filter { $0.hasPrefix("{") }.map { underscored(String($0.dropFirst().dropLast())) }, action: nil,
            requiredQuery: query.filter { $0.required == true }.map(\.name),
            optionalQuery: Set(query.filter { $0.required != true && !ofOthers.contains($0.name) }.map(\.name)),
            takesToken: (method.parameters ?? []).contains { $0.in == "header" && $0.name == "Client-Token" },
            body: form(method.requestBody),
            needsBody: method.requestBody?.required ?? false, status: 0, hasResult: false, isShared: shared.count > 1)
        func setStatus(_ status: String?) {
            operation.status = status.flatMap(Int.init) ?? 0
            operation.hasResult = status.flatMap { method.responses[$0]?.content } != nil
        }
        guard !shared.isEmpty else {
            setStatus(method.responses.keys.first { $0.hasPrefix("2") })
            return [operation]
        }
        return shared.map { one in
            operation.action = one.action
            operation.requiredQuery = one.query ?? []
            operation.needsBody = one.bodyRequired ?? false
            operation.body = form(one.body)
            setStatus(one.statuses.first { if case .success = $0.value { true } else { false } }?.key)
            return operation
        }
    }

    /// Operations that share nothing take a schema, or nothing.
    private static func form(_ body: Body?) -> Operation.Form {
        guard let schema = body?.content.values.first?.schema else { return .none }
        return schema.ref == nil ? .members(required: [], optional: []) : .whole
    }

    /// `inline: subscription_info, x?`, or the name of a schema.
    private static func form(_ text: String?) -> Operation.Form {
        guard let text else { return .none }
        guard text.hasPrefix("inline: ") else { return .whole }
        let names = text.dropFirst("inline: ".count).split(separator: ", ").map(String.init)
        return .members(required: Set(names.filter { !$0.hasSuffix("?") }), optional: Set(names.filter { $0.hasSuffix("?") }.map { String($0.dropLast()) }))
    }

    private static func underscored(_ text: String) -> String {
        String(text.flatMap { $0.isUppercase ? ["_"] + $0.lowercased() : [$0] })
    }
}
