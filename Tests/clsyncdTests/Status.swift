@testable import clsyncd

/// The testing library has an exit status of its own.
typealias Status = ExitStatus
