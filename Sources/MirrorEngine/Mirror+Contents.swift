import ContentLibraryAPI
import ContentLibraryClient
import LinuxHost
import MirrorCore
import MirrorJournal

extension Mirror {
    /// How long one pass reads contents: what is left is read by the next, so that what is new meanwhile does not wait for all of it.
    static let comparingLimit = Duration.seconds(5)

    /// Plans, reads the contents that the plan must compare, and plans again.
    /// - Parameter limit: from when on no further file is begun, but for the first of a pass; nil reads all that it takes. A plan that is not finished has
    ///   unknowns.
    func plan(_ situation: inout ItemSituation, until limit: BootTime? = nil) async throws -> ItemPlan {
        let reconciler = Reconciler(rules: rules)
        var plan = reconciler.plan(situation)
        for _ in 0..<3 where !plan.unknowns.isEmpty {
            for unknown in plan.unknowns {
                if let limit, comparedCount > 0, clock.now() >= limit { return plan }
                guard let local = unknown.local else { continue }
                switch unknown.action {
                case .hash(let algorithms): try await compare(local, algorithms, &situation)
                case .download: try await download(local, &situation)
                default: continue
                }
            }
            plan = reconciler.plan(situation)
        }
        return plan
    }

    private func compare(_ file: LocalFile, _ algorithms: Set<ChecksumAlgorithm>, _ situation: inout ItemSituation) async throws {
        let cached = try await journal.hashes(of: rules.name, at: [file.path])[file.path]
        if let known = cached?.checksums(of: file.fingerprint, comparing: rules.fingerprint), algorithms.allSatisfy({ known[$0] != nil }) {
            situation.checksums[file.name] = known
            return
        }
        comparedCount += 1
        let takenAt = clock.wallTime()
        let checksums: Checksums
        do { checksums = try await hash(file, algorithms) } catch let fault as ReadFault { return unsettle(file, fault, &situation) }
        try await journal.store(
            [HashEntry(path: file.path, fingerprint: file.fingerprint, takenAt: takenAt.milliseconds * 1_000_000, checksums: checksums)], of: rules.name)
        situation.checksums[file.name, default: Checksums()].formUnion(checksums)
    }

    private func unsettle(_ file: LocalFile, _ fault: ReadFault, _ situation: inout ItemSituation) {
        note(fault, now: clock.now())
        situation.unsettled[file.name] = whyNotRead(file.path)
        agenda.add(situation.item, at: clock.now() + max(rules.quiet, .seconds(1)))
    }

    func hash(_ file: LocalFile, _ algorithms: Set<ChecksumAlgorithm>) async throws -> Checksums {
        let reader = SourceReader(rules: rules)
        return try await hashing.run { work in try reader.checksums(of: file, algorithms, shouldStop: { work.shouldStop() }) }
    }

    /// `adopt = "download"`: without a checksum only the bytes themselves can tell.
    private func download(_ file: LocalFile, _ situation: inout ItemSituation) async throws {
        guard let remote = situation.remote else { return }
        comparedCount += 1
        let theirs = try await Downloader(client: client, clock: clock).checksum(of: file.name, in: remote.id, .sha256)
        let ours: Checksums
        do { ours = try await hash(file, [.sha256]) } catch let fault as ReadFault { return unsettle(file, fault, &situation) }
        situation.checksums[file.name, default: Checksums()].formUnion(ours)
        situation.downloaded[file.name] = ours.matches(theirs) ?? false
    }
}
