import Glibc
import Testing

@testable import LinuxHost

@Suite struct ControlTests {
    /// A listener and both ends of one connection.
    private func pair(_ place: TemporaryDirectory) async throws -> (listener: ControlListener, server: ControlConnection, client: ControlConnection) {
        let listener = try ControlListener.open(place("control.sock"))
        let client = try await ControlConnection.connect(listener.path)
        var connections = listener.connections.makeAsyncIterator()
        return (listener, try #require(await connections.next()), client)
    }

    @Test func linesGoBothWays() async throws {
        let place = try TemporaryDirectory()
        let (listener, server, client) = try await pair(place)
        #expect(server.peer == ControlConnection.Peer(process: getpid(), user: geteuid(), group: getegid()))
        try await client.write(Array("{\"command\":\"status\"}".utf8))
        try await client.write([])
        #expect(try await server.readLine() == Array("{\"command\":\"status\"}".utf8))
        #expect(try await server.readLine() == [])
        for number in 0..<100 { try await server.write(Array("\(number)".utf8)) }
        for number in 0..<100 { #expect(try await client.readLine() == Array("\(number)".utf8)) }
        server.close()
        #expect(try await client.readLine() == nil)
        await #expect(throws: ControlError.disconnected) { for _ in 0..<2 { try await client.write([1]) } }
        listener.close()
    }

    @Test func onlyItsOwnerMayConnect() async throws {
        let place = try TemporaryDirectory()
        let listener = try ControlListener.open(place("control.sock"))
        var status = stat()
        stat(listener.path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        listener.close()
    }

    @Test(.enabled(if: geteuid() == 0, "another user is needed")) func othersAreRefused() async throws {
        let place = try TemporaryDirectory()
        chmod(place.path, 0o755)
        let listener = try ControlListener.open(place("control.sock"))
        let path = listener.path
        let code = try await withoutPrivileges {
            let socket = try ControlPath.streamSocket(nonBlocking: false)
            return try withExtendedLifetime(socket) { try ControlPath(path).connect(socket.number) }
        }
        #expect(code == EACCES)
        #expect(ControlPath.error(code, path) == .notPermitted(path: path))
        // Even where the socket's mode was opened up, the daemon does not talk to them.
        chmod(path, 0o777)
        let answer = try await withoutPrivileges {
            let socket = try ControlPath.streamSocket(nonBlocking: false)
            return try withExtendedLifetime(socket) {
                let code = try ControlPath(path).connect(socket.number)
                var (byte, polled) = (UInt8(0), pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0))
                return (code, poll(&polled, 1, 10_000) == 1 ? recv(socket.number, &byte, 1, 0) : -1)
            }
        }
        #expect(answer == (0, 0))
        let friend = try await ControlConnection.connect(path)
        var connections = listener.connections.makeAsyncIterator()
        let accepted = try #require(await connections.next())
        #expect(accepted.peer.user == 0)
        friend.close()
    }

    @Test func longLinesPassAndLongerOnesDoNot() async throws {
        let place = try TemporaryDirectory()
        let (listener, server, client) = try await pair(place)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: ControlConnection.longestLine)
        async let sent: Void = client.write(line)
        #expect(try await server.readLine() == line)
        try await sent
        await #expect(throws: ControlError.badLine) { try await client.write(line + [1]) }
        await #expect(throws: ControlError.badLine) { try await client.write([1, 10, 2]) }
        listener.close()
    }

    @Test func anEndlessLineIsRefused() async throws {
        let place = try TemporaryDirectory()
        let listener = try ControlListener.open(place("control.sock"))
        let socket = try ControlPath.streamSocket(nonBlocking: false)
        #expect(try ControlPath(listener.path).connect(socket.number) == 0)
        var connections = listener.connections.makeAsyncIterator()
        let server = try #require(await connections.next())
        async let flood: Void = besides {
            let bytes = [UInt8](repeating: 0, count: 1 << 16)
            while send(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0 {}
        }
        await #expect(throws: ControlError.badLine) { try await server.readLine() }
        server.close()
        try await flood
    }

    @Test func aLineCutOffIsNoLine() async throws {
        let place = try TemporaryDirectory()
        let listener = try ControlListener.open(place("control.sock"))
        var socket: Descriptor? = try ControlPath.streamSocket(nonBlocking: false)
        let number = try #require(socket).number
        #expect(try ControlPath(listener.path).connect(number) == 0)
        var connections = listener.connections.makeAsyncIterator()
        let server = try #require(await connections.next())
        let text = Array("whole\nhal".utf8)
        #expect(send(number, text, text.count, 0) == text.count)
        socket = nil
        #expect(try await server.readLine() == Array("whole".utf8))
        await #expect(throws: ControlError.cutOff) { try await server.readLine() }
    }

    /// A reader that waits and a writer whose other side does not read can both be given up.
    @Test func cancellationFreesBothWays() async throws {
        let place = try TemporaryDirectory()
        let (listener, server, client) = try await pair(place)
        defer { listener.close() }
        let reading = Task { try await server.readLine() }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        let sent = Collected<Int>()
        let writing = Task {
            let line = [UInt8](repeating: 0x20, count: 1 << 20)
            while true {
                try await client.write(line)
                sent.append(1)
            }
        }
        var before = -1
        #expect(
            await eventually {
                defer { before = sent.all.count }
                return before == sent.all.count
            })
        writing.cancel()
        await #expect(throws: (any Error).self) { try await writing.value }
        // Half a line may be out: the connection is of no more use.
        await #expect(throws: ControlError.disconnected) { try await client.write([1]) }
        server.close()
    }

    @Test func saysWhenNobodyListens() async throws {
        let place = try TemporaryDirectory()
        let path = place("control.sock")
        await #expect(throws: ControlError.notRunning(path: path)) { try await ControlConnection.connect(path) }
        let listener = try ControlListener.open(path)
        #expect(throws: ControlError.alreadyRunning(path: path)) { try ControlListener.open(path) }
        listener.close()
        #expect(access(path, F_OK) != 0)
        await #expect(throws: ControlError.notRunning(path: path)) { try await ControlConnection.connect(path) }
    }

    @Test func whatAKilledDaemonLeftIsReplaced() async throws {
        let place = try TemporaryDirectory()
        let path = place("control.sock")
        do {
            let socket = try ControlPath.streamSocket(nonBlocking: false)
            #expect(try ControlPath(path).bind(socket.number) == 0)
        }
        #expect(access(path, F_OK) == 0)
        await #expect(throws: ControlError.notRunning(path: path)) { try await ControlConnection.connect(path) }
        let (listener, server, client) = try await pair(place)
        try await server.write([1])
        #expect(try await client.readLine() == [1])
        listener.close()
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let place = try TemporaryDirectory()
        try place.write("control.sock", "precious")
        #expect(throws: ControlError.failed(HostError("listen at \(place("control.sock"))", code: EEXIST))) { try ControlListener.open(place("control.sock")) }
        #expect(access(place("control.sock"), F_OK) == 0)
    }

    @Test func aSuccessorsSocketIsNotRemoved() throws {
        let place = try TemporaryDirectory()
        let first = try ControlListener.open(place("control.sock"))
        try place.move("control.sock", "aside")
        let second = try ControlListener.open(place("control.sock"))
        first.close()
        #expect(access(second.path, F_OK) == 0)
        second.close()
        #expect(access(second.path, F_OK) != 0)
    }

    @Test func aLongPathWorks() async throws {
        let place = try TemporaryDirectory()
        let directory = try place.directory(String(repeating: "long-name/", count: 15))
        let listener = try ControlListener.open(directory + "/control.sock")
        let client = try await ControlConnection.connect(listener.path)
        var connections = listener.connections.makeAsyncIterator()
        let server = try #require(await connections.next())
        try await client.write([7])
        #expect(try await server.readLine() == [7])
        listener.close()
        #expect(access(listener.path, F_OK) != 0)
    }

    @Test func tooManyAreTurnedAway() async throws {
        let place = try TemporaryDirectory()
        let listener = try ControlListener.open(place("control.sock"))
        var connections = listener.connections.makeAsyncIterator()
        var held: [(ControlConnection, ControlConnection)] = []
        for _ in 0..<ControlListener.mostConnections {
            let client = try await ControlConnection.connect(listener.path)
            held.append((client, try #require(await connections.next())))
        }
        let refused = try await ControlConnection.connect(listener.path)
        #expect(try await refused.readLine() == nil)
        held.removeLast()
        let next = try await ControlConnection.connect(listener.path)
        let served = try #require(await connections.next())
        try await served.write([1])
        #expect(try await next.readLine() == [1])
        listener.close()
        #expect(await connections.next() == nil)
    }
}
