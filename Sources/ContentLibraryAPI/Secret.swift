/// A text that belongs in no log: its description hides it.
public struct Secret: WireValue, CustomStringConvertible, CustomReflectable {
    /// The text itself: to be sent or compared, never shown.
    public var reveal: String

    public init(_ text: String) { reveal = text }

    public var description: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    public func write(to out: inout Writer) { out.tag("SECRET") { $0.json.string(reveal) } }

    /// A bare string is taken as well.
    public init(from source: Reader) throws { reveal = try String(from: source.at(source.tag("SECRET") ?? source.json)) }
}
