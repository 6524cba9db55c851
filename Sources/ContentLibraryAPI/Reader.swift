/// What is read: a JSON value, and how strictly.
public struct Reader {
    /// The value that is read.
    public let json: JSON
    /// JSON-RPC: values carry type tags.
    public let tagged: Bool
    /// A client of `/rest` and `/api`: a missing number, flag or list is its zero.
    public let forgiving: Bool
    /// Where members that no declaration asked for are noted, if anybody cares.
    let unknown: UnknownMembers?
    /// The names that were asked for, of the structure that this is.
    let asked: AskedNames?
    /// The value was text in a path or a query, where a number has no other form.
    let isText: Bool

    public init(_ json: JSON, tagged: Bool, forgiving: Bool = false) {
        self.init(json, tagged: tagged, forgiving: forgiving, isText: false, nil, nil)
    }

    private init(_ json: JSON, tagged: Bool, forgiving: Bool, isText: Bool, _ unknown: UnknownMembers?, _ asked: AskedNames?) {
        (self.json, self.tagged, self.forgiving, self.isText, self.unknown, self.asked) = (json, tagged, forgiving, isText, unknown, asked)
    }

    init(text: String) { self.init(.string(text), tagged: false, forgiving: false, isText: true, nil, nil) }

    init(_ json: JSON, tagged: Bool, noting unknown: UnknownMembers?) {
        self.init(json, tagged: tagged, forgiving: false, isText: false, unknown, nil)
    }

    func at(_ json: JSON) -> Reader { Reader(json, tagged: tagged, forgiving: forgiving, isText: isText, unknown, nil) }

    /// A structure whose members are about to be asked for.
    func asking(_ json: JSON) -> Reader {
        Reader(json, tagged: tagged, forgiving: forgiving, isText: isText, unknown, unknown == nil ? nil : AskedNames())
    }

    /// Reads this as a value that goes by a name, which the error will have in its path.
    func read<Value: WireValue>(_: Value.Type, named name: String) throws -> Value {
        do { return try Value(from: self) } catch let error as WireError { throw error.within(name) }
    }

    /// `{"TAG":value}`: the only member, if it has that name.
    func tag(_ name: String) -> JSON? {
        guard let member = json.only, member.name == name else { return nil }
        return member.value
    }

    func fail(_ expected: String) -> WireError { WireError("expected " + expected) }
}
