import Testing

/// Gives a suite one server process for all of its tests: they differ in their libraries. It ends with the suite.
struct SharedServer: SuiteTrait, TestScoping {
    @TaskLocal static var current: ServerProcess?
    let security: ServerProcess.Security

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        let server = try await ServerProcess.start(security)
        do {
            try await Self.$current.withValue(server) { try await function() }
        } catch {
            _ = try? await server.stop()
            throw error
        }
        _ = try await server.stop()
    }
}

extension Trait where Self == SharedServer {
    static var sharedServer: Self { Self(security: .selfSigned) }
    static func sharedServer(_ security: ServerProcess.Security) -> Self { Self(security: security) }
}
