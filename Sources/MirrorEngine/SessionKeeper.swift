import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import MirrorCore

/// An update session's lease as a scope: a sibling task renews it while the body works, and the body is cancelled when the lease can no longer be proven.
struct SessionKeeper: Sendable {
    /// Between two tries at a renewal that did not arrive.
    static let retryInterval = Duration.seconds(2)

    let client: ContentLibraryClient
    let clock: any HostClock
    let session: UpdateSession.ID
    let control: PublicationControl

    func withLease<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let lease = try await readLease()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await renew(lease)
                return nil
            }
            defer { group.cancelAll() }
            // A renewal that returns has nothing left to renew: the body's result is still to come.
            while let first = try await group.next() {
                if let result = first { return result }
            }
            throw SessionFault.leaseLost
        }
    }

    private func readLease() async throws -> SessionLease {
        let asked = clock.now()
        let answer = try await client.answer(UpdateSession.get(session))
        return SessionLease(sentAt: asked, expiration: answer.output.expirationTime, date: answer.date)
    }

    private func renew(_ first: SessionLease) async throws {
        var lease = first
        while true {
            try await clock.sleep(until: min(lease.nextRenewal, lease.deadline))
            guard lease.isProven(now: clock.now()) else { throw SessionFault.leaseLost }
            do {
                let sentAt = clock.now()
                let progress = lease.progressToSend(current: control.percent)
                try await client.call(UpdateSession.keepAlive(session, progress))
                let answer = try await client.answer(UpdateSession.get(session))
                lease.renewed(sentAt: sentAt, expiration: answer.output.expirationTime, date: answer.date)
            } catch let error as TransportError {
                guard lease.isProven(now: clock.now() + Self.retryInterval) else { throw error }
                try await clock.sleep(for: Self.retryInterval)
            } catch let error as APIError where error.kind == .notAllowedInCurrentState {
                // The body completed it meanwhile, or somebody ended it: the body's next call tells which.
                return
            } catch let error as APIError where error.kind == .serviceUnavailable || error.kind == .timedOut {
                guard lease.isProven(now: clock.now() + Self.retryInterval) else { throw error }
                try await clock.sleep(for: Self.retryInterval)
            }
        }
    }
}
