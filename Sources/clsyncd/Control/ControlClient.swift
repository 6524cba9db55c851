import ContentLibraryAPI
import LinuxHost
import MirrorCore

/// A command's connection to the running daemon.
struct ControlClient: Sendable {
    private let connection: ControlConnection

    /// Nil where no daemon runs.
    static func connect(_ path: String) async throws -> ControlClient? {
        do {
            return ControlClient(connection: try await ControlConnection.connect(path))
        } catch ControlError.notRunning {
            return nil
        }
    }

    /// As `connect(_:)`, for what only the daemon can do.
    static func require(_ path: String) async throws -> ControlClient {
        guard let client = try await connect(path) else { throw DaemonNotRunning(socket: path) }
        return client
    }

    func close() { connection.close() }

    /// Asks, and gives every line of the answer to `each`, the summary too.
    /// - Returns: the exit status that the daemon's summary names.
    func ask(_ request: ControlRequest, each: (JSON) async throws -> Void) async throws -> ExitStatus {
        try await connection.write(Array(request.json.serialized.utf8))
        while let line = try await connection.readLine() {
            switch try ControlAnswer(line) {
            case .report(let json): try await each(json)
            case .summary(let json, let exit):
                try await each(json)
                return ExitStatus(rawValue: exit) ?? .failure
            case .refused(let message, let exit): throw CommandRefusal(message: message, status: ExitStatus(rawValue: exit) ?? .failure)
            }
        }
        throw ControlProtocolError.endedEarly
    }
}

/// A command that only a running daemon can carry out found none.
struct DaemonNotRunning: Error, Hashable, CustomStringConvertible {
    var socket: String
    var description: String { "clsyncd is not running (nobody listens at \(socket)); start it with: systemctl start clsyncd" }
}
