/// A name out of a set that newer servers may add to: names unknown here are kept.
public protocol OpenEnum: WireValue, RawRepresentable<String>, CustomStringConvertible {
    init(rawValue: String)
}

extension OpenEnum {
    public var description: String { rawValue }

    public func write(to out: inout Writer) { out.json.string(rawValue) }

    public init(from source: Reader) throws { self.init(rawValue: try String(from: source)) }
}
