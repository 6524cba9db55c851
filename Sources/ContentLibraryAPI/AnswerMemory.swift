/// Keeps encoded outputs of operations whose answer depends on nothing but their parameters and a state that the memory knows the moves of: not on the
/// time, and not on who calls once the gate has let the call pass.
public protocol AnswerMemory: Sendable {
    /// The output that is remembered for the call, or what `make` makes of the present state. What `make` throws is thrown, and not remembered.
    func output(of call: RememberedCall, make: () async throws -> [UInt8]) async throws -> [UInt8]
}

/// An operation, its parameters, and the encoding of the output.
public struct RememberedCall: Sendable, Hashable {
    let operation: String
    let tagged: Bool
    /// Encoded anew from what was read, so that one call has one form.
    var input: [UInt8] = []

    public init(_ operation: String, tagged: Bool, input: [UInt8] = []) { (self.operation, self.tagged, self.input) = (operation, tagged, input) }

    mutating func append(_ argument: Argument) {
        input += argument.json
        input.append(0)
    }

    /// About how much memory it takes, in bytes.
    public var size: Int { 64 + input.count }
}
