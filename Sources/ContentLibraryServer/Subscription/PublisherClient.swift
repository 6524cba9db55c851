import ContentLibraryAPI
import Digests
import HTTPTransport

/// Reads a published library from the web server that has it, within bounds: its own host only, few redirects, no more bytes than announced.
struct PublisherClient: Sendable {
    let subscription: Subscription
    let loop: HTTPLoop
    /// Between two looks at a file that the publisher is still preparing.
    let pause: @Sendable () async throws -> Void

    /// Bytes of one description.
    static let descriptionLimit = 64 << 20
    static let redirectLimit = 5
    /// How often a file that is being prepared is asked for.
    static let lookLimit = 600

    func descriptor() async throws -> PublishedLibrary {
        try PublishedLibrary(parsing: try await description(at: subscription.url))
    }

    func index(of library: PublishedLibrary) async throws -> [PublishedItem] {
        try PublishedItem.index(parsing: try await description(at: try resolve(library.itemsHref, against: subscription.url)))
    }

    /// An item's files with their addresses. Those of the index are relative to the descriptor, those of the item's own description to that.
    func files(of item: PublishedItem) async throws -> [(file: PublishedFile, url: String)] {
        if let files = item.files { return try files.map { ($0, try resolve($0.href, against: subscription.url)) } }
        let url = try resolve(item.selfHref ?? "", against: subscription.url)
        guard let files = try PublishedItem(parsing: try await description(at: url)).files else {
            throw PublishedError("the description of the item \(item.id) has no files")
        }
        return try files.map { ($0, try resolve($0.href, against: url)) }
    }

    /// Writes a file to a descriptor; what came is as long as announced. The bytes are not synced.
    func receive(_ file: PublishedFile, at url: String, to descriptor: Int32) async throws -> Checksum {
        for _ in 0..<Self.lookLimit {
            let response = try await get(url, .file(FileSink(descriptor: descriptor, digests: [.sha1], limit: file.size)))
            guard response.status != 503 else {
                try Self.requirePreparing(response, file)
                try await pause()
                continue
            }
            guard response.isSuccess else { throw PublisherFailure.answer(status: response.status) }
            guard let received = response.received, received.byteCount == file.size, let hex = received.digests[.sha1] else {
                throw PublishedError("\(response.received?.byteCount ?? 0) bytes of \(file.name) came, \(file.size) were announced")
            }
            return Checksum(algorithm: .sha1, hex: hex)
        }
        throw PublishedError("\(file.name) was still being prepared after \(Self.lookLimit) looks")
    }

    /// 503 with a progress means to come again; with a message, that it failed.
    private static func requirePreparing(_ response: HTTPTransport.Response, _ file: PublishedFile) throws {
        guard let json = try? JSON(parsing: response.body, limits: .init(size: 64 << 10, depth: 16)), json["progress"] != nil else {
            throw PublisherFailure.answer(status: 503)
        }
        if let message = json["message"]?.text, !message.isEmpty { throw PublishedError("\(file.name) cannot be had: \(message)") }
    }

    private func description(at url: String) async throws -> [UInt8] {
        let response = try await get(url, .memory(limit: Self.descriptionLimit))
        guard response.isSuccess else { throw PublisherFailure.answer(status: response.status) }
        return response.body
    }

    private func get(_ url: String, _ sink: HTTPTransport.Request.Sink) async throws -> HTTPTransport.Response {
        var url = url
        for _ in 0...Self.redirectLimit {
            let request = try request(url, sink)
            let response: HTTPTransport.Response
            do { response = try await loop.send(request) } catch let error as TransportError { throw PublisherFailure.transport(error) }
            guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"] else { return response }
            url = try resolve(location, against: url)
        }
        throw PublishedError("more than \(Self.redirectLimit) redirects")
    }

    private func request(_ url: String, _ sink: HTTPTransport.Request.Sink) throws -> HTTPTransport.Request {
        let (home, peer) = (try Origin(ofURL: subscription.url), try Origin(ofURL: url))
        guard peer.host == home.host, peer.scheme == home.scheme else {
            throw PublishedError("the publisher \(home) refers to \(peer); only its own host is asked, by the same scheme")
        }
        var request = HTTPTransport.Request(method: "GET", url: url, sink: sink)
        if case .file = sink { request.timeouts = .transfer }
        if let thumbprint = subscription.thumbprint { request.trust = .pinned(try Thumbprint(thumbprint)) }
        // The password is for the place that it was given for.
        if let login = subscription.login, peer == home {
            request.headers.append("Authorization", "Basic " + base64Encode(Array("\(login.user):\(login.password)".utf8)))
        }
        return request
    }

    /// Publishers write blanks and other bytes that no URL has as they are.
    private func resolve(_ reference: String, against base: String) throws -> String {
        var wire = ""
        for byte in reference.utf8 {
            let isWritable = byte > 0x20 && byte < 0x7f && !"\"<>\\^`{|}#".utf8.contains(byte)
            wire += isWritable ? String(UnicodeScalar(byte)) : percentEncodedByte(byte)
        }
        guard let url = URLReference.resolve(wire, against: base) else { throw PublishedError("\(reference) is no address") }
        return url
    }

    private func percentEncodedByte(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
}

/// Why a publisher gave nothing.
enum PublisherFailure: Error, Sendable {
    case transport(TransportError)
    case answer(status: Int)
}

extension APIError {
    /// Of whatever went wrong with a publisher.
    static func publisher(_ url: String, _ error: any Error) -> APIError {
        let why: String
        switch error {
        case let error as APIError: return error
        case let error as PublishedError: why = error.problem
        case PublisherFailure.transport(let error): why = error.description
        case PublisherFailure.answer(let status): why = "it answered HTTP \(status)"
        default: why = "\(error)"
        }
        return APIError(
            .resourceInaccessible, "The publisher at \(url) cannot be used: \(why)", id: "clsyncd.library.publisher_unavailable", args: [url, why])
    }
}
