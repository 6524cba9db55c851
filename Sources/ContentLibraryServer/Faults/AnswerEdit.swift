import ContentLibraryAPI

/// Changes what an answer says of files, in any dialect.
struct AnswerEdit: Sendable, Hashable {
    let fault: Fault
    /// The only file that it is about.
    let file: String?

    func apply(to response: HTTPResponse, tagged: Bool) -> HTTPResponse {
        guard let json = try? JSON(parsing: response.body) else { return response }
        var response = response
        response.body = Array(edited(json, tagged).serialized.utf8)
        return response
    }

    private func edited(_ json: JSON, _ tagged: Bool) -> JSON {
        switch json {
        case .array(let items): return .array(items.map { edited($0, tagged) })
        case .object(let members):
            let members = members.map { JSON.Member($0.name, edited($0.value, tagged)) }
            let isFile = members.contains { $0.name == "name" } && (file == nil || json["name"]?.text == file)
            return .object(isFile ? members.compactMap { changed($0, tagged) } : members)
        default: return json
        }
    }

    private func changed(_ member: JSON.Member, _ tagged: Bool) -> JSON.Member? {
        switch (fault, member.name) {
        case (.noChecksum, "checksum_info"): tagged ? .init(member.name, .object([.init("OPTIONAL", .null)])) : nil
        case (.emptyChecksum, "checksum_info"): .init(member.name, Self.emptyChecksum(tagged))
        case (.sizeOff(let difference), "size"): .init(member.name, Self.added(difference, to: member.value))
        default: member
        }
    }

    private static func emptyChecksum(_ tagged: Bool) -> JSON {
        guard tagged else { return .object([.init("algorithm", .string("SHA1")), .init("checksum", .string(""))]) }
        let fields = JSON.object([.init("algorithm", .object([.init("OPTIONAL", .string("SHA1"))])), .init("checksum", .string(""))])
        return .object([
            .init("OPTIONAL", .object([.init("STRUCTURE", .object([.init(Item.File.ChecksumInfo.wireName, fields)]))]))
        ])
    }

    private static func added(_ difference: Int64, to size: JSON) -> JSON {
        switch size {
        case .int(let number): .int(max(0, number.addingReportingOverflow(difference).partialValue))
        case .object(let members): .object(members.map { .init($0.name, added(difference, to: $0.value)) })
        default: size
        }
    }
}

extension Item.File.ChecksumInfo {
    fileprivate static let wireName = "com.vmware.content.library.item.file.checksum_info"
}
