import Glibc

/// The wire manners that a server is started with.
enum Profile: String, CaseIterable {
    case strict, vcenter

    static let variable = "CLSYNCD_TEST_PROFILE"

    /// What the environment asks for.
    static var ofThisRun: Profile {
        get throws { try Profile(asked: getenv(variable).map { String(cString: $0) }) }
    }

    /// Strict unless asked. A name that is none is an error: who misspells it would believe to have tested the other.
    init(asked name: String?) throws {
        guard let profile = Profile(rawValue: name ?? "strict") else {
            throw ProcessFailure(message: "\(Self.variable) is \"\(name ?? "")\", which is no profile", evidence: "\(Self.allCases.map(\.rawValue))")
        }
        self = profile
    }
}
