import CLinux
import Glibc
import MirrorCore

/// The names in a directory, read in one go.
struct DirectoryListing {
    var entries: [(name: FileName, type: UInt8)] = []
    /// Why names may be missing.
    var problem: Errno?

    /// The directory changed while it was read, every time: a file system may then leave out a name that was there all the time, for
    /// example one that was replaced by rename on btrfs.
    static let unsteady = Errno(code: EAGAIN)
    private static let tries = 3
    private static let bufferBytes = 1 << 16

    /// Reads the directory until it holds still from the beginning to the end of a reading, three times at most.
    static func read(_ directory: Descriptor) -> DirectoryListing {
        var listing = DirectoryListing()
        var before = FileStatus.of(directory).map(\.fingerprint)
        for _ in 0..<tries {
            listing = readOnce(directory)
            if listing.problem != nil { return listing }
            let after = FileStatus.of(directory).map(\.fingerprint)
            if case .failure(let failure) = after {
                listing.problem = failure
                return listing
            }
            if before == after { return listing }
            before = after
        }
        listing.problem = unsteady
        return listing
    }

    /// Reads the directory from its beginning.
    static func readOnce(_ directory: Descriptor) -> DirectoryListing {
        if lseek(directory.number, 0, SEEK_SET) != 0 { return DirectoryListing(problem: Errno(code: errno)) }
        return withUnsafeTemporaryAllocation(byteCount: bufferBytes, alignment: 8) { buffer in
            var listing = DirectoryListing()
            while true {
                let count = clinux_directory_entries(directory.number, buffer.baseAddress, buffer.count)
                if count == 0 { return listing }
                if count < 0 {
                    listing.problem = Errno(code: Int32(-count))
                    return listing
                }
                listing.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    private mutating func take(_ records: UnsafeRawBufferPointer) {
        var offset = 0
        var entry = clinux_entry()
        while let base = records.baseAddress, clinux_entry_at(base + offset, records.count - offset, &entry) {
            offset += Int(entry.length)
            let bytes = UnsafeBufferPointer(start: entry.name, count: Int(entry.name_length))
            if bytes.count == 1 && bytes[0] == UInt8(ascii: ".") || bytes.count == 2 && bytes[0] == UInt8(ascii: ".") && bytes[1] == UInt8(ascii: ".") {
                continue
            }
            if let name = FileName(bytes: bytes) { entries.append((name, entry.type)) } else { problem = Errno(code: EILSEQ) }
        }
    }
}
