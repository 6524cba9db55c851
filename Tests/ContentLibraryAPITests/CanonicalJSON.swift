import ContentLibraryAPI

/// A value whose members are in order of their names, and without the optionals that are unset: two texts with the same one mean the same.
func canonical(_ json: JSON) -> JSON {
    switch json {
    case .array(let items): .array(items.map(canonical))
    case .object(let members):
        .object(
            members
                .filter { member in !(member.value.only.map { $0.name == "OPTIONAL" && $0.value.isNull } ?? false) }
                .map { JSON.Member($0.name, canonical($0.value)) }
                .sorted { $0.name < $1.name })
    default: json
    }
}

func canonical(_ text: String) throws -> JSON? { text.isEmpty ? nil : canonical(try JSON(text)) }

extension HTTPRequest {
    var text: String { String(decoding: body, as: UTF8.self) }
}

let moment = Timestamp(milliseconds: 1_767_323_045_678)
let momentText = "2026-01-02T03:04:05.678Z"
