import ContentLibraryAPI
import MirrorCore

/// What the journal will know of an item after a publish: the server's own list beside the local files that it came from.
struct BaseRecord {
    /// A file modified this shortly before it was scanned could have been written again within one tick of the file system's clock, unseen.
    static let racyWindow: Int64 = 2_000_000_000

    let work: Publication
    let now: Timestamp

    /// - Parameter sent: the files sent, by remote name, with the checksums of the bytes that were sent.
    func base(remote: RemoteItem, sent: [String: Checksums]) -> BaseItem {
        var files: [String: BaseFile] = [:]
        for decision in work.plan.files {
            guard let file = file(decision, remote: remote, sent: sent[decision.name]) else { continue }
            files[decision.name] = file
        }
        return BaseItem(
            id: remote.id, name: work.item, type: remote.type, token: remote.token, directory: work.local?.identity ?? work.base?.directory, files: files,
            verifiedAt: now, isMountPoint: work.isMountPoint)
    }

    private func file(_ decision: FileDecision, remote: RemoteItem, sent: Checksums?) -> BaseFile? {
        if let local = decision.local, let sent, let theirs = remote.files[decision.name] {
            return BaseFile(
                name: local.name, path: local.path, fingerprint: Self.recordable(local.fingerprint, seenAt: work.scannedAt), checksums: sent, remote: theirs)
        }
        switch decision.action {
        case .adopt:
            guard let local = decision.local, let theirs = remote.files[decision.name] else { return decision.base }
            var known = work.checksums[local.name] ?? Checksums()
            if let checksum = theirs.checksum { known.insert(checksum) }
            return BaseFile(
                name: local.name, path: local.path, fingerprint: Self.recordable(local.fingerprint, seenAt: work.scannedAt), checksums: known, remote: theirs)
        case .refresh, .nothing:
            guard var base = decision.base else { return nil }
            if let local = decision.local {
                if decision.action == .refresh { base.fingerprint = Self.recordable(local.fingerprint, seenAt: work.scannedAt) }
                base.path = local.path
                base.checksums.formUnion(work.checksums[local.name] ?? Checksums())
            }
            // Only what the decision was made on is on record as seen: a list read later may hold somebody's change.
            if let theirs = remote.files[decision.name], theirs == decision.remote { base.remote = theirs }
            return base
        case .remove, .forget:
            return nil
        case .send, .hold, .wait, .report, .leave, .hash, .download:
            return decision.base
        }
    }

    /// A fingerprint that was racy when it was taken is recorded so that it never matches: the next scan compares contents instead.
    /// - Parameter time: when it was taken, before any of the file was read.
    static func recordable(_ fingerprint: Fingerprint, seenAt time: Timestamp) -> Fingerprint {
        let newest = max(fingerprint.modified, fingerprint.changed)
        guard newest > time.milliseconds * 1_000_000 - racyWindow else { return fingerprint }
        var smudged = fingerprint
        smudged.changed = 0
        smudged.modified = 0
        return smudged
    }
}
