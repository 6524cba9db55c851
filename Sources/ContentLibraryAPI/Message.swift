/// A text for people with what a program needs to know it by: `com.vmware.vapi.std.localizable_message`.
public struct Message: Structure {
    /// Names the text in the server's catalogue.
    public var id: String
    /// English, with the arguments filled in.
    public var defaultMessage: String
    /// What the text was made with.
    public var args: [String]
    /// In the caller's language.
    public var localized: String?

    public init(id: String, defaultMessage: String, args: [String] = [], localized: String? = nil) {
        (self.id, self.defaultMessage, self.args, self.localized) = (id, defaultMessage, args, localized)
    }

    public static let shape = Shape(
        "com.vmware.vapi.std.localizable_message", Self.init,
        ("id", \.id), ("default_message", \.defaultMessage), ("args", \.args), ("localized", \.localized))
}

extension Message {
    /// Servers written in Go leave empty texts out; what carries the message must not be lost over it.
    public init(from source: Reader) throws {
        if source.forgiving, case .object = source.json { self.init(tolerant: source.json) } else { self = try source.read(Self.shape) }
    }

    /// Takes what is there, tagged or plain.
    init(tolerant json: JSON) {
        let fields = json["STRUCTURE"]?.only?.value ?? json
        var args: [String] = []
        if case .array(let items) = fields["args"] { args = items.map { $0.text ?? $0.serialized } }
        let localized = fields["localized"].flatMap { $0.text ?? $0["OPTIONAL"]?.text }
        self.init(id: fields["id"]?.text ?? "", defaultMessage: fields["default_message"]?.text ?? "", args: args, localized: localized)
    }
}
