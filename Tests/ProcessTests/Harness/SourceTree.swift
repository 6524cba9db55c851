import Glibc

/// A directory that is mirrored, as a person works in it. Names are relative to it, and bytes where text does not do.
struct SourceTree: Sendable {
    let path: String

    /// Creates it.
    init(_ path: String) throws {
        self.path = path
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemError("create \(path)") }
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    private func absolute(_ name: [UInt8]) -> [CChar] { Self.cString(Array("\(path)/".utf8) + name) }
    private func absolute(_ name: String) -> [CChar] { absolute(Array(name.utf8)) }

    static func cString(_ bytes: [UInt8]) -> [CChar] { (bytes + [0]).map(CChar.init(bitPattern:)) }

    // MARK: files

    /// Writes a file in place and closes it; the directories above it are created.
    func write(_ name: String, _ content: [UInt8]) throws {
        if let slash = name.lastIndex(of: "/") { try makeDirectory(String(name[..<slash])) }
        try write(Array(name.utf8), content)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: [UInt8], _ content: [UInt8]) throws {
        try OpenFile(absolute(name), O_WRONLY | O_CREAT | O_TRUNC).write(content)
    }

    /// Writes a new file beside the old one and renames it into its place, as careful programs do.
    func replace(_ name: String, _ content: [UInt8]) throws {
        try write("\(name).part", content)
        try rename("\(name).part", name)
    }

    func replace(_ name: String, _ text: String) throws { try replace(name, Array(text.utf8)) }

    func append(_ name: String, _ content: [UInt8]) throws { try OpenFile(absolute(name), O_WRONLY | O_APPEND).write(content) }

    /// truncate(2) by path: there is no close.
    func truncate(_ name: String, to length: Int) throws {
        if Glibc.truncate(absolute(name), off_t(length)) != 0 { throw SystemError("truncate \(name)") }
    }

    /// Sets the times to now.
    func touch(_ name: String) throws {
        if utimensat(AT_FDCWD, absolute(name), nil, 0) != 0 { throw SystemError("touch \(name)") }
    }

    func setTime(_ name: String, seconds: Int) throws {
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        if utimensat(AT_FDCWD, absolute(name), times, 0) != 0 { throw SystemError("set the time of \(name)") }
    }

    func open(_ name: String) throws -> OpenFile {
        if let slash = name.lastIndex(of: "/") { try makeDirectory(String(name[..<slash])) }
        return try OpenFile(absolute(name), O_WRONLY | O_CREAT | O_TRUNC)
    }

    func content(_ name: String) throws -> [UInt8] { try Self.content(Array("\(path)/\(name)".utf8)) }

    static func content(_ path: [UInt8]) throws -> [UInt8] {
        var content: [UInt8] = []
        try read(path) { content.append(contentsOf: $0) }
        return content
    }

    /// Gives a file's bytes to `take` in pieces.
    static func read(_ path: [UInt8], _ take: (UnsafeRawBufferPointer) -> Void) throws {
        let file = try OpenFile(cString(path), O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(file.descriptor, &buffer, buffer.count)
            if count < 0 { throw SystemError("read \(String(decoding: path, as: UTF8.self))") }
            if count == 0 { return }
            buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    // MARK: names

    func makeDirectory(_ name: String) throws {
        var here = path
        for part in name.split(separator: "/") {
            here += "/\(part)"
            if mkdir(here, 0o755) != 0, errno != EEXIST { throw SystemError("create \(here)") }
        }
    }

    func rename(_ old: String, _ new: String) throws { try rename(Array(old.utf8), Array(new.utf8)) }

    func rename(_ old: [UInt8], _ new: [UInt8]) throws {
        if Glibc.rename(absolute(old), absolute(new)) != 0 { throw SystemError("rename \(String(decoding: old, as: UTF8.self))") }
    }

    func mode(_ name: String, _ mode: mode_t) throws {
        if chmod(absolute(name), mode) != 0 { throw SystemError("change the mode of \(name)") }
    }

    /// Removes a file, or a directory with everything in it; what is not there is fine.
    func remove(_ name: String) { Self.removeAll(Array("\(path)/\(name)".utf8)) }

    /// Removes what is in the directory; it stays, the same one.
    func empty() throws { for name in try Self.entries(Array(path.utf8)) { Self.removeAll(Array("\(path)/".utf8) + name) } }

    static func removeAll(_ path: [UInt8]) {
        if unlink(cString(path)) == 0 || errno == ENOENT { return }
        chmod(cString(path), 0o700)
        for name in (try? entries(path)) ?? [] { removeAll(path + [UInt8(ascii: "/")] + name) }
        rmdir(cString(path))
    }

    /// Copies a directory with the regular files in it; what cannot be copied is left out.
    static func copy(_ source: [UInt8], to target: [UInt8]) {
        switch kind(source) {
        case .directory?:
            mkdir(cString(target), 0o755)
            for name in (try? entries(source)) ?? [] { copy(source + [UInt8(ascii: "/")] + name, to: target + [UInt8(ascii: "/")] + name) }
        case .file?:
            guard let content = try? content(source) else { return }
            try? OpenFile(cString(target), O_WRONLY | O_CREAT | O_TRUNC).write(content)
        case .other?, nil: return
        }
    }

    static func entries(_ path: [UInt8]) throws -> [[UInt8]] {
        guard let directory = opendir(cString(path)) else { throw SystemError("list \(String(decoding: path, as: UTF8.self))") }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: 256).prefix { $0 != 0 }) }
            }
            if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    enum Kind { case file, directory, other }

    static func kind(_ path: [UInt8]) -> Kind? {
        var status = stat()
        guard lstat(cString(path), &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }
}

/// An open file; closed with its last reference.
final class OpenFile: Sendable {
    let descriptor: Int32

    init(_ path: [CChar], _ flags: Int32) throws {
        descriptor = open(path, flags | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw SystemError("open \(String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))") }
    }
    deinit { close(descriptor) }

    func write(_ content: [UInt8]) throws {
        var done = 0
        while done < content.count {
            let count = content[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 { throw SystemError("write \(content.count) bytes") }
            done += count
        }
    }
}
