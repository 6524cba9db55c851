import ContentLibraryAPI
import GRDB
import OVFPackage

/// How far the preview of an active update session is, by the files that the session has.
enum PreviewStage: Sendable, Hashable {
    /// The item is no package: nothing signs it.
    case notApplicable
    /// Neither a descriptor nor an archive is there.
    case unavailable
    /// A file that says what the package is, or brings it, has not come in full.
    case preparing
    case available

    init(_ kind: ItemKind, _ files: [SessionFile]) {
        guard kind == .package else {
            self = .notApplicable
            return
        }
        let telling = files.filter { PackageFile(name: $0.name) != .other }
        guard telling.contains(where: { [.descriptor, .archive].contains(PackageFile(name: $0.name)) }) else {
            self = .unavailable
            return
        }
        self = telling.allSatisfy(\.isReceived) ? .available : .preparing
    }
}

/// What a person is shown of a package's signature before the package is published.
struct SignaturePreview: Sendable {
    private let signature: CertificateFile?
    /// In the order in which the API lists their types.
    let warnings: [UpdateSession.PreviewWarningInfo]

    /// `signature` holds, or there is none.
    init(_ signature: CertificateFile?, _ behavior: WarningBehaviors?, now: Timestamp) {
        self.signature = signature
        warnings = (signature.map { Self.doubts(about: $0.signer, now) } ?? []).map { type, message in
            .init(type: type, message: message, ignored: behavior?.ignores(type) ?? false)
        }
    }

    private static func doubts(about signer: Certificate, _ now: Timestamp) -> [(UpdateSession.WarningType, Message)] {
        let first = Timestamp(milliseconds: signer.notBefore * 1000), last = Timestamp(milliseconds: signer.notAfter * 1000)
        var doubts: [(UpdateSession.WarningType, Message)] = []
        if signer.isSelfSigned {
            doubts.append(
                (
                    .selfSignedCertificate,
                    Message(id: "com.vmware.vdcs.vsphere-cs-lib.CERTIFICATE_SELF_SIGNED", defaultMessage: "The certificate is self-signed.")
                ))
        }
        // The last second is part of the validity.
        if now >= last + .seconds(1) {
            doubts.append(
                (
                    .expiredCertificate,
                    Message(id: "clsyncd.library.certificate_expired", defaultMessage: "The certificate was valid until \(last).", args: [last.text])
                ))
        }
        if now < first {
            doubts.append(
                (
                    .notYetValidCertificate,
                    Message(id: "clsyncd.library.certificate_not_yet_valid", defaultMessage: "The certificate is valid from \(first).", args: [first.text])
                ))
        }
        // Nobody told this server whom to trust.
        doubts.append(
            (
                .untrustedCertificate,
                Message(id: "com.vmware.vdcs.vsphere-cs-lib.CERTIFICATE_UNTRUSTED", defaultMessage: "The certificate is not trusted.")
            ))
        return doubts
    }

    var info: UpdateSession.PreviewInfo {
        guard let signature else { return .init(state: .available, warnings: []) }
        let signer = signature.signer
        return .init(
            state: .available,
            certificateInfo: .init(issuer: signer.issuer, subject: signer.subject, selfSigned: signer.isSelfSigned, x509: signer.pem),
            warnings: warnings, certChain: signature.certificates.map { base64Encode($0.der) })
    }
}

extension ServiceContext {
    /// An update session, and its preview while it is active.
    func updateSession(_ id: String) async throws -> (SessionRecord, UpdateSession.PreviewInfo?) {
        var look = try await look(at: id)
        while true {
            do {
                return (look.record, try await preview(look))
            } catch let error as SystemCallError {
                // Between the two looks the session may have ended, or given up a file, whose bytes went with it.
                let again = try await self.look(at: id)
                guard again.contents != look.contents else { throw error }
                look = again
            }
        }
    }

    /// A completion stops at a warning that the client does not ignore. `signature` is that of the package about to be published.
    func requireIgnoredWarnings(of signature: CertificateFile?, in session: String) async throws {
        guard let signature else { return }
        let record = try await look(at: session).record
        let open = SignaturePreview(signature, record.warningBehavior, now: now()).warnings.filter { !$0.ignored }
        guard open.isEmpty else { throw APIError.warningsNotIgnored(open) }
    }

    private func look(at session: String) async throws -> PreviewLook {
        let now = now()
        return try await store.read { db in try PreviewLook(db, session, now: now) }
    }

    private func preview(_ look: PreviewLook) async throws -> UpdateSession.PreviewInfo? {
        guard look.record.session.state == .active else { return nil }
        switch PreviewStage(look.package == nil ? .plain : .package, look.files.map(\.file)) {
        case .notApplicable: return .init(state: .notApplicable)
        case .unavailable: return .init(state: .unavailable)
        case .preparing: return .init(state: .preparing)
        case .available:
            let signature = try await look.package?.signature(of: look.files, self)
            return SignaturePreview(signature, look.record.warningBehavior, now: now()).info
        }
    }
}

/// What a preview is made of, as it was at one moment.
private struct PreviewLook: Sendable {
    let record: SessionRecord
    /// Of an active session on a package.
    let package: PackageInSession?
    let files: [UpdateFileRecord]

    init(_ db: Database, _ session: String, now: Timestamp) throws {
        record = try SessionRecord.require(db, .update, session, now: now)
        package = record.session.state == .active ? try PackageInSession.find(db, item: record.item) : nil
        files = package == nil ? [] : try UpdateFileRecord.all(db, session: session)
    }

    var contents: [String] { files.compactMap(\.content?.id) }
}
