/// A name out of a set that newer servers may add to: names unknown here are kept.
public protocol OpenEnum: WireValue, RawRepresentable<String>, CustomStringConvertible {
    init(rawValue: String)
}

extension OpenEnum {
    public var description: String { rawValue }

    public func write(to out: inout Writer) { out.json.string(rawValue) }

    public init(from source: Reader) throws { self.init(rawValue: try String(from: source)) }
}

/// The id of one kind of thing: an item's does not pass for a session's.
public struct Identifier<Of>: OpenEnum, ExpressibleByStringLiteral {
    public static var form: Form { .id }
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral text: String) { rawValue = text }
}
