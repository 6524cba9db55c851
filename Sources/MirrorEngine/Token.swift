import FoundationEssentials

/// A client token: the API takes a UUID, and makes the same call with the same token one call.
func newToken() -> String { UUID().uuidString.lowercased() }
