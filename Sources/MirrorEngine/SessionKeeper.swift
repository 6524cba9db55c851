import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import MirrorCore

/// An update session's lease as a scope: a sibling task renews it while the body works, and the body is cancelled when the lease can no longer be proven.
struct SessionKeeper: Sendable {
    let client: ContentLibraryClient
    let clock: any HostClock
    let session: UpdateSession.ID
    let control: PublicationControl
    /// Told of every lease that the server granted, and until when it runs by the wall clock.
    let granted: @Sendable (_ until: Timestamp) async throws -> Void

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
        let lease = SessionLease(sentAt: asked, expiration: answer.output.expirationTime, date: answer.date)
        try await granted(end(of: lease))
        return lease
    }

    private func end(of lease: SessionLease) -> Timestamp {
        Timestamp(milliseconds: clock.wallTime().milliseconds + (lease.deadline - clock.now()).wholeNanoseconds / 1_000_000)
    }

    private func renew(_ first: SessionLease) async throws {
        var lease = first
        var trouble: (any Error)?
        while true {
            try await clock.sleep(until: min(lease.nextRenewal, lease.deadline))
            guard lease.isProven(now: clock.now()) else { throw trouble ?? SessionFault.leaseLost }
            do {
                try await renew(&lease)
                trouble = nil
            } catch let error as APIError where error.kind == .notAllowedInCurrentState {
                // The body completed it meanwhile, or somebody ended it: the body's next call tells which.
                return
            } catch let error as APIError where error.isRefusal {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                // Until the deadline nothing is lost by a server that does not answer.
                trouble = error
                lease.renewalFailed(now: clock.now())
            }
        }
    }

    private func renew(_ lease: inout SessionLease) async throws {
        let sentAt = clock.now()
        let progress = lease.progressToSend(current: control.percent)
        try await client.call(UpdateSession.keepAlive(session, progress))
        let answer = try await client.answer(UpdateSession.get(session))
        lease.renewed(sentAt: sentAt, expiration: answer.output.expirationTime, date: answer.date)
        try await granted(end(of: lease))
    }
}
