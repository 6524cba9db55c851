import ContentLibraryAPI
import LinuxHost
import Logging
import MirrorCore

/// Which files may be read, and what keeps the others.
extension Mirror {
    /// Which files are stable; those that are not keep their last published version.
    func settle(_ situation: inout ItemSituation, now: BootTime) async throws {
        guard let local = situation.local else { return }
        for file in local.files.values {
            if let known = situation.base?.files[file.name], known.fingerprint.equals(file.fingerprint, in: rules.fingerprint) { continue }
            // An earlier run found it stable and began to send it: waiting once more would cost what the server has of it.
            if let begun = openIntents[situation.item]?.begun(file.name), begun.equals(file.fingerprint, in: rules.fingerprint) { continue }
            var readiness = stable.observe(file, now: now, wall: clock.wallTime())
            if case .askLease = readiness, let answer = try await leaseAnswer(file, now: now) {
                stable.leaseAnswered(file.path, answer, now: now)
                readiness = stable.observe(file, now: now, wall: clock.wallTime())
            }
            switch readiness {
            case .stable: continue
            case .waiting(let until):
                situation.unsettled[file.name] = whyNotRead(file.path) ?? "written a moment ago"
                agenda.add(situation.item, at: until)
            case .beingWritten(let since, let askAgain):
                situation.unsettled[file.name] = "being written since \((now - since).components.seconds) s"
                agenda.add(situation.item, at: askAgain)
            case .askLease:
                situation.unsettled[file.name] = whyNotRead(file.path) ?? "written and not closed"
                agenda.add(situation.item, at: now + max(rules.quiet, .seconds(1)))
            }
        }
    }

    /// What kept the file from being read, and how often.
    func whyNotRead(_ path: RelativePath) -> String? {
        guard let reason = readFaults[path] else { return nil }
        let tries = stable.tries(path)
        return tries > 1 ? "\(reason), \(tries) times" : reason
    }
    func note(_ fault: ReadFault, now: BootTime) {
        if readFaults[fault.path] != fault.reason {
            logger.warning("file is not sent", metadata: metadata(nil, "file-unstable", fault.reason).merging(["file": "\(fault.path)"]) { $1 })
        }
        readFaults[fault.path] = fault.reason
        stable.movedDuringRead(fault.path, now: now)
    }

    /// Nil where none can be had of the file as it was listed: that tells nothing about who writes it.
    private func leaseAnswer(_ file: LocalFile, now: BootTime) async throws -> StableFiles.LeaseAnswer? {
        let reader = SourceReader(rules: rules)
        do {
            return switch try await disk.run({ try reader.writers(of: file) }) {
            case .notOpenForWriting?: .notOpenForWriting
            case .openForWriting?: .openForWriting
            case .unsupported?: .unsupported
            case nil: nil
            }
        } catch let fault as ReadFault {
            note(fault, now: now)
            return nil
        }
    }
}
