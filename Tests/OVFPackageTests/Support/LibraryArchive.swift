import CArchive
import Glibc

/// A tar archive as libarchive reads it, with all other formats and all filters off.
struct LibraryArchive: Equatable {
    struct Member: Equatable {
        /// Bytes, as libarchive hands out none of its conversions.
        var name: [UInt8]
        var isFile: Bool
        var size: Int64
        var content: [UInt8]
    }

    /// Whether it takes the bytes for an archive at all; it looks at more fields of the first header than are read here.
    var isRecognized = false
    var members: [Member] = []
    /// Whether it read to the end without a complaint.
    var isWhole = false

    init(_ bytes: [UInt8]) {
        guard let archive = archive_read_new() else { return }
        defer { archive_read_free(archive) }
        guard archive_read_support_format_tar(archive) == ARCHIVE_OK else { return }
        bytes.withUnsafeBytes { buffer in
            guard archive_read_open_memory(archive, buffer.baseAddress, buffer.count) == ARCHIVE_OK else { return }
            isRecognized = true
            var entry: OpaquePointer?
            while true {
                switch archive_read_next_header(archive, &entry) {
                case ARCHIVE_OK, ARCHIVE_WARN: break
                case ARCHIVE_EOF:
                    isWhole = true
                    return
                default: return
                }
                guard let entry, let name = archive_entry_pathname(entry) else { return }
                var member = Member(name: [], isFile: archive_entry_filetype(entry) & 0o170000 == 0o100000, size: archive_entry_size(entry), content: [])
                member.name = UnsafeBufferPointer(start: name, count: strlen(name)).map(UInt8.init(bitPattern:))
                var piece = [UInt8](repeating: 0, count: 64 << 10)
                while true {
                    let count = archive_read_data(archive, &piece, piece.count)
                    guard count >= 0 else { return }
                    if count == 0 { break }
                    member.content += piece[..<count]
                }
                members.append(member)
            }
        }
    }
}
