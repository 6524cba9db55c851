import ContentLibraryAPI
import LinuxHost
import MirrorCore
import MirrorEngine

/// The daemon's side of the control socket: answers requests, each connection on its own.
struct ControlServer: Sendable {
    let listener: ControlListener
    let desk: ControlDesk

    /// Serves until cancelled; then every connection is ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await connection in listener.connections {
                group.addTask { await serve(connection) }
            }
            group.cancelAll()
        }
    }

    /// A connection that breaks, or whose other side leaves, is over; nobody is left to tell.
    private func serve(_ connection: ControlConnection) async {
        defer { connection.close() }
        while !Task.isCancelled {
            do {
                guard let line = try await connection.readLine() else { return }
                try await answer(line, over: connection)
            } catch {
                return
            }
        }
    }

    private func answer(_ line: [UInt8], over connection: ControlConnection) async throws {
        do {
            let last = try await desk.carryOut(try ControlRequest(line)) { line in try await connection.write(line.json) }
            try await connection.write(ReportLine.summary(last).json)
        } catch let refusal as CommandRefusal {
            try await connection.write(Array(ControlAnswer.refusal(refusal.message, exit: refusal.status).serialized.utf8))
        } catch let error as ControlProtocolError {
            try await connection.write(Array(ControlAnswer.refusal("\(error)", exit: .failure).serialized.utf8))
        }
    }
}
