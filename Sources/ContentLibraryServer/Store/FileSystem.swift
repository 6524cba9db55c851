import Glibc

/// The system calls behind durable files. All of them block: never on the cooperative pool.
enum FileSystem {
    /// Makes the entries of a directory durable.
    static func syncDirectory(_ path: String) throws(SystemCallError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", path) }
    }

    /// Makes a directory with those above it, each one durable.
    static func makeDirectories(_ path: String, mode: mode_t = 0o700) throws(SystemCallError) {
        if mkdir(path, mode) == 0 { return try syncDirectory(parent(of: path)) }
        switch errno {
        case EEXIST: return
        case ENOENT:
            try makeDirectories(parent(of: path), mode: mode)
            guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemCallError("mkdir", path) }
            try syncDirectory(parent(of: path))
        default: throw SystemCallError("mkdir", path)
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return path.hasPrefix("/") ? "/" : "." }
        return String(path[..<slash])
    }

    /// The rest of a path that lies below a directory, byte by byte: names that only look alike are others. Nil where it does not.
    static func path(_ path: String, below directory: String) -> String? {
        let prefix = directory == "/" ? directory : directory + "/"
        guard path.utf8.starts(with: prefix.utf8), path.utf8.count > prefix.utf8.count else { return nil }
        return String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The length of a regular file; nil if there is none.
    static func fileSize(_ path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(status.st_size)
    }

    /// The path without symbolic links; nil if it does not exist.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// The names in a directory, without `.` and `..`. Empty if it does not exist.
    static func names(in path: String) throws(SystemCallError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw SystemCallError("opendir", path)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw SystemCallError("readdir", path) }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Removes a file, or a directory with everything in it. What is not there counts as removed; symbolic links are not followed.
    static func remove(_ path: String) throws(SystemCallError) {
        if unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemCallError("unlink", path) }
        for name in try names(in: path) { try remove("\(path)/\(name)") }
        guard rmdir(path) == 0 || errno == ENOENT else { throw SystemCallError("rmdir", path) }
    }

    /// Reads a small file whole, or the beginning of one that is longer than it may be.
    static func read(_ path: String, atMost limit: Int = .max) throws(SystemCallError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError("open", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError("read", path)
            }
            bytes.append(contentsOf: buffer[..<count])
            if count == 0 || bytes.count >= limit { return bytes.count > limit ? Array(bytes[..<limit]) : bytes }
        }
    }

    /// Writes all bytes at the descriptor's position.
    static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(SystemCallError) {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let count = Glibc.write(descriptor, base, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCallError("write", path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Puts a small file in place as a whole: a reader, or a crash, sees the old one or the new one.
    static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(SystemCallError) {
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw SystemCallError("open", new) }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { buffer in Result { () throws(SystemCallError) in try writeAll(buffer, to: descriptor, new) } }
        try written.get()
        guard fchmod(descriptor, mode) == 0 else { throw SystemCallError("chmod", new) }
        guard fsync(descriptor) == 0 else { throw SystemCallError("fsync", new) }
        guard rename(new, path) == 0 else { throw SystemCallError("rename", path) }
        try syncDirectory(parent(of: path))
    }
}

extension FileSystem {
    /// Whether only the owner and the group can do anything with a file.
    static func isPrivate(_ path: String) throws(SystemCallError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemCallError("stat", path) }
        return status.st_mode & 0o007 == 0
    }
}

extension FileSystem {
    /// Renames within a file system, atomically.
    static func move(_ path: String, to new: String) throws(SystemCallError) {
        guard rename(path, new) == 0 else { throw SystemCallError("rename", path) }
    }
}

extension FileSystem {
    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
