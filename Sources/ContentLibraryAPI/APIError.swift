/// What an operation refuses with. Any kind may come from any operation.
public struct APIError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What programs decide by.
    public var kind: Kind
    /// A stack: first what failed, then its causes.
    public var messages: [Message]
    /// Details of whatever structure, in the encoding of the dialect that it came in (tagged in JSON-RPC, plain in the others).
    public var data: JSON?
    /// What an unauthenticated caller may answer to.
    public var challenge: String?
    /// The HTTP status that the kind was guessed from, where no body named it: the refusal of a proxy, of a web server, or of a lax server.
    public var guessedFromStatus: Int?

    public init(_ kind: Kind, _ messages: [Message] = [], data: JSON? = nil, challenge: String? = nil) {
        (self.kind, self.messages, self.data, self.challenge) = (kind, messages, data, challenge)
    }

    /// An error of one message, by default with the error's own id.
    public init(_ kind: Kind, _ text: String, id: String? = nil, args: [String] = []) {
        self.init(kind, [Message(id: id ?? kind.id, defaultMessage: text, args: args)])
    }

    /// Kind and messages in one line: `not_found: The item x does not exist.`
    public var description: String {
        let texts = messages.map { $0.defaultMessage.isEmpty ? ([$0.id] + $0.args).joined(separator: " ") : $0.defaultMessage }
        return ([kind.rawValue] + texts).joined(separator: ": ").oneLine(limit: 2000)
    }

    /// The property or query name that `/api` does not know, if that is what it refused.
    public var unsupportedProperty: String? {
        messages.first { $0.id == "com.vmware.vapi.rest.unsupportedProperty" }.map { $0.args.first ?? "" }
    }
}

extension APIError {
    /// The name after `com.vmware.vapi.std.errors.`; names unknown here are kept.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public var rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let alreadyExists = Kind(rawValue: "already_exists")
        public static let alreadyInDesiredState = Kind(rawValue: "already_in_desired_state")
        public static let canceled = Kind(rawValue: "canceled")
        public static let concurrentChange = Kind(rawValue: "concurrent_change")
        /// The catch-all.
        public static let error = Kind(rawValue: "error")
        public static let featureInUse = Kind(rawValue: "feature_in_use")
        public static let internalServerError = Kind(rawValue: "internal_server_error")
        public static let invalidArgument = Kind(rawValue: "invalid_argument")
        public static let invalidElementConfiguration = Kind(rawValue: "invalid_element_configuration")
        public static let invalidElementType = Kind(rawValue: "invalid_element_type")
        public static let invalidRequest = Kind(rawValue: "invalid_request")
        public static let notAllowedInCurrentState = Kind(rawValue: "not_allowed_in_current_state")
        public static let notFound = Kind(rawValue: "not_found")
        public static let operationNotFound = Kind(rawValue: "operation_not_found")
        public static let resourceBusy = Kind(rawValue: "resource_busy")
        public static let resourceInaccessible = Kind(rawValue: "resource_inaccessible")
        public static let resourceInUse = Kind(rawValue: "resource_in_use")
        public static let serviceUnavailable = Kind(rawValue: "service_unavailable")
        public static let timedOut = Kind(rawValue: "timed_out")
        public static let unableToAllocateResource = Kind(rawValue: "unable_to_allocate_resource")
        public static let unauthenticated = Kind(rawValue: "unauthenticated")
        public static let unauthorized = Kind(rawValue: "unauthorized")
        public static let unexpectedInput = Kind(rawValue: "unexpected_input")
        public static let unsupported = Kind(rawValue: "unsupported")
        public static let unverifiedPeer = Kind(rawValue: "unverified_peer")

        public var description: String { rawValue }

        private static let prefix = "com.vmware.vapi.std.errors."

        /// The error's id on the wire. An id outside the standard package is its own name.
        public var id: String { rawValue.contains(".") ? rawValue : Kind.prefix + rawValue }

        public init(id: String) { rawValue = id.hasPrefix(Kind.prefix) ? String(id.dropFirst(Kind.prefix.count)) : id }

        /// `NOT_FOUND`
        var errorType: String { rawValue.uppercased() }

        init(errorType: String) { rawValue = errorType.lowercased() }

        /// The HTTP status that goes with it; in JSON-RPC an error is a result, and 200.
        public func status(_ dialect: Dialect) -> Int {
            guard dialect != .jsonRPC else { return 200 }
            switch self {
            case .notFound, .operationNotFound: return 404
            case .resourceBusy, .resourceInaccessible, .unableToAllocateResource: return dialect == .api ? 500 : 400
            case .unauthenticated: return 401
            case .unauthorized: return 403
            case .concurrentChange: return 409
            case .error, .internalServerError: return 500
            case .serviceUnavailable: return 503
            case .timedOut: return 504
            default: return 400
            }
        }

        /// What to make of a status where no body says more.
        public init(status: Int) {
            self =
                switch status {
                case 401, 407: .unauthenticated
                case 402, 403: .unauthorized
                case 404, 410: .notFound
                case 408, 504: .timedOut
                case 409, 428: .concurrentChange
                case 423: .resourceBusy
                case 429, 503: .serviceUnavailable
                case 507: .unableToAllocateResource
                case 500...: .internalServerError
                default: .invalidRequest
                }
        }
    }
}
