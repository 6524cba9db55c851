import ContentLibraryAPI
import MirrorCore
import MirrorEngine

/// What a command asks of the running daemon: one line of JSON. Several may follow each other over one connection.
enum ControlRequest: Hashable, Sendable {
    /// How these mirrors are; all of them where none is named.
    case status(mirrors: [String])
    /// Release what the mirror holds; with a digest only if that still is what it holds.
    case approve(mirror: String, digest: String?)
    /// Look at everything anew; at all mirrors where none is named.
    case rescan(mirror: String?)
    /// As `rescan`, and stay until nothing is left that waiting would do. Transfers are told meanwhile.
    case sync(mirrors: [String])
}

extension ControlRequest {
    var json: JSON {
        switch self {
        case .status(let mirrors): Self.line("status", [.init("mirrors", .array(mirrors.map { .string($0) }))])
        case .approve(let mirror, let digest):
            Self.line("approve", [.init("mirror", .string(mirror))] + (digest.map { [.init("plan", .string($0))] } ?? []))
        case .rescan(let mirror): Self.line("rescan", mirror.map { [.init("mirror", .string($0))] } ?? [])
        case .sync(let mirrors): Self.line("sync", [.init("mirrors", .array(mirrors.map { .string($0) }))])
        }
    }
    private static func line(_ request: String, _ members: [JSON.Member]) -> JSON { .object([.init("request", .string(request))] + members) }

    init(_ line: [UInt8]) throws(ControlProtocolError) {
        guard let json = try? JSON(parsing: line), let name = json["request"]?.text else { throw .notARequest }
        switch name {
        case "status": self = .status(mirrors: try Self.mirrors(json))
        case "sync": self = .sync(mirrors: try Self.mirrors(json))
        case "rescan": self = .rescan(mirror: json["mirror"]?.text)
        case "approve":
            guard let mirror = json["mirror"]?.text else { throw .notARequest }
            self = .approve(mirror: mirror, digest: json["plan"]?.text)
        default: throw .unknownRequest(name)
        }
    }
    private static func mirrors(_ json: JSON) throws(ControlProtocolError) -> [String] {
        guard case .array(let items)? = json["mirrors"] else { return [] }
        let names = items.compactMap(\.text)
        guard names.count == items.count else { throw .notARequest }
        return names
    }
}

/// One line of the daemon's answer. Reports come as `--json` prints them; the last line is the summary or a refusal.
enum ControlAnswer: Hashable, Sendable {
    case report(JSON)
    case summary(JSON, exit: Int32)
    /// The request could not be carried out.
    case refused(String, exit: Int32)

    init(_ line: [UInt8]) throws(ControlProtocolError) {
        guard let json = try? JSON(parsing: line), let kind = json["kind"]?.text else { throw .notAnAnswer }
        switch kind {
        case "summary": self = .summary(json, exit: try Self.exit(json))
        case "error":
            guard let message = json["message"]?.text else { throw .notAnAnswer }
            self = .refused(message, exit: try Self.exit(json))
        default: self = .report(json)
        }
    }
    private static func exit(_ json: JSON) throws(ControlProtocolError) -> Int32 {
        guard case .int(let code)? = json["exit"], let exit = Int32(exactly: code) else { throw .notAnAnswer }
        return exit
    }

    /// The line of a refusal.
    static func refusal(_ message: String, exit: ExitStatus) -> JSON {
        .object([.init("kind", .string("error")), .init("message", .string(message)), .init("exit", .int(Int64(exit.rawValue)))])
    }
}

/// A line that the protocol does not have: the two sides are of different versions.
enum ControlProtocolError: Error, Hashable, CustomStringConvertible {
    case notARequest
    case unknownRequest(String)
    case notAnAnswer
    case endedEarly

    var description: String {
        switch self {
        case .notARequest: "that is not a request"
        case .unknownRequest(let name): "the daemon knows no request \"\(name)\": is it of the same version?"
        case .notAnAnswer: "the daemon's answer cannot be read: is it of the same version?"
        case .endedEarly: "the daemon ended before it had answered"
        }
    }
}
