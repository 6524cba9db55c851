import ContentLibraryAPI
import ContentLibraryClient
import HTTPTransport
import StrictTOML
import Testing

@testable import clsyncd

@Suite struct ServerConnectionTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func configuration(_ lines: String = "", url: String = "http://127.0.0.1:1") throws -> Configuration {
        let text = """
            [server]
            url = "\(url)"
            username = "u"
            password_file = "\(directory.path)/password"
            \(lines)
            [[mirror]]
            name = "m"
            path = "/srv"
            library = "L"
            """
        return try ConfigurationText.read(text)
    }

    @Test func thePasswordIsReadAtEachLogin() async throws {
        let configuration = try configuration()
        let path = directory.path + "/password"
        try await ServerConnection.with(configuration) { connection in
            #expect(try await connection.passwordStamp() == nil)
            await #expect(throws: PasswordError.unreadable(path: path, .missing)) { try await connection.client.call(Session.get()) }
            try directory.write("password", "")
            let stamp = try await connection.passwordStamp()
            #expect(stamp != nil)
            await #expect(throws: PasswordError.empty(path: path)) { try await connection.client.call(Session.get()) }
            try directory.write("password", "secret")
            #expect(try await connection.passwordStamp() != stamp)
            // Now it is the server that is missing.
            await #expect(throws: TransportError.self) { try await connection.client.call(Session.get()) }
        }
    }

    @Test func authoritiesThatAreNoneAreNamed() async throws {
        let path = try directory.write("ca.pem", "nothing")
        let configuration = try configuration("ca_file = \"\(path)\"", url: "https://127.0.0.1:1")
        await #expect(throws: TrustError.noCertificate(path: path)) { try await ServerConnection.with(configuration) { _ in } }
    }

    @Test func bothLoopsAreClosedHoweverTheBodyEnds() async throws {
        let configuration = try configuration()
        let connection = try await ServerConnection.with(configuration) { $0 }
        await #expect(throws: TransportError.self) { try await connection.control.ping() }
        await #expect(throws: TransportError.self) { try await connection.transfer.ping() }
        await #expect(throws: CancellationError.self) { try await ServerConnection.with(configuration) { _ in throw CancellationError() } }
    }
}
