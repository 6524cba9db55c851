/// Something that a command asks for and that cannot be done, here or by the daemon.
struct CommandRefusal: Error, Hashable, CustomStringConvertible {
    /// For people: what and why.
    var message: String
    var status: ExitStatus

    var description: String { message }
}
