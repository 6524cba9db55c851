import Foundation
import Testing

@testable import ContentLibraryAPI

struct APITests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every operation that the sources declare is in the list, and none is there twice.
    @Test func listsEveryDeclaration() throws {
        let directory = Self.root.appendingPathComponent("Sources/ContentLibraryAPI")
        let texts = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
        let declared = texts.map { $0.components(separatedBy: "= service.operation(").count - 1 }.reduce(0, +)
        #expect(declared == API.all.count)
        #expect(Set(API.all.map(\.id)).count == API.all.count)
        #expect(Set(API.all.map { "\($0.route.method) \($0.route.segments) \($0.route.action ?? "") \($0.requiredQuery)" }).count == API.all.count)
        #expect(Set(API.all.map { "\($0.restMethod) \($0.restPath) \($0.restID ?? "") \($0.restAction ?? "")" }).count == API.all.count)
    }

    /// In the vendor's words.
    @Test func operations() {
        let services = Dictionary(grouping: API.all, by: \.service).mapValues { $0.map(\.name).sorted() }
        #expect(
            services == [
                "com.vmware.cis.session": ["create", "delete", "get"],
                "com.vmware.content.library": ["find", "get", "list"],
                "com.vmware.content.local_library": ["create", "delete", "get", "list"],
                "com.vmware.content.library.item": ["create", "delete", "find", "get", "list", "update"],
                "com.vmware.content.library.item.file": ["get", "list"],
                "com.vmware.content.library.item.update_session": ["cancel", "complete", "create", "delete", "fail", "get", "keep_alive", "list"],
                "com.vmware.content.library.item.updatesession.file": ["add", "get", "list", "remove", "validate"],
                "com.vmware.content.library.item.download_session": ["cancel", "create", "delete", "fail", "get", "keep_alive", "list"],
                "com.vmware.content.library.item.downloadsession.file": ["get", "list", "prepare"],
            ])
    }

    /// Routes, statuses, required query names and bodies of `/api` against the vendor's description, where one lies beside the package.
    @Test func agreesWithTheDescriptionOfAPI() throws {
        let file = Self.root.appendingPathComponent("../shared/reference/openapi-9.1.yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            print("APITests: no description of /api beside the package, nothing compared")
            return
        }
        let described = APIDescription.operations(in: text)
        try #require(described.count > 60)
        for facts in API.all {
            let path = facts.route.segments.map { segment in
                switch segment {
                case .literal(let word): "/" + word
                case .parameter(let name): "/{" + name + "}"
                }
            }
            let declared = APIDescription.Operation(
                method: facts.route.method, path: path.joined(), action: facts.route.action, status: facts.status(.api),
                query: Set(facts.requiredQuery))
            #expect(described.contains(declared), "\(facts.id): \(declared)")
        }
    }
}

/// Reads as much of an OpenAPI document as tells operations apart, line by line: its layout is fixed.
private enum APIDescription {
    struct Operation: Hashable {
        var method: String
        /// With the names of parameters in the underscored form.
        var path: String
        var action: String?
        var status: Int
        /// Required names.
        var query: Set<String>
    }

    static func operations(in text: String) -> Set<Operation> {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var operations: Set<Operation> = []
        var (path, method, block) = ("", "", [String]())
        func close() {
            if !method.isEmpty { operations.formUnion(read(block, method, path)) }
            (method, block) = ("", [])
        }
        for line in lines.drop(while: { $0 != "paths:" }).dropFirst().prefix(while: { $0.isEmpty || $0.hasPrefix(" ") }) {
            if line.hasPrefix("  /") {
                close()
                path = underscored(String(line.dropFirst(2).dropLast()))
            } else if ["get", "post", "put", "patch", "delete"].contains(where: { line == "    \($0):" }) {
                close()
                method = line.dropFirst(4).dropLast().uppercased()
            } else {
                block.append(line)
            }
        }
        close()
        return operations
    }

    /// One method of a path, which holds several operations if `x-operations` says so.
    private static func read(_ block: [String], _ method: String, _ path: String) -> [Operation] {
        guard let list = block.firstIndex(of: "      x-operations:") else {
            let status = block.lazy.compactMap { $0.hasPrefix("        '2") ? Int($0.dropFirst(9).prefix(3)) : nil }.first ?? 0
            return [Operation(method: method, path: path, action: nil, status: status, query: requiredQuery(block))]
        }
        let pieces = block[(list + 1)...].split { $0.hasPrefix("      - operationId:") }
        return pieces.map { piece in
            let value = { (name: String) in piece.first { $0.hasPrefix("        \(name): ") }.map { String($0.dropFirst(name.count + 10)) } }
            let status = piece.lazy.compactMap { $0.hasSuffix(": ok") ? Int($0.dropFirst(11).prefix(3)) : nil }.first ?? 0
            let names = piece.drop { $0 != "        query:" }.dropFirst().prefix { $0.hasPrefix("        - ") }.map { String($0.dropFirst(10)) }
            return Operation(method: method, path: path, action: value("action"), status: status, query: Set(names))
        }
    }

    private static func requiredQuery(_ block: [String]) -> Set<String> {
        var names: Set<String> = []
        for (index, line) in block.enumerated() where line.hasPrefix("      - name: ") && index + 2 < block.count {
            if block[index + 1] == "        in: query", block[index + 2] == "        required: true" { names.insert(String(line.dropFirst(14))) }
        }
        return names
    }

    private static func underscored(_ text: String) -> String {
        String(text.flatMap { $0.isUppercase ? ["_"] + $0.lowercased() : [$0] })
    }
}
