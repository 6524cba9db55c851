import ContentLibraryAPI
import Foundation
import GRDB
import MirrorCore
import Testing

@testable import MirrorJournal

@Suite struct JournalFileTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func openError(_ directory: String? = nil) async -> JournalError? {
        await failure { try await Journal.open(directory: directory ?? scratch.state).close() }
    }
    /// A closed journal with enough in it to have pages of every kind.
    private func makeJournal() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        for n in 0..<20 {
            let files = try (0..<50).map { try BaseFile.sample("file-\(n)-\($0)", path: .of("item-\(n)/file-\($0)")) }
            try await journal.commit(.sample("id-\(n)", "item-\(n)", files: files), of: "m", in: .isos)
            try await journal.intend(.sample("t\(n)", item: "item-\(n)"))
        }
        try await journal.save(MirrorRecord(name: "m", key: .isos, updatedAt: .at(0)))
        try await journal.setHold(HoldRecord(mirror: "m", hold: Hold(.maxDelete, reason: "many", subjects: ["a", "b"]), since: .at(3)))
        try await journal.store([HashEntry(path: .of("a/b"), fingerprint: .sample, takenAt: 5, checksums: Checksums())], of: "m")
        try await journal.close()
    }

    @Test func createsDirectoryAndFileForTheOwnerOnly() async throws {
        let mask = umask(0)
        defer { umask(mask) }
        let journal = try await Journal.open(directory: scratch.state)
        try await journal.recordManner("x", of: "s", at: .at(0))
        #expect(try scratch.mode(scratch.state) == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(try scratch.mode(scratch.journal + suffix) == 0o600) }
        try await journal.close()
        #expect(try scratch.mode(scratch.journal) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.state) == ["journal.sqlite"])
    }
    @Test func makesAnExistingJournalPrivate() async throws {
        try await makeJournal()
        #expect(chmod(scratch.journal, 0o644) == 0)
        try await Journal.open(directory: scratch.state).close()
        #expect(try scratch.mode(scratch.journal) == 0o600)
    }
    @Test func takesATrailingSlash() async throws {
        let journal = try await Journal.open(directory: scratch.state + "/")
        try await journal.close()
        #expect(FileManager.default.fileExists(atPath: scratch.journal))
    }
    @Test func reopensWhatWasClosed() async throws {
        try await makeJournal()
        let journal = try await Journal.open(directory: scratch.state)
        #expect(try await journal.base(of: "m", in: .isos).count == 20)
        #expect(try await journal.openIntents(in: .isos).count == 20)
    }
    @Test func startsOverAfterACrashDuringCreation() async throws {
        try FileManager.default.createDirectory(atPath: scratch.state, withIntermediateDirectories: false)
        try scratch.write(Data("half".utf8), to: scratch.journal + ".new")
        try scratch.write(Data("half".utf8), to: scratch.journal + ".new-journal")
        try scratch.write(Data(), to: scratch.journal + "-wal")
        #expect(await openError() == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.state) == ["journal.sqlite"])
    }

    enum Damage: String, CaseIterable {
        case empty, text, garbageHeader, halved, lostPages, zeroedPages, otherDatabase, noVersion, orphan, missingTable, badWord, wrongKind
    }
    @Test(arguments: Damage.allCases) func refusesDamageAndLeavesItAsItIs(_ damage: Damage) async throws {
        try await makeJournal()
        if damage == .orphan {
            let connection = try DatabaseQueue(path: scratch.journal)
            try await connection.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; DELETE FROM item WHERE id = 'id-7'") }
            _ = try await connection.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try connection.close()
        }
        var bytes = try scratch.bytes()
        switch damage {
        case .empty: bytes = Data()
        case .text: bytes = Data("this is no database, it is a letter\n".utf8)
        case .garbageHeader: bytes.replaceSubrange(0..<100, with: Data(repeating: 0xa5, count: 100))
        case .halved: bytes = bytes.prefix(bytes.count / 2)
        case .lostPages: bytes = bytes.prefix(bytes.count - 4096)
        case .zeroedPages: bytes.replaceSubrange(8192..<bytes.count - 8192, with: Data(count: bytes.count - 16384))
        case .otherDatabase: bytes.replaceSubrange(68..<72, with: [1, 2, 3, 4])
        case .noVersion: bytes.replaceSubrange(60..<64, with: Data(count: 4))
        case .orphan, .missingTable, .badWord, .wrongKind: break
        }
        try scratch.write(bytes)
        // What a check of the file's structure cannot see is found by the first call that meets it.
        let content: [Damage: String] = [
            .missingTable: "DROP TABLE intent", .badWord: "UPDATE intent SET state = 'dreaming'", .wrongKind: "UPDATE intent SET plan = '[]'",
        ]
        if let sql = content[damage] {
            let journal = try await Journal.open(directory: scratch.state)
            try await journal.write { try $0.execute(sql: sql) }
            let error = await failure { _ = try await journal.openIntents(in: .isos) }
            guard case .damaged(scratch.journal, _) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            return
        }
        let error = await openError()
        guard case .damaged(scratch.journal, let detail) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(!detail.isEmpty)
        #expect(error?.needsPerson == true)
        #expect(error?.description.contains("Restore it") == true)
        #expect(try scratch.bytes() == bytes, "a refused journal is evidence")
    }

    @Test func randomDamageEndsInAnErrorOrInValues() async throws {
        try await makeJournal()
        let good = try scratch.bytes()
        var refused = 0
        for seed in 0..<150 {
            var random = SplitMix64(UInt64(seed))
            var bytes = good
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: scratch.journal + suffix) }
            try scratch.write(bytes)
            let error = await failure {
                let journal = try await Journal.open(directory: scratch.state)
                _ = try await journal.mirrors()
                _ = try await journal.baseItems(of: "m", in: .isos)
                _ = try await journal.openIntents(in: .isos)
                _ = try await journal.holds()
                _ = try await journal.hashes(of: "m")
                try await journal.commit(.sample("new", "new"), of: "m", in: .isos)
                try await journal.close()
            }
            switch error {
            case .damaged, .newer: refused += 1
            case .unwritable, nil: continue
            case .outOfOrder: Issue.record("seed \(seed): \(String(describing: error))")
            }
        }
        #expect(refused > 30)
    }

    @Test func refusesANewerJournalAndLeavesItAsItIs() async throws {
        try await makeJournal()
        var bytes = try scratch.bytes()
        bytes.replaceSubrange(60..<64, with: [0, 0, 0, UInt8(Schema.version + 1)])
        try scratch.write(bytes)
        let error = await openError()
        #expect(error == .newer(path: scratch.journal, version: Schema.version + 1, supported: Schema.version))
        #expect(error?.needsPerson == true)
        #expect(error?.description.contains("newer clsyncd") == true)
        #expect(try scratch.bytes() == bytes)
    }
    @Test func refusesALogWithoutItsFile() async throws {
        let journal = try await Journal.open(directory: scratch.state)
        try await journal.recordManner("x", of: "s", at: .at(0))
        let image = try scratch.image()
        try FileManager.default.removeItem(atPath: image.journal)
        let error = await failure { _ = try await Journal.open(directory: image.state) }
        guard case .damaged = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(!FileManager.default.fileExists(atPath: image.journal))
    }

    @Test func saysWhatCannotBeWritten() async throws {
        let file = scratch.path + "/file"
        try scratch.write(Data("x".utf8), to: file)
        // A directory in the journal's place.
        try FileManager.default.createDirectory(atPath: scratch.journal, withIntermediateDirectories: true)
        let cases: [(String, String)] = [
            (file, "not a directory"), (file + "/state", "Not a directory"), (scratch.path + "/no/parent", "No such file or directory"),
            (scratch.state, "not a regular file"), ("/proc/self/fd", "create: "),
        ]
        for (directory, text) in cases {
            let error = await openError(directory)
            guard case .unwritable(let path, let detail) = error else {
                Issue.record("\(directory): \(String(describing: error))")
                continue
            }
            #expect(path.hasPrefix(directory) && detail.contains(text), "\(path): \(detail)")
            #expect(error?.needsPerson == false)
        }
    }

    /// Without rights the mode makes a directory read-only; root needs the immutable attribute, which not every file system has (then only `/proc` above
    /// stands for it).
    @Test func saysThatTheDirectoryIsReadOnly() async throws {
        try await makeJournal()
        let isRoot = geteuid() == 0
        if isRoot {
            guard try run("chattr", "+i", scratch.state, scratch.journal) else {
                _ = try run("chattr", "-i", scratch.state, scratch.journal)
                return
            }
        } else {
            #expect(chmod(scratch.state, 0o500) == 0)
        }
        let missing = scratch.path + "/state2"
        if !isRoot { #expect(mkdir(missing, 0o500) == 0) }
        let errors = [await openError(), isRoot ? nil : await openError(missing)]
        if isRoot { #expect(try run("chattr", "-i", scratch.state, scratch.journal)) } else { #expect(chmod(scratch.state, 0o700) == 0) }
        guard case .unwritable = errors[0] else { return #expect(Bool(false), "\(String(describing: errors[0]))") }
        if !isRoot, case .unwritable = errors[1] {} else if !isRoot { Issue.record("\(String(describing: errors[1]))") }
        #expect(await openError() == nil, "writable again, it opens")
    }
    private func run(_ arguments: String...) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = nil
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
