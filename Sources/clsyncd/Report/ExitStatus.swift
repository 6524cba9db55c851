import ArgumentParser
import MirrorJournal
import StrictTOML

/// What the process's exit tells; scripts and the unit's `RestartPreventExitStatus=` rely on the numbers.
enum ExitStatus: Int32, Error, Sendable {
    case success = 0
    /// It could not be done: server, network, login, lock.
    case failure = 1
    /// Wrong command line or configuration.
    case usage = 2
    /// Done in part, held, or different.
    case partial = 3
    /// `plan --detailed-exitcode`: something is to be done.
    case changes = 4
    /// A person is needed: the journal is damaged or newer.
    case needsPerson = 5

    var code: ExitCode { ExitCode(rawValue) }

    /// What an error that ends a command means.
    init(of error: any Error) {
        switch error {
        case is ConfigurationErrors, is UnknownMirror: self = .usage
        case let error as JournalError where error.needsPerson: self = .needsPerson
        case let error as CommandRefusal: self = error.status
        default: self = .failure
        }
    }
}
