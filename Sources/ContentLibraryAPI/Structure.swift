/// Named fields, declared by a shape.
public protocol Structure: WireValue {
    static var shape: Shape<Self> { get }
}

/// A structure's wire name and its fields, in order: it is read with the initialiser and written through the key paths. A field that is
/// forgotten, misplaced or of the wrong type does not compile.
public struct Shape<Root>: Sendable {
    let id: String
    /// In order; a union stands under the name that only this declaration gives it.
    let fields: [(name: String, isOptional: Bool)]
    let write: @Sendable (Root, inout Writer) -> Void
    let read: @Sendable (Reader) throws -> Root

    /// `id` is the wire name, `make` the memberwise initialiser, and each field has its name and its property, in the initialiser's order.
    public init<each Field: WireValue>(
        _ id: String, _ make: @escaping @Sendable (repeat each Field) -> Root, _ field: repeat (String, any KeyPath<Root, each Field> & Sendable)
    ) {
        self.id = id
        var fields: [(name: String, isOptional: Bool)] = []
        repeat fields.append(((each field).0, (each Field).isOptional))
        self.fields = fields
        write = { root, out in repeat root[keyPath: (each field).1].write(as: (each field).0, to: &out) }
        read = { source in make(repeat try (each Field).read((each field).0, of: source)) }
    }
}

extension Structure {
    public static var form: Form { .structure }

    public func write(to out: inout Writer) {
        let shape = Self.shape
        guard out.tagged else { return out.object { shape.write(self, &$0) } }
        out.tag("STRUCTURE") { out in
            out.tag(shape.id) { out in out.object { shape.write(self, &$0) } }
        }
    }

    public init(from source: Reader) throws { self = try source.read(Self.shape) }
}

extension Reader {
    /// Unknown fields are ignored; so is the structure's id, of which there must be one where values are tagged.
    func read<Root>(_ shape: Shape<Root>) throws -> Root {
        var fields = json
        if tagged {
            guard let inner = tag("STRUCTURE")?.only else { throw fail("a STRUCTURE") }
            fields = inner.value
        }
        guard case .object(let members) = fields else { throw fail("an object") }
        let inner = asking(fields)
        let root = try shape.read(inner)
        if let asked = inner.asked { unknown?.note(members, besides: asked.names, in: shape.id) }
        return root
    }
}
