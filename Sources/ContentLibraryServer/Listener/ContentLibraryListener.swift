import ContentLibraryAPI
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves a `ContentLibraryService` over HTTP/1.1, with TLS or without. On graceful shutdown it finishes what it has begun.
public struct ContentLibraryListener: ServiceLifecycle.Service {
    let service: ContentLibraryService
    let address: ListenAddress
    let identity: TLSIdentity?
    let logger: Logger
    let onListening: @Sendable (_ url: String) async -> Void

    /// An API request's body is a page of JSON; this is far more.
    private static let requestLimit = 4 * 1024 * 1024
    /// A connection on which nothing comes: between two requests, or in the middle of one.
    private static let idleTimeout = TimeAmount.seconds(180)

    /// `onListening` is called once connections are accepted, with the server's URL: the real port where port 0 was asked for.
    public init(
        service: ContentLibraryService, address: ListenAddress, identity: TLSIdentity?, logger: Logger,
        onListening: @escaping @Sendable (_ url: String) async -> Void
    ) {
        (self.service, self.address, self.identity, self.logger, self.onListening) = (service, address, identity, logger, onListening)
    }

    /// Runs until shut down. Throws `StartupError.address` when the address cannot be had.
    public func run() async throws {
        let (host, scheme) = (address.host, identity == nil ? "http" : "https")
        var builder = HTTPServerBuilder.http1(configuration: .init(idleTimeout: Self.idleTimeout))
        if let identity { builder = try .tls(builder, tlsConfiguration: identity.configuration) }
        // The framework's own messages name request targets, and those of transfers are secrets.
        var quiet = logger
        quiet.logLevel = .warning
        let server = try builder.buildServer(
            configuration: .init(address: .hostname(host, port: address.port)), eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet
        ) { request, writer, channel in
            try await answer(request, writer, channel)
        } onServerRunning: { channel in
            let address = ListenAddress(host: host, port: channel.localAddress?.port ?? address.port)
            await onListening("\(scheme)://\(address.reachable)")
        }
        do {
            try await server.run()
        } catch let error as IOError {
            throw StartupError.address(address.description, why: FileSystem.reason(error.errnoCode))
        } catch let error as SocketAddressError.UnknownHost {
            throw StartupError.address(address.description, why: "there is no host \(error.host)")
        }
    }

    private func answer(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        var api = ContentLibraryAPI.HTTPRequest(
            request.head.method.rawValue, target: request.head.path ?? "/",
            headers: request.head.headerFields.map { ($0.name.rawName, $0.value) })
        api.peer = channel.remoteAddress?.ipAddress
        if let host = request.head.authority { api.headers.append(("Host", host)) }
        guard ContentLibraryService.isTransfer(api) else {
            if api.expectsContinue { try await writer.writeInformationalHead(.init(status: .continue)) }
            return try await answerCall(api, request, writer)
        }
        let isHead = api.method == "HEAD"
        if isHead || api.method == "GET" { return try await give(service.give(api), isHead: isHead, to: writer, channel.eventLoop) }
        if api.expectsContinue { try await writer.writeInformationalHead(.init(status: .continue)) }
        var response = try await service.take(api, body: request.body.map(\.readableBytesView))
        // Whatever is left of a refused body is of no use to anybody: the client may as well hang up.
        if response.status >= 400 { response.headers.append(("Connection", "close")) }
        try await write(response, to: writer)
    }

    private func answerCall(_ call: ContentLibraryAPI.HTTPRequest, _ request: Request, _ writer: consuming ResponseWriter) async throws {
        var call = call
        for try await part in request.body {
            guard call.body.count + part.readableBytes <= Self.requestLimit else {
                return try await write(
                    .init(
                        413, headers: [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")], body: Array("The request is too large.\n".utf8)),
                    to: writer)
            }
            call.body.append(contentsOf: part.readableBytesView)
        }
        var response = try await service.answer(call)
        let isHead = call.method == "HEAD"
        guard service.profile == .vcenter else { return try await write(response, isHead: isHead, to: writer) }
        let isError = response.status >= 400
        if isError { response.headers.append(("Connection", "close")) }
        // Where there is no body there are no chunks, not even the last.
        try await write(response, isHead: isHead, to: writer, isChunked: !isHead)
        // The framework closes what the client asked it to close: this is how it is told to close what the server does.
        if isError { throw EndOfConnection() }
    }

    private struct EndOfConnection: Error {}

    /// The answer to a HEAD has no body, whatever it says: the client would take one for the next answer.
    private func write(
        _ response: ContentLibraryAPI.HTTPResponse, isHead: Bool = false, to writer: consuming ResponseWriter, isChunked: Bool = false
    ) async throws {
        let head = Self.head(response.status, response.headers, length: isChunked ? nil : Int64(response.body.count))
        try await writer.write(response: head, body: Self.body(isHead ? [] : response.body))
    }

    private static func body(_ bytes: [UInt8]) -> ResponseBody { bytes.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)) }

    private func give(_ download: Download, isHead: Bool, to writer: consuming ResponseWriter, _ loop: any EventLoop) async throws {
        let head = Self.head(download.status, download.headers, length: download.announcesLength ? download.length : nil)
        guard let body = download.body else {
            return try await writer.write(response: head, body: Self.body(isHead ? [] : download.text))
        }
        // An error after the head closes the connection before its announced end: the client sees that the body is not whole.
        try await writer.write(
            response: head,
            body: ResponseBody(contentLength: download.announcesLength ? Int(download.length) : nil) { writer in
                for try await part in body {
                    try await writer.write(ByteBuffer(bytes: part))
                    // The writer learns that the connection is full only after its event loop has seen the part: without this turn of
                    // the loop, a busy one would let the whole file pile up in memory.
                    try await loop.submit {}.get()
                }
                try await writer.finish(nil)
            })
    }

    private static func head(_ status: Int, _ headers: [(name: String, value: String)], length: Int64?) -> HTTPTypes.HTTPResponse {
        var fields = HTTPFields()
        for header in headers {
            if let name = HTTPField.Name(header.name) { fields.append(HTTPField(name: name, value: header.value)) }
        }
        if status != 204, let length { fields[.contentLength] = String(length) }
        if fields[.date] == nil { fields[.date] = HTTPDate.text(WallClock.now()) }
        return HTTPTypes.HTTPResponse(status: .init(code: status), headerFields: fields)
    }
}

extension ContentLibraryAPI.HTTPRequest {
    /// The client waits for a word before it sends its body.
    fileprivate var expectsContinue: Bool { header("expect")?.lowercased() == "100-continue" }
}

/// A host and a port to listen on.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    /// 0 takes a free one.
    public let port: Int

    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// Reads `HOST:PORT`; a bare IPv6 address stands in brackets.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), 0...65535 ~= port else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The address for a client on this machine: one that stands for all addresses is none to connect to.
    var reachable: ListenAddress {
        switch host {
        case "0.0.0.0": ListenAddress(host: "127.0.0.1", port: port)
        case "::": ListenAddress(host: "::1", port: port)
        default: self
        }
    }

    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
