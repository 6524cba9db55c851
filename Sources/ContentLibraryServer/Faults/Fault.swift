import ContentLibraryAPI

/// Something that goes wrong on purpose, for a client to be hardened on.
public enum Fault: Sendable, Hashable {
    /// Nothing happens for a while; then the call goes on.
    case latency(Duration)
    /// 503, with `Retry-After` in whole seconds if it is given.
    case unavailable(retryAfter: Duration?)
    /// The connection ends without an answer, and nothing was done.
    case dropBefore
    /// Everything was done, and the connection ends without an answer.
    case dropAfter
    /// 401. A call's login is gone with it; an upload is refused once so many bytes came.
    case unauthenticated(afterBytes: Int64)
    /// The connection of a transfer ends after so many bytes.
    case cut(afterBytes: Int64)
    /// A transfer goes no faster than this.
    case slow(bytesPerSecond: Int64)
    /// The download session expires while it is read: after so many bytes the body ends as if it were whole, and no length was announced.
    case deadSession(afterBytes: Int64)
    /// The upload of an archive is answered as if all were well, and the archive is lost while it is taken apart: its entry stays waiting.
    case splitFailure
    /// The session that the call names has expired.
    case leaseLost
    /// Somebody else's update session holds the item.
    case rivalSession
    /// `complete` is taken, and the session then ends in ERROR with this text.
    case sessionError(String)
    /// `complete` answers at once, and the session stays ACTIVE for a while before it is DONE.
    case asynchronous(Duration)
    /// Files have no checksum.
    case noChecksum
    /// Files have the checksum SHA1 of no digits.
    case emptyChecksum
    /// Files are told to be so many bytes longer than they are.
    case sizeOff(by: Int64)
    /// Logging in fails once the user has so many sessions.
    case loginLimit(Int)

    /// The name of an upload and of a download, among the operations.
    public static let upload = "upload"
    public static let download = "download"

    /// Every operation that faults are for, transfers among them.
    public static let operations: [String] = API.all.map(\.id) + [upload, download]

    /// The operations that it can happen to.
    public var operations: [String] {
        switch self {
        case .latency, .unavailable, .dropBefore, .dropAfter: Self.operations
        case .unauthenticated: Self.operations.filter { $0 != Self.download }
        case .cut, .slow: [Self.upload, Self.download]
        case .deadSession: [Self.download]
        case .splitFailure: [Self.upload]
        case .leaseLost: API.all.filter { $0.parameters.contains { Self.sessionParameters.contains($0.name) } }.map(\.id) + [Self.upload, Self.download]
        case .rivalSession: [UpdateSession.create.facts.id]
        case .sessionError, .asynchronous: [UpdateSession.complete.facts.id]
        case .noChecksum, .emptyChecksum, .sizeOff: Self.operations.filter { $0.contains(".item.") && Self.tellsOfFiles($0) }
        case .loginLimit: [Session.create.facts.id]
        }
    }

    static let sessionParameters = ["update_session_id", "download_session_id"]

    private static func tellsOfFiles(_ operation: String) -> Bool {
        let words = operation.split(separator: ".").suffix(2)
        guard words.first == "file" || words.first == "storage" else { return false }
        return ["get", "list", "add", "prepare"].contains(words.last ?? "")
    }

    /// It changes what answers say of files, rather than what is done.
    var isOfAnswers: Bool {
        switch self {
        case .noChecksum, .emptyChecksum, .sizeOff: true
        default: false
        }
    }
}

/// Which calls a fault happens to.
public struct FaultRule: Sendable, Hashable {
    public var fault: Fault
    /// Ids of operations, or their ends after a dot (`update_session.complete`), or `upload` and `download`; all that the fault is for, where empty.
    public var operations: [String]
    /// An item's id or name.
    public var item: String?
    public var file: String?
    public var user: String?
    /// Of the calls that match, counted from 1: the first that it happens to.
    public var first: Int
    /// From the first on: each, each second, and so on.
    public var every: Int
    /// How often in all.
    public var times: Int?
    /// 0 to 1, of the calls that are left.
    public var chance: Double

    public init(
        _ fault: Fault, operations: [String] = [], item: String? = nil, file: String? = nil, user: String? = nil, first: Int = 1, every: Int = 1,
        times: Int? = nil, chance: Double = 1
    ) {
        (self.fault, self.operations, self.item, self.file, self.user) = (fault, operations, item, file, user)
        (self.first, self.every, self.times, self.chance) = (first, every, times, chance)
    }

    /// Whether `name` stands for this operation.
    public static func isName(_ name: String, of operation: String) -> Bool { operation == name || operation.hasSuffix("." + name) }

    func matches(_ event: FaultEvent) -> Bool {
        guard fault.operations.contains(event.operation), operations.isEmpty || operations.contains(where: { Self.isName($0, of: event.operation) })
        else { return false }
        if let item, !event.items.contains(item) { return false }
        if let user, event.user != user { return false }
        if fault == .splitFailure, !event.isOfArchive { return false }
        // An answer may tell of several files: which of them is seen when it is there.
        if let file, !fault.isOfAnswers, event.file != file { return false }
        return true
    }
}

/// A call or a transfer, as faults see it.
struct FaultEvent: Sendable, Hashable {
    var operation: String
    /// The item's id and its name.
    var items: [String] = []
    var file: String?
    /// Nil for a transfer, whose URL is all that it shows.
    var user: String?
    /// The upload of an archive that is taken apart.
    var isOfArchive = false
}
