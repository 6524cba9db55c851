import LinuxHost
import MirrorCore
import MirrorEngine

/// Carries out what commands ask of the daemon.
struct ControlDesk: Sendable {
    /// Between two looks at a pass that somebody waits for.
    static let lookInterval = Duration.milliseconds(200)
    /// Between two lines about a transfer.
    static let transferInterval = Duration.seconds(1)

    let engine: Engine
    let meter: TransferMeter
    let clock: any HostClock

    /// - Returns: the last line.
    func carryOut(_ request: ControlRequest, _ send: @Sendable (ReportLine) async throws -> Void) async throws -> SummaryReport {
        switch request {
        case .status(let names):
            let all = try await statuses(names)
            for line in StatusAnswer(all, rates: meter.rates(all, now: clock.now())).lines { try await send(line) }
            return StatusAnswer.summary(all, exit: Verdict.status(all))
        case .rescan(let name):
            if let name { _ = try await mirror(name) }
            await engine.rescan(name)
            return SummaryReport([("mirrors", name == nil ? Int64(await engine.names.count) : 1)], exit: ExitStatus.success.rawValue)
        case .approve(let name, let digest): return try await approve(name, digest, send)
        case .sync(let names): return try await sync(names, send)
        }
    }

    private func mirror(_ name: String) async throws -> Mirror {
        if let mirror = await engine.mirror(name) { return mirror }
        throw CommandRefusal(message: "\(UnknownMirror(name: name, known: await engine.names))", status: .failure)
    }

    private func statuses(_ names: [String]) async throws -> [MirrorStatus] {
        for name in names { _ = try await mirror(name) }
        let all = await engine.status()
        return names.isEmpty ? all : all.filter { names.contains($0.mirror) }
    }

    private func approve(_ name: String, _ digest: String?, _ send: @Sendable (ReportLine) async throws -> Void) async throws -> SummaryReport {
        do {
            let released = try await mirror(name).approve(digest: digest)
            for hold in released { try await send(.approval(mirror: name, hold)) }
            return SummaryReport([("released", Int64(released.count))], exit: ExitStatus.success.rawValue)
        } catch let error as ApprovalError {
            throw CommandRefusal(message: "mirror \(name): \(error)", status: .failure)
        }
    }

    private func sync(_ names: [String], _ send: @Sendable (ReportLine) async throws -> Void) async throws -> SummaryReport {
        _ = try await statuses(names)
        var requests: [PassRequest] = []
        if names.isEmpty { requests = await engine.rescan() }
        for name in names { requests += await engine.rescan(name) }
        var nextTransfers = clock.now()
        while await isOpen(requests) {
            if clock.now() >= nextTransfers {
                nextTransfers = clock.now() + Self.transferInterval
                let all = try await statuses(names)
                for line in StatusAnswer(all, rates: meter.rates(all, now: clock.now())).transfers { try await send(line) }
            }
            try await clock.sleep(for: Self.lookInterval)
        }
        let all = try await statuses(names)
        for line in StatusAnswer(all, rates: [:]).lines { try await send(line) }
        return StatusAnswer.summary(all, exit: Verdict.sync(all))
    }

    private func isOpen(_ requests: [PassRequest]) async -> Bool {
        for request in requests where await !engine.isDone(request) { return true }
        return false
    }
}
