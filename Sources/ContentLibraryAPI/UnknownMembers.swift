/// Notes what a caller sent and no declaration asked for. Used by one task, while it reads one request.
final class UnknownMembers {
    /// The fields of a structure, with its wire name.
    private var found: [(names: [String], structure: String)] = []

    /// A field that is unset is none: newer clients send all that they know.
    func note(_ members: [JSON.Member], besides asked: Set<String>, in structure: String) {
        let names = members.filter { !asked.contains($0.name) && !Self.isUnset($0.value) }.map(\.name)
        if !names.isEmpty { found.append((names, structure)) }
    }

    /// Throws what a vCenter refuses the first of them with: queries first, then the members of the body, then those of its structures.
    func refuse(beside parameters: Parameters, of facts: Facts, _ dialect: Dialect) throws(APIError) {
        let declared = Set(facts.parameters.map(\.name))
        // In /api, what belongs in the body is no query name either.
        let inQuery = dialect == .api ? declared.subtracting(facts.bodyParameters.map(\.name)) : declared
        let unknownTexts = parameters.texts.map(\.name).filter { !inQuery.contains($0) }
        if case .object(let members) = parameters.body { note(members, besides: declared, in: "operation-input") }
        if !unknownTexts.isEmpty { throw Self.refusal(unknownTexts, in: "operation-input", dialect) }
        if let first = found.last(where: { $0.structure == "operation-input" }) ?? found.first {
            throw Self.refusal(first.names, in: first.structure, dialect)
        }
    }

    private static func refusal(_ names: [String], in structure: String, _ dialect: Dialect) -> APIError {
        guard dialect == .api else {
            let list = "[" + names.joined(separator: ", ") + "]"
            return APIError(
                .unexpectedInput, "Structure \(structure) contains unexpected fields \(list).", id: "vapi.data.structure.field.unexpected",
                args: [list, structure])
        }
        let name = names.first ?? ""
        return APIError(.invalidArgument, "Unsupported property with name: \(name).", id: "com.vmware.vapi.rest.unsupportedProperty", args: [name])
    }

    private static func isUnset(_ value: JSON) -> Bool {
        if let tag = value.only, tag.name == "OPTIONAL" { tag.value.isNull } else { value.isNull }
    }
}

/// The names that a declaration asked one structure for.
final class AskedNames {
    var names: Set<String> = []
}
