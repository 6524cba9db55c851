import ContentLibraryAPI

/// The errors that this server answers with. Ids that real servers were seen to send are sent where they fit; the others are this server's own.
extension APIError {
    private static func make(_ kind: String, _ id: String, _ text: String, _ args: [String]) -> APIError {
        APIError(Kind(rawValue: kind), [Message(id: id, defaultMessage: text, args: args)])
    }

    static func notFound(_ what: String, _ id: String) -> APIError {
        make("not_found", "clsyncd.library.not_found", "The \(what) \(id) does not exist.", [what, id])
    }

    static func fileNotFound(_ name: String, item: String) -> APIError {
        make("not_found", "clsyncd.library.file_not_found", "The library item \(item) has no file \(name).", [name, item])
    }

    /// A missing file of a session is an invalid argument, unlike one of an item.
    static func notInSession(_ name: String, session: String) -> APIError {
        make("invalid_argument", "clsyncd.library.file_not_in_session", "The session \(session) has no file \(name).", [name, session])
    }

    static func invalidArgument(_ argument: String, _ problem: String) -> APIError {
        make("invalid_argument", "clsyncd.library.invalid_argument", "\(argument): \(problem).", [argument, problem])
    }

    static func unsupported(_ what: String) -> APIError {
        make("unsupported", "clsyncd.library.unsupported", "\(what).", [what])
    }

    static func duplicateItemName(_ name: String, library: String, libraryID: String) -> APIError {
        make(
            "already_exists", "com.vmware.vdcs.cls-main.duplicate_item_name_unsupported_in_library",
            "The library \(library) (\(libraryID)) already has an item named \(name).", [name, library, libraryID])
    }

    static func itemBusy(_ item: String) -> APIError {
        make(
            "resource_busy", "clsyncd.library.update_session_active",
            "Another update session is active on the library item \(item). Complete, cancel or fail it, or wait until it expires.", [item])
    }

    static func staleVersion(given: String, current: Int64) -> APIError {
        make(
            "invalid_argument", "clsyncd.library.stale_version",
            "The version \(given) is not the current one, \(current): somebody else changed it. Read it again.", [given, String(current)])
    }

    static func state(_ operation: String, _ state: String, _ reason: String) -> APIError {
        make(
            "not_allowed_in_current_state", "com.vmware.vdcs.cls-main.update_session_invalid_state_for_operation_reason",
            "\(operation) is not allowed in the state \(state): \(reason).", [operation, state, reason])
    }

    static func fileNotReceived(_ name: String, status: String, why: String?) -> APIError {
        make(
            "not_allowed_in_current_state", "com.vmware.vdcs.cls-main.update_session_file_not_received",
            "The file \(name) was not received: its status is \(status)\(why.map { " (\($0))" } ?? "").", [name, status])
    }

    /// The messages are a stack: the refusal, then each warning.
    static func warningsNotIgnored(_ warnings: [UpdateSession.PreviewWarningInfo]) -> APIError {
        let types = warnings.map(\.type.rawValue)
        let head = Message(
            id: "clsyncd.library.warnings_not_ignored",
            defaultMessage: "The session's preview has warnings that its warning_behavior does not ignore: \(types.joined(separator: ", ")).", args: types)
        return APIError(.notAllowedInCurrentState, [head] + warnings.map(\.message))
    }

    /// Of a library: `concurrent_change`, where the general update has `invalid_argument`.
    static func changedMeanwhile(given: String, current: Int64) -> APIError {
        make(
            "concurrent_change", "clsyncd.library.concurrent_change",
            "The version \(given) is not the current one, \(current): somebody else changed the library. Read it again.", [given, String(current)])
    }

    /// A library, or the library of an item, is local where a subscribed one is needed, or the other way round.
    static func wrongKind(of id: String, isNot kind: Library.Kind) -> APIError {
        make(
            "invalid_element_type", "clsyncd.library.wrong_type", "\(id) is not a \(kind.rawValue) library, or not an item of one.",
            [id, kind.rawValue])
    }

    static func resourceBusy(_ why: String) -> APIError {
        make("resource_busy", "clsyncd.library.busy", "Try again later: \(why).", [why])
    }

    static let authenticationRequired = make(
        "unauthenticated", "com.vmware.vapi.endpoint.method.authentication.required", "Authentication required.", [])

    static let providerUnavailable = make(
        "service_unavailable", "com.vmware.vapi.endpoint.cis.ServiceUnavailable", "Service unavailable.", [])

    static func tooManyLogins(limit: Int, user: String) -> APIError {
        make(
            "service_unavailable", "com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached",
            "There are \(limit) sessions already. Log out, or wait until they expire.", [String(limit), String(limit), user])
    }

    static func unauthorized(_ user: String, lacks privilege: Privilege) -> APIError { unauthorized(user, lacks: privilege.rawValue, on: nil) }

    /// `object` is named as the caller named it.
    static func unauthorized(_ user: String, lacks privilege: String, on object: String?) -> APIError {
        make(
            "unauthorized", "clsyncd.library.missing_privilege",
            "The user \(user) lacks the privilege \(privilege)\(object.map { " on \($0)" } ?? "").", [user, privilege] + (object.map { [$0] } ?? []))
    }

    static func storageUnavailable(_ backing: String, _ why: String) -> APIError {
        make("resource_inaccessible", "clsyncd.library.storage_unavailable", "The storage \(backing) cannot be used: \(why).", [backing, why])
    }

    static let storageFull = make(
        "unable_to_allocate_resource", "clsyncd.library.storage_full", "There is no space left on the server's storage.", [])

    /// For what the caller can do nothing about; the facts go to the log.
    static let internalFailure = make(
        "internal_server_error", "clsyncd.library.internal", "The server failed; its log says why.", [])
}
