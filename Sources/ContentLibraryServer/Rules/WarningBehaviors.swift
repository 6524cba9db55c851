import ContentLibraryAPI

/// Which warnings of an update session's preview are to be ignored, as the client said; in the order in which it said so.
struct WarningBehaviors: Sendable, Hashable {
    let all: [UpdateSession.WarningBehavior]

    /// Refuses a type that no preview knows, and one that is there twice.
    init(_ given: [UpdateSession.WarningBehavior]) throws(APIError) {
        var seen: Set<String> = []
        for behavior in given {
            guard Self.known.contains(behavior.type) else {
                throw .invalidArgument("warning_behavior.type", "there is no warning \(behavior.type.rawValue)")
            }
            guard seen.insert(behavior.type.rawValue).inserted else {
                throw .invalidArgument("warning_behavior", "\(behavior.type.rawValue) is there twice")
            }
        }
        all = given
    }

    func ignores(_ type: UpdateSession.WarningType) -> Bool { all.contains { $0.type == type && $0.ignored } }

    private static let known: [UpdateSession.WarningType] = [
        .selfSignedCertificate, .expiredCertificate, .notYetValidCertificate, .untrustedCertificate,
    ]

    /// Reads what `text` wrote.
    init(text: String) {
        all = text.split(separator: ",").map { part in
            let isIgnored = part.hasSuffix("+")
            return .init(type: .init(rawValue: String(part.dropLast())), ignored: isIgnored)
        }
    }

    /// `EXPIRED_CERTIFICATE+,UNTRUSTED_CERTIFICATE-`: ignored, and not.
    var text: String { all.map { $0.type.rawValue + ($0.ignored ? "+" : "-") }.joined(separator: ",") }
}
