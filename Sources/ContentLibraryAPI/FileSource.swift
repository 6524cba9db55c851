extension UpdateSession.File {
    /// How the bytes of a new file come.
    public enum Source: Union {
        /// The client sends them to the upload endpoint that `add` answers with.
        case push
        /// The server fetches them.
        case pull(TransferEndpoint)
        /// There are none to transfer.
        case none

        public func write(into out: inout Writer) {
            let (type, endpoint): (String, TransferEndpoint?) =
                switch self {
                case .push: ("PUSH", nil)
                case .pull(let endpoint): ("PULL", endpoint)
                case .none: ("NONE", nil)
                }
            type.write(as: "source_type", to: &out)
            endpoint.write(as: "source_endpoint", to: &out)
        }

        public init(among fields: Reader) throws {
            let endpoint = try TransferEndpoint?.read("source_endpoint", of: fields)
            switch (try String.read("source_type", of: fields), endpoint) {
            case ("PUSH", nil): self = .push
            case ("PULL", let endpoint?): self = .pull(endpoint)
            case ("NONE", nil): self = .none
            case ("PULL", nil): throw WireError("missing: PULL needs it", at: ["source_endpoint"])
            case ("PUSH", _), ("NONE", _): throw WireError("only PULL takes it", at: ["source_endpoint"])
            case (let type, _): throw WireError("expected PUSH, PULL or NONE, not \(type)", at: ["source_type"])
            }
        }
    }

    /// Where the bytes of a session's file come from, with the endpoint that goes with it.
    public enum Transfer: Union {
        case push(to: TransferEndpoint)
        case pull(from: TransferEndpoint)
        case none
        /// A source type of a newer server.
        case unknown(String)

        public func write(into out: inout Writer) {
            let (type, source, upload): (String, TransferEndpoint?, TransferEndpoint?) =
                switch self {
                case .push(let endpoint): ("PUSH", nil, endpoint)
                case .pull(let endpoint): ("PULL", endpoint, nil)
                case .none: ("NONE", nil, nil)
                case .unknown(let type): (type, nil, nil)
                }
            type.write(as: "source_type", to: &out)
            source.write(as: "source_endpoint", to: &out)
            upload.write(as: "upload_endpoint", to: &out)
        }

        public init(among fields: Reader) throws {
            let type = try String.read("source_type", of: fields)
            switch type {
            case "PUSH": self = .push(to: try TransferEndpoint.read("upload_endpoint", ofOptional: fields))
            case "PULL": self = .pull(from: try TransferEndpoint.read("source_endpoint", ofOptional: fields))
            case "NONE": self = .none
            default: self = .unknown(type)
            }
        }
    }
}

extension WireValue {
    /// A field that is optional on the wire, but that this alternative must have.
    static func read(_ name: String, ofOptional object: Reader) throws -> Self {
        guard let value = try Self?.read(name, of: object) else { throw WireError("missing", at: [name]) }
        return value
    }
}
