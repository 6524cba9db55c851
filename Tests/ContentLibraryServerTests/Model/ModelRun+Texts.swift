import ContentLibraryAPI

@testable import ContentLibraryServer

/// Answers as text, for one comparison.
extension ModelRun {
    static func text<T>(of ids: [Identifier<T>]) -> String { ids.map(\.rawValue).sorted().joined(separator: " ") }

    static func text(of files: [String: String]) -> String { files.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ") }

    static func text(of files: [String: ReferenceModel.PublishedFile]) -> String {
        text(of: files.mapValues { "version \($0.version), \($0.content.text)" })
    }

    static func text(of files: [Item.File.Info]) -> String {
        text(of: Dictionary(uniqueKeysWithValues: files.map { ($0.name, "version \($0.version), \(text($0.size, $0.checksumInfo))") }))
    }

    static func text(_ size: Int64?, _ checksum: Item.File.ChecksumInfo?) -> String {
        "\(size ?? -1) bytes, \(checksum?.algorithm?.rawValue ?? "-") \(checksum?.checksum ?? "-")"
    }

    static func text(
        _ item: Item.ID?, _ state: String?, _ progress: Int64?, _ version: String?, _ expiration: Timestamp?, _ message: Message?
    ) -> String {
        """
        \(item?.rawValue ?? "-") \(state ?? "-") \(progress ?? -1) of version \(version ?? "-") until \(expiration ?? .init(milliseconds: 0)): \
        \(message?.defaultMessage ?? "-")
        """
    }

    static func text(of info: UpdateSession.File.Info, isActive: Bool) throws -> String {
        guard isActive else { return "of a session that ended" }
        let bytes = info.status == .ready ? " \(text(info.size, info.checksumInfo))" : ""
        switch info.transfer {
        case .push: return "PUSH \(info.status.rawValue)\(bytes) \(try path(of: info))"
        case .none: return "NONE \(info.status.rawValue)\(bytes)"
        default: throw Unexpected("\(info.transfer)")
        }
    }

    static func path(of info: UpdateSession.File.Info) throws -> String {
        guard case .push(let endpoint) = info.transfer else { throw Unexpected("\(info.transfer)") }
        return try TestServer.path(of: endpoint.uri)
    }

    static func text(of info: DownloadSession.File.Info) throws -> String {
        let path = try info.downloadEndpoint.map { try TestServer.path(of: $0.uri) }
        return "\(info.size ?? -1) bytes \(path ?? "UNPREPARED") \(info.checksumInfo.map { "read, \($0.checksum)" } ?? "unread")"
    }
}

extension ModelRun.Outcome {
    /// What a creation answered with.
    var id: String? { if case .answered(let text) = self { text } else { nil } }
}

extension Nothing {
    func done(_ text: String) -> String { text }
}
