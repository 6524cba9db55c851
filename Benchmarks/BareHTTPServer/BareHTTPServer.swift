import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The HTTP framework of content-library-server with nothing behind it: every request gets the same small answer. What the server's own answers cost is
/// measured beside it.
///
///     bare-http-server PORT
@main struct BareHTTPServer {
    static func main() async throws {
        guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
            print("usage: bare-http-server PORT")
            return
        }
        var logger = Logger(label: "bare-http-server")
        logger.logLevel = .warning
        let body = ByteBuffer(string: #"{"value":"the size of a small answer of the API, as a session or an item, give or take some hundred bytes"}"#)
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: .init(address: .hostname("127.0.0.1", port: port)), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, _ in
            for try await _ in request.body {}
            let head = HTTPResponse(status: .ok, headerFields: [.contentType: "application/json", .contentLength: "\(body.readableBytes)"])
            try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        }
        try await server.run()
    }
}
