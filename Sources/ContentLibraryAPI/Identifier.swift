/// The id of one kind of thing: an item's does not pass for a session's.
public struct Identifier<Of>: OpenEnum, ExpressibleByStringLiteral {
    public static var form: Form { .id }
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral text: String) { rawValue = text }
}
