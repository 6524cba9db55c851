/// What is known of an operation without its types: enough for all three dialects to derive their own form from.
public struct Facts: Sendable, Hashable {
    /// A parameter without its type.
    public struct Parameter: Sendable, Hashable {
        public let name: String
        public let form: Form
        public let isOptional: Bool
    }

    /// `com.vmware.content.library.item`
    public let service: String
    /// `keep_alive`
    public let name: String
    /// For `/api`; nil where that has no such operation.
    public let route: Route?
    /// In the order of the declaration.
    public let parameters: [Parameter]
    /// Whether it has no result.
    public let isVoid: Bool

    /// Service and name: `com.vmware.content.library.item.get`
    public var id: String { service + "." + name }
}

// Where the dialects put things. `/rest` follows rules that the official runtime derives; `/api` follows the route.
extension Facts {
    static let clientToken = "client_token"

    /// The parameter that `/rest` writes as `/id:...`: the first required id, except where a collection is addressed.
    var restID: String? {
        ["create", "list"].contains(name) ? nil : parameters.first { $0.form == .id && !$0.isOptional }?.name
    }

    var restPath: String { "/rest/" + dashed(String(service.map { $0 == "." ? "/" : $0 })) }

    var restMethod: String {
        switch name {
        case "list": "GET"
        case "get": parameters.count > (restID == nil ? 0 : 1) ? "POST" : "GET"
        case "update": "PATCH"
        case "delete": "DELETE"
        default: "POST"
        }
    }

    var restAction: String? { ["list", "create", "update", "delete"].contains(name) || restMethod == "GET" ? nil : dashed(name) }

    var hasBody: Bool { route.map { ["POST", "PATCH", "PUT"].contains($0.method) } ?? false }

    private func isInPath(_ parameter: Parameter) -> Bool { route?.parameters.contains(parameter.name) ?? false }

    /// The parameters that are in the body in `/api`, or are the body.
    var bodyParameters: [Parameter] {
        hasBody ? parameters.filter { $0.name != Self.clientToken && !isInPath($0) } : []
    }

    /// The parameter that is the whole body in `/api`: a structure that is alone there and is called a spec. Another name is wrapped, as
    /// the `subscription_info` of a probe.
    var wholeBody: String? {
        let parameters = bodyParameters
        guard parameters.count == 1, parameters[0].form == .structure, parameters[0].name.hasSuffix("spec") else { return nil }
        return parameters[0].name
    }

    /// The query names that must be there in `/api`; they tell `get` from `list` where both have one path.
    var requiredQuery: [String] {
        hasBody ? [] : parameters.filter { !$0.isOptional && !isInPath($0) }.map(\.name)
    }

    /// The status of success.
    func status(_ dialect: Dialect) -> Int {
        guard dialect == .api, let route else { return 200 }
        if let status = route.status { return status }
        return isVoid ? 204 : route.method == "POST" && route.action == nil ? 201 : 200
    }
}

/// Underscores to dashes, as `/rest` writes names in paths and actions.
func dashed(_ text: String) -> String { String(text.map { $0 == "_" ? "-" : $0 }) }
