import Foundation
import Testing

@testable import OVFPackage

/// Descriptors of many tools and years, where a collection of them lies beside the package.
struct CollectedDescriptorsTests {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/fixtures/ovf")

    /// The descriptors by name; none where there is no collection.
    static func texts() -> [(name: String, bytes: [UInt8])] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".ovf") }.sorted().compactMap { name in
            (try? Data(contentsOf: directory.appendingPathComponent(name))).map { (name, [UInt8]($0)) }
        }
    }

    /// What is refused besides paths as href, by the end of its name; each is wrong by DSP0243 or its schema, most of them on purpose.
    static let refused: [(name: String, reason: String)] = [
        // A web server's error page.
        ("Sass_old+descriptor.ovf", "the root element is \"HTML\""),
        ("Envelope+Neg+invalid_env.ovf", "the root element is \"FakeEnvelope\""), ("Envelope_1_0+Neg+invalid_env.ovf", "the root element is \"FakeEnvelope\""),
        // The default namespace was lost by hand: its Envelope is in none.
        ("SLES11_SP2_64.ovf", "the root element is \"Envelope\" in the namespace \"\""),
        ("Envelope+Neg+invalid_no_file_in_ref.ovf", "there is no File of that id"),
        ("Envelope_1_0+Neg+invalid_no_file_in_ref.ovf", "there is no File of that id"),
        ("Envelope+Neg+invalid_ref_no_href.ovf", "File has no attribute href"), ("Envelope_1_0+Neg+invalid_ref_no_href.ovf", "File has no attribute href"),
        // The References of another namespace than the envelope's.
        ("Envelope_1_0+Neg+invalid_version.ovf", "the envelope has no References section"), ("empty.ovf", "the envelope has no References section"),
        // The schema has an unsigned size. VMware's tool reads these; a size that no file can have is no reason to accept any.
        ("Envelope+Pos+valid_vmdk_neg_size.ovf", "size is \"-2\""), ("Envelope_1_0+Pos+valid_vmdk_neg_size.ovf", "size is \"-2\""),
        ("ovftoolresources+valid_vmdk_neg_size.ovf", "size is \"-2\""), ("haoUnOS2VMs.ovf", "size is \"-9223372036854775807\""),
        ("ovftoolresources+item_msgid.ovf", "unbound prefix"),
    ]

    @Test func areReadOrRefusedForAReason() throws {
        let texts = Self.texts()
        guard !texts.isEmpty else {
            print("CollectedDescriptorsTests: no collection of descriptors beside the package, nothing read")
            return
        }
        try #require(texts.count == 316)
        var (read, files, paths, others) = (0, 0, 0, [String]())
        for (name, bytes) in texts {
            do {
                let descriptor = try Descriptor(parsing: bytes)
                (read, files) = (read + 1, files + descriptor.files.count)
                // Counted another way: what looks like a reference, and is not in a comment, is one.
                let text = String(decoding: bytes, as: UTF8.self).components(separatedBy: "<!--").enumerated().map { index, part in
                    index == 0 ? part : part.components(separatedBy: "-->").dropFirst().joined()
                }.joined()
                #expect(descriptor.files.count == text.components(separatedBy: ":href=\"").count - 1, "\(name)")
            } catch {
                switch error.problem {
                // A content library has no directories: such an item could not hold the files that its descriptor names.
                case .badReference(_, .separator("/")): paths += 1
                default:
                    others.append(name)
                    #expect(Self.refused.contains { name.hasSuffix($0.name) && "\(error)".contains($0.reason) }, "\(name): \(error)")
                }
            }
        }
        #expect((read, paths, others.count) == (217, 84, Self.refused.count))
        #expect(files == 248)
    }
}
