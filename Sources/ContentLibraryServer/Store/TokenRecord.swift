import ContentLibraryAPI
import GRDB

/// What a client token made.
enum TokenRecord {
    /// The object that the token made before, if it did; `invalid_argument` if it made something else.
    static func replay(_ db: Database, _ token: ClientToken, owner: String, operation: String, spec: String) throws -> String? {
        let row = try Row.fetchOne(
            db, sql: "SELECT spec, object FROM client_token WHERE token = ? AND owner = ? AND operation = ?",
            arguments: [token.text, owner, operation])
        guard let row else { return nil }
        let before: String = row["spec"]
        guard before == spec else { throw APIError.invalidArgument("client_token", "it was used before, for another specification") }
        return row["object"]
    }

    static func insert(_ db: Database, _ token: ClientToken, owner: String, operation: String, spec: String, object: String) throws {
        try db.execute(
            sql: "INSERT INTO client_token VALUES (?, ?, ?, ?, ?, NULL)", arguments: [token.text, owner, operation, spec, object])
    }

    /// Notes which objects are gone, and forgets the tokens of those that have been for long enough.
    static func expire(_ db: Database, now: Timestamp) throws {
        try db.execute(
            sql: """
                UPDATE client_token SET gone = ? WHERE gone IS NULL
                    AND NOT EXISTS (SELECT 1 FROM library WHERE id = object) AND NOT EXISTS (SELECT 1 FROM item WHERE id = object)
                    AND NOT EXISTS (SELECT 1 FROM update_session WHERE id = object)
                    AND NOT EXISTS (SELECT 1 FROM download_session WHERE id = object)
                """,
            arguments: [now.milliseconds])
        let remembered = now + (.zero - ClientToken.memory)
        try db.execute(sql: "DELETE FROM client_token WHERE gone < ?", arguments: [remembered.milliseconds])
    }
}
