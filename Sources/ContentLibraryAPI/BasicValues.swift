// The values that other values are made of.

extension String: WireValue {
    public func write(to out: inout Writer) { out.json.string(self) }

    public init(from source: Reader) throws {
        guard case .string(let text) = source.json else { throw source.fail("a string") }
        self = text
    }
}

extension Int64: WireValue {
    public static var zero: Int64? { 0 }

    public func write(to out: inout Writer) { out.json.int(self) }

    public init(from source: Reader) throws {
        if case .int(let number) = source.json {
            self = number
        } else if source.isText, let number = source.json.text.flatMap({ Int64($0) }) {
            self = number
        } else {
            throw source.fail("a whole number")
        }
    }
}

extension Bool: WireValue {
    public static var zero: Bool? { false }

    public func write(to out: inout Writer) { out.json.bool(self) }

    public init(from source: Reader) throws {
        if case .bool(let flag) = source.json {
            self = flag
        } else if source.isText, let flag = source.json.text.flatMap({ Bool($0) }) {
            self = flag
        } else {
            throw source.fail("true or false")
        }
    }
}

extension Timestamp: WireValue {
    public func write(to out: inout Writer) { out.json.string(text) }

    public init(from source: Reader) throws {
        guard let text = source.json.text, let moment = Timestamp(text) else { throw source.fail("a date and time") }
        self = moment
    }
}

extension Optional: WireValue where Wrapped: WireValue {
    public static var form: Form { Wrapped.form }
    public static var isOptional: Bool { true }

    public func write(to out: inout Writer) {
        out.tag("OPTIONAL") { out in
            if let self { self.write(to: &out) } else { out.json.null() }
        }
    }

    public init(from source: Reader) throws {
        var inner = source.json
        if source.tagged, !inner.isNull {
            guard let value = source.tag("OPTIONAL") else { throw source.fail("an OPTIONAL") }
            inner = value
        }
        self = inner.isNull ? nil : try Wrapped(from: source.at(inner))
    }

    public func write(as name: String, to out: inout Writer) {
        guard out.tagged || self != nil else { return }
        out.json.key(name)
        write(to: &out)
    }

    public static func read(_ name: String, of object: Reader) throws -> Self {
        object.asked?.names.insert(name)
        guard let json = object.json[name] else { return nil }
        return try object.at(json).read(Self.self, named: name)
    }
}

extension Array: WireValue where Element: WireValue {
    public static var form: Form { .list }
    public static var zero: [Element]? { [] }

    public func write(to out: inout Writer) {
        let tagged = out.tagged
        out.json.array { json in
            var inner = Writer(tagged: tagged)
            swap(&inner.json, &json)
            for item in self { item.write(to: &inner) }
            swap(&inner.json, &json)
        }
    }

    public init(from source: Reader) throws {
        // Servers written in Go send null for an empty list.
        if source.forgiving, source.json.isNull {
            self = []
            return
        }
        guard case .array(let items) = source.json else { throw source.fail("a list") }
        self = []
        reserveCapacity(items.count)
        for (index, item) in items.enumerated() { append(try source.at(item).read(Element.self, named: "[\(index)]")) }
    }
}
