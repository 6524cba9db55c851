import HTTPTransport
import MirrorTesting

extension FaultyTransport {
    /// A rule that makes the server one that gives no checksum of any file, as some do.
    static let withoutChecksums: Rule = { call, moment in
        guard moment == .after, call.name.hasPrefix("file.") else { return nil }
        return .altered { response in
            var response = response
            let text = String(decoding: response.body, as: UTF8.self)
            let info = /"checksum_info":{"OPTIONAL":{"STRUCTURE":{"[^"]+":{"algorithm":{"OPTIONAL":"[A-Z0-9]+"},"checksum":"[0-9a-f]*"}}}}/
            response.body = Array(text.replacing(info, with: #""checksum_info":{"OPTIONAL":null}"#).utf8)
            return response
        }
    }
}
