import ContentLibraryAPI

/// Which names items and files may have, and when two item names are the same one.
enum ItemName {
    /// UTF-16 units, as the API's own implementation counts.
    static let maximumLength = 80

    static func check(_ name: String) throws(APIError) {
        try FileName.checkCharacters(name, of: "name")
        guard name.utf16.count <= maximumLength else {
            throw .invalidArgument("name", "expected at most \(maximumLength) characters, not \(name.utf16.count)")
        }
    }

    /// Two items of a library may not have the same key; `find` compares keys.
    static func key(_ name: String) -> String { name.lowercased() }
}

enum LibraryName {
    static func check(_ name: String, of field: String) throws(APIError) {
        guard !name.isEmpty else { throw .invalidArgument(field, "a library needs a name") }
    }
}

enum FileName {
    /// Bytes of UTF-8, as file systems count.
    static let maximumLength = 255

    static func check(_ name: String) throws(APIError) {
        try checkCharacters(name, of: "file name")
        guard name.utf8.count <= maximumLength else {
            throw .invalidArgument("file name", "expected at most \(maximumLength) bytes, not \(name.utf8.count)")
        }
    }

    fileprivate static func checkCharacters(_ name: String, of what: String) throws(APIError) {
        guard !name.isEmpty else { throw .invalidArgument(what, "it is empty") }
        guard name != ".", name != ".." else { throw .invalidArgument(what, "\"\(name)\" names a directory") }
        for scalar in name.unicodeScalars {
            if scalar == "/" || scalar == "\\" { throw .invalidArgument(what, "it contains \(scalar)") }
            if scalar.properties.generalCategory == .control { throw .invalidArgument(what, "it contains a control character, U+\(hex(scalar))") }
        }
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

enum Description {
    static let maximumLength = 2000

    static func check(_ text: String) throws(APIError) {
        guard text.utf16.count <= maximumLength else {
            throw .invalidArgument("description", "expected at most \(maximumLength) characters, not \(text.utf16.count)")
        }
    }
}
