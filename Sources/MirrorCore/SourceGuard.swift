/// Decides whether a mirror's source still answers: a dead network mount or a failing disk can keep a system call for ever.
public struct SourceGuard: Sendable {
    /// Work on a source that shows no progress for this long is held up by it. Disks that spin up and servers that fail over take less.
    public static let limit = Duration.seconds(30)

    public init() {}

    /// - Parameter silentSince: when the oldest work under way on the source last showed progress; nil where none is under way.
    public func judge(silentSince: BootTime?, now: BootTime, path: String) -> Hold? {
        guard let silentSince, now - silentSince >= Self.limit else { return nil }
        return Hold(
            .sourceNotAnswering,
            reason: "a system call on \(path) has not returned for \((now - silentSince).components.seconds) s; "
                + "the mirror goes on by itself when the file system answers")
    }
}
