import Digests
import Foundation
import Testing

@testable import OVFPackage

/// Each reader on thousands of spoilt inputs: none may crash it, take it a second, or be read in a way that contradicts itself.
///
/// Some thousand inputs in the ordinary run, always the same. `CLSYNCD_FUZZ_SECONDS` makes it go on for so long per reader, from
/// `CLSYNCD_FUZZ_SEED` on, and also look at the process's memory, for which it should run alone; `CLSYNCD_FUZZ_KEEP` names a directory that
/// takes one input for each new outcome. The inputs in `Corpus` are tried first and spoilt with the others.
@Suite(.serialized) struct MutationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["CLSYNCD_FUZZ_SECONDS"].flatMap(Int.init)
    private static let seed = environment["CLSYNCD_FUZZ_SEED"].flatMap(UInt64.init) ?? 0x6f76_6600
    private static let batch = 2000

    /// Tries inputs; `outcome` checks what came of one and tells outcomes of different kinds apart.
    private static func run(_ name: String, seeds: [[UInt8]], words: [String], reseal: Bool = false, outcome: ([UInt8]) throws -> String) throws {
        var inputs = seeds + corpus(name)
        var outcomes: Set<String> = []
        for input in inputs { outcomes.insert(try outcome(input)) }
        let start = ContinuousClock.now
        var (batches, baseline, longest) = (UInt64(0), nil as Int?, 0.0)
        repeat {
            var mutator = Mutator(random: SplitMix64(seed &+ batches), words: words.map { Array($0.utf8) })
            if seconds != nil, batches % 50 == 0 { print("MutationTests: \(name), seed \(seed &+ batches), \(outcomes.count) outcomes, longest \(longest)") }
            for _ in 0..<batch {
                var input = mutator.spoil(inputs)
                if reseal, Int.random(in: 0..<8, using: &mutator.random) > 0 { Mutator.reseal(&input) }
                let before = threadSeconds()
                let result = try outcome(input)
                let took = threadSeconds() - before
                longest = max(longest, took)
                #expect(took < 1, "\(name), seed \(seed &+ batches): \(took) for \(Data(input.prefix(4096)).base64EncodedString())")
                // A new outcome makes an input worth spoiling further.
                if outcomes.insert(result).inserted, inputs.count < 2000 {
                    inputs.append(input)
                    keep(input, name)
                }
            }
            batches += 1
            if seconds != nil, baseline == nil, start.duration(to: .now) > .seconds((seconds ?? 0) / 4) { baseline = try residentBytes() - kept(inputs) }
        } while start.duration(to: .now) < .seconds(seconds ?? 0)
        if let baseline { #expect(try residentBytes() - kept(inputs) - baseline < 32 << 20, "\(name): the process grew") }
        #expect(outcomes.count > 5)
    }

    /// What the test itself holds, and may go on collecting.
    private static func kept(_ inputs: [[UInt8]]) -> Int { inputs.reduce(0) { $0 + $1.capacity } }

    private static func corpus(_ name: String) -> [[UInt8]] {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")
        let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.filter { $0.lastPathComponent.hasPrefix(name) }.compactMap { try? Data(contentsOf: $0) }.map { [UInt8]($0) }
    }

    private static func keep(_ input: [UInt8], _ name: String) {
        guard let directory = environment["CLSYNCD_FUZZ_KEEP"], let digest = try? DigestAlgorithm.sha1.hexDigest(of: input) else { return }
        try? Data(input).write(to: URL(fileURLWithPath: directory).appendingPathComponent("\(name)-\(digest.prefix(12))"))
    }

    /// proc(5), statm: the second number is the resident set in pages.
    private static func residentBytes() throws -> Int {
        let numbers = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(numbers[1])) * 4096
    }

    /// What kind of error it is, without the numbers and names in it.
    private static func kind(_ error: any Error) -> String {
        let message = "\(error)"
        guard let first = message.firstIndex(of: "\""), let last = message.lastIndex(of: "\"") else { return message.filter { !$0.isNumber } }
        return (message[..<first] + message[last...]).filter { !$0.isNumber }
    }

    @Test func descriptors() throws {
        let seeds = [
            descriptorText(
                files: [
                    fileElement("f", "a%20b.vmdk", ##"ovf:size="5" ovf:chunkSize="2""##), fileElement("g", "b", ##"ovf:compression="gzip""##),
                    fileElement("h", "http://e/c"),
                ], disks: ["<Disk ovf:diskId='d' ovf:fileRef='f' ovf:format='x'/>"]),
            "<o:Envelope xmlns:o=\"http://www.vmware.com/schema/ovf/1/envelope\" o:version='0.9'><References><File o:id='f' o:href='a'/></References>"
                + "<Content><Section><Product>P &amp; <![CDATA[x]]></Product></Section></Content></o:Envelope>",
            "<?xml version='1.0' encoding='ISO-8859-1'?>" + descriptorText(files: [fileElement("f", "a")]),
            "<!DOCTYPE e [<!ENTITY a 'b'>]>" + descriptorText(files: [fileElement("f", "&a;")]),
        ].map { Array($0.utf8) }
        let words = [
            "<!DOCTYPE e [<!ENTITY a 'b'>]>", "<!ENTITY % p SYSTEM 'file:///etc/passwd'>", "&a;", "&#0;", "&#x10FFFF;", "<![CDATA[", "]]>", "<!--", "-->", "<?",
            "?>",
            "xmlns:ovf='", "xmlns=''", "</", "/>", "<File ", "<Disk ", "<Product>", "<References>", "ovf:href='../a'", "ovf:size='9223372036854775807'",
            "ovf:chunkSize='1'", "ovf:id='f'", "encoding='UTF-16'", "%2e%2e%2f", "\u{feff}", "http:", "\"", "'",
        ]
        // The long runs also start from what real tools wrote, as far as it lies beside the package.
        let collected = Self.seconds == nil ? [] : CollectedDescriptorsTests.texts().map(\.bytes).filter { $0.count < 20_000 }
        try Self.run("descriptor", seeds: seeds + collected, words: words) { input in
            do {
                let descriptor = try Descriptor(parsing: input, limits: DescriptorLimits(maximumBytes: 60_000, maximumDepth: 20, maximumFiles: 50))
                let names = descriptor.files.flatMap(\.names)
                #expect(names.allSatisfy { FileNameRule.problem(of: $0) == nil } && Set(names).count == names.count && names.count <= 50)
                #expect(descriptor.diskFileIDs.isSubset(of: descriptor.files.map(\.id)))
                let check = PackageCheck(descriptor, present: Dictionary(uniqueKeysWithValues: names.map { ($0, nil) }))
                #expect(check.isWhole && check.unreferenced.isEmpty)
                #expect(PackageCheck(descriptor, present: [:]).missing == names)
                return "\(descriptor.generation) \(descriptor.files.count) \(descriptor.disks.count) \(descriptor.productName != nil)"
            } catch let error as DescriptorError {
                #expect(error.position.line >= 1 && error.position.column >= 1)
                return Self.kind(error)
            }
        }
    }

    @Test func manifests() throws {
        let (sha1, sha256) = (String(repeating: "0a", count: 20), String(repeating: "1B", count: 32))
        let seeds = [
            "SHA1(a.ovf)= \(sha1)\nSHA1(a b (1).vmdk)= \(sha1)\n", "SHA256 (a%20b) = \(sha256)\r\n\r\nsha2-256(é)=\(sha256)", "\u{feff}SHA-1(a)=\(sha1)",
        ].map { Array($0.utf8) }
        let words = ["SHA512(", "SHA1(", ")= ", ") = ", "=", "(", ")", "\r\n", "\n", "../", "%41", "%", sha1, sha256, "\0", "\u{feff}"]
        try Self.run("manifest", seeds: seeds, words: words) { input in
            do {
                let manifest = try Manifest(parsing: input)
                let text = manifest.entries.map { "\($0.algorithm.rawValue)(\($0.name))= \($0.hex)\n" }.joined()
                let again = try Manifest(parsing: Array(text.utf8))
                #expect(again.entries.map(\.name) == manifest.entries.map(\.name) && again.entries.map(\.hex) == manifest.entries.map(\.hex))
                #expect(manifest.entries.allSatisfy { manifest[$0.name] == $0 && FileNameRule.problem(of: $0.name) == nil })
                let files = Dictionary(uniqueKeysWithValues: manifest.entries.map { ($0.name, [$0.algorithm: $0.hex]) })
                #expect(ManifestCheck(manifest, files: files).isGood)
                return "\(manifest.entries.prefix(3).map(\.algorithm))"
            } catch let error as ManifestError {
                return Self.kind(error)
            }
        }
    }

    @Test func certificateFiles() throws {
        let seeds = [
            "SHA256(p.mf)= \(SignedManifest.rsaSHA256)\n\(SignedManifest.rsa)\n",
            "EC-SHA2-256(p.mf)= \(SignedManifest.leafSHA256)\n\(SignedManifest.leaf)\n\(SignedManifest.root)\n-----BEGIN CMS-----\nTUlJ\n-----END CMS-----\n",
            "SHA1(p.mf)= \(SignedManifest.rsaSHA1)\nSHA512(p.mf)= \(SignedManifest.rsaSHA512)\n\(SignedManifest.rsa)",
        ].map { Array($0.utf8) }
        let words = [
            "-----BEGIN CERTIFICATE-----\n", "\n-----END CERTIFICATE-----", "-----BEGIN ", "-----", "SHA256(p.mf)= 00\n", "Proc-Type: 4,ENCRYPTED\n",
            "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n", "=", "\n", "\r\n", "MIIB", "AAAA", "////",
        ]
        try Self.run("certificate", seeds: seeds, words: words) { input in
            do {
                let file = try CertificateFile(parsing: input)
                #expect(throws: CertificateFileError.self) { try file.verify(manifest: SignedManifest.bytes + [0]) }
                let verdict: String
                do throws(CertificateFileError) {
                    try file.verify(manifest: SignedManifest.bytes)
                    verdict = "verified"
                } catch { verdict = Self.kind(error) }
                return "\(file.signatures.count) \(file.certificates.count) \(file.otherBlocks.count) \(verdict) \(file.signer.isSelfSigned)"
            } catch let error as CertificateFileError {
                return Self.kind(error)
            }
        }
    }

    @Test func archives() throws {
        let ovf = TarBlock(name: "a.ovf", size: 0).sealed
        let seeds =
            [
                tar(ArchiveStreamTests.members),
                ovf + extended(paxRecord("path", "b") + paxRecord("size", "3")) + TarBlock(name: "c", size: 0).sealed + padded([1, 2, 3]) + endOfArchive,
                ovf + extended(Array("long\0".utf8), type: "L") + TarBlock(name: "c", size: 3).sealed + padded([1, 2, 3]) + endOfArchive,
                extended(paxRecord("comment", "c"), type: "g") + tar([("a.ovf", [1]), ("a.mf", [2]), ("b", [3])]),
            ] + ArchiveStreamTests.hostile.map(\.archive)
        let words = [
            "path=b\n", "10 path=b\n", "size=3\n", "8 size=3\n", "GNU.sparse.size=1\n", "00000000003\0", "77777777777\0", "ustar\u{0}00", "ustar  \0", "x", "g",
            "L", "0", "5",
            "\0\0\0\0\0\0\0\0", ".ovf", ".mf", ".cert", "../", "/",
        ]
        var pieces = SplitMix64(7)
        try Self.run("archive", seeds: seeds, words: words, reseal: true) { input in
            let inPieces = ArchiveStreamTests.problem(input, pieces: Int.random(in: 1...1500, using: &pieces))
            do {
                let members = try ArchiveStreamTests.read(input)
                #expect(inPieces == nil)
                #expect(members.allSatisfy { FileNameRule.problem(of: $0.name) == nil } && Set(members.map(\.name)).count == members.count)
                #expect(members.first.map { PackageFile(name: $0.name) } ?? .descriptor == .descriptor)
                // What is taken here, another reader takes for the same; only part of a block at the very end is too little for it.
                let archive = LibraryArchive(input)
                let isSame = archive.members.map(\.name) == members.map { Array($0.name.utf8) } && archive.members.map(\.content) == members.map(\.content)
                let isAgreed = !archive.isRecognized || isSame && archive.members.allSatisfy(\.isFile) && (archive.isWhole || input.count % 512 != 0)
                #expect(isAgreed, "libarchive sees something else: \(Data(input.prefix(8192)).base64EncodedString())")
                return "\(members.prefix(5).map { PackageFile(name: $0.name) })"
            } catch let error as ArchiveError {
                #expect(inPieces == error)
                return Self.kind(error)
            }
        }
    }
}
