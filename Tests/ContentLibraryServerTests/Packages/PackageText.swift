import Digests

/// A small OVF package: its files, and the archive of them.
struct PackageText {
    var name = "vm"
    /// By name, in the order of the References section.
    var disks: [(name: String, bytes: [UInt8])] = [("disk.vmdk", Array("a disk".utf8)), ("nvram", Array("settings".utf8))]
    var algorithm = DigestAlgorithm.sha256

    var descriptor: [UInt8] {
        let files = disks.enumerated().map { ##"<File ovf:id="f\##($0.offset)" ovf:href="\##($0.element.name)" ovf:size="\##($0.element.bytes.count)"/>"## }
        let schema = "http://schemas.dmtf.org/ovf/envelope/1"
        return Array(
            (["<Envelope xmlns=\"\(schema)\" xmlns:ovf=\"\(schema)\"><References>"] + files + ["</References></Envelope>"]).joined(separator: "\n").utf8)
    }
    var files: [(name: String, bytes: [UInt8])] { [("\(name).ovf", descriptor)] + disks }

    func manifest(wrong: String? = nil) throws -> [UInt8] {
        let lines = try files.map { file in
            let hex = try algorithm.hexDigest(of: file.name == wrong ? file.bytes + [0] : file.bytes)
            return "\(algorithm.rawValue)(\(file.name))= \(hex)\n"
        }
        return Array(lines.joined().utf8)
    }

    /// As VMware's tools write it: descriptor, manifest, files.
    func archive(wrong: String? = nil) throws -> [UInt8] {
        Self.archive([files[0], ("\(name).mf", try manifest(wrong: wrong))] + disks)
    }

    static func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        members.flatMap { member in
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) { header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8) }
            func octal(_ number: Int, _ width: Int) -> String {
                let digits = String(number, radix: 8)
                return String(repeating: "0", count: width - digits.count) + digits
            }
            put(member.name, at: 0)
            put("0000644\0", at: 100)
            put(octal(member.bytes.count, 11) + "\0", at: 124)
            put("        0", at: 148)
            put("ustar\u{0}00", at: 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
            return header + member.bytes + [UInt8](repeating: 0, count: (512 - member.bytes.count % 512) % 512)
        } + [UInt8](repeating: 0, count: 1024)
    }
}
