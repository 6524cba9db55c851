import ContentLibraryAPI
import Synchronization

extension ContentLibraryClient {
    /// A session and the dialect to use it in: the present one, or a new one if there is none or the present one is `refused`.
    ///
    /// However many calls find their session refused, one of them logs in and the others take what it got.
    func loggedIn(replacing refused: String?) async throws -> (session: String, Dialect) {
        if let present = present(other: refused) { return present }
        return try await login.pass { [self] in
            if let present = present(other: refused) { return present }
            // All dialects share their sessions: a new dialect is no reason for a new login.
            if let session = memory.withLock({ $0.session }), session != refused { return (session, try await knownDialect()) }
            let credentials = try await credentials()
            if let obstacle = memory.withLock({ $0.policy.obstacle(to: credentials, now: now()) }) { throw obstacle }
            let dialect = try await knownDialect()
            let session = try await create(credentials, dialect)
            memory.withLock { memory in
                memory.session = session
                memory.policy.accepted(now: now())
            }
            return (session, dialect)
        }
    }

    private func present(other refused: String?) -> (session: String, Dialect)? {
        memory.withLock { memory in
            guard let session = memory.session, session != refused, let dialect = memory.dialect else { return nil }
            return (session, dialect)
        }
    }

    private func create(_ credentials: LoginCredentials, _ dialect: Dialect) async throws -> String {
        do {
            return try await exchange(Session.create(), dialect, .login(user: credentials.user, password: credentials.password)).output.reveal
        } catch let error as PostponedError {
            throw verdict(on: error.refusal, credentials) ?? error
        } catch let error as APIError {
            throw verdict(on: error, credentials) ?? error
        }
    }

    /// What a refused login means for the next ones; nil where it says nothing about the credentials.
    private func verdict(on error: APIError, _ credentials: LoginCredentials) -> LoginError? {
        memory.withLock { memory in
            if error.messages.contains(where: { $0.id.hasSuffix("failedToLoginMaxUserSessionCountReached") }) {
                return memory.policy.full(detail: error.description, jitter: jitter(), now: now())
            }
            if error.tellsOfALostDialect { forgetDialect(&memory) }
            guard error.kind == .unauthenticated || error.kind == .unauthorized else { return nil }
            return memory.policy.refused(credentials, detail: error.description, now: now())
        }
    }

    /// A server that was upgraded may have lost a dialect: it is asked anew, once in ten minutes at most.
    func forgetDialect(_ memory: inout Memory) {
        guard configuration.api == .auto, memory.probedAt.map({ now() - $0 >= .seconds(600) }) ?? true else { return }
        memory.dialect = nil
    }
}

extension APIError {
    /// Not the thing asked for is missing, but the way to ask for it.
    var tellsOfALostDialect: Bool {
        kind == .operationNotFound || (kind == .notFound && guessedFromStatus != nil)
            || messages.contains { ["com.vmware.vapi.rest.httpNotFound", "com.vmware.vapi.rest.operationsForUrlNotFound"].contains($0.id) }
    }
}
