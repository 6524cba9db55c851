import Glibc

/// The directory of a simulated mirror, under the hands of the people and programs that change it. Every text is written once in the world, so that a remote
/// file says what it was made of.
final class SimulatedTree {
    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ call: String, code: Int32 = errno) { description = "\(call): errno \(code)" }
    }
    /// A file that somebody has begun to write in place; nobody else touches it meanwhile.
    private struct Writing {
        var name: String
        var descriptor: Int32
        var rest: [UInt8]
        var text: String
    }

    let path: String
    private let away: String
    private let now: @Sendable () -> (seconds: Int64, milliseconds: Int64)
    private var writings: [Writing] = []
    private var count: Int64 = 0
    /// Texts that a file of this name held when its writer had closed it.
    private(set) var rested: [String: Set<String>] = [:]
    /// Those of them that nobody has taken note of.
    private var fresh: [String] = []
    /// The files as they are, by path below the root; those that are being written are missing.
    private(set) var files: [String: String] = [:]
    private(set) var directories: Set<String> = []
    /// Paths that held another text, or none, at some moment since they were last asked for.
    private(set) var moved: Set<String> = []
    private(set) var isAway = false

    init(directory: String, now: @escaping @Sendable () -> (seconds: Int64, milliseconds: Int64)) throws {
        (path, away, self.now) = ("\(directory)/source", "\(directory)/away", now)
        guard mkdir(path, 0o755) == 0 else { throw Failure("mkdir \(path)") }
    }

    func forgetMoved() { moved = [] }

    // MARK: the world as it is

    var items: [String: [String: String]] {
        var items = Dictionary(uniqueKeysWithValues: directories.map { ($0, [String: String]()) })
        for (path, text) in files { items[String(path.prefix { $0 != "/" })]?[String(path.drop { $0 != "/" }.dropFirst())] = text }
        return items
    }
    var isBeingWritten: Bool { !writings.isEmpty }
    var paths: [String] { files.keys.sorted() }

    // MARK: changes

    private func place(_ name: String) -> String { "\(isAway ? away : path)/\(name)" }

    private func text(_ name: String, _ generator: inout SeededGenerator) -> String {
        count += 1
        let length = generator.isHit(3) ? generator.number(260_000...600_000) : generator.number(0...2000)
        return "\(count) \(name) " + String(repeating: "x", count: length)
    }

    /// Files get the simulation's time; no two of them the same one.
    private func stamp(_ descriptor: Int32) {
        count += 1
        let (seconds, milliseconds) = now()
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(milliseconds * 1_000_000 + count % 1_000_000))
        futimens(descriptor, [time, time])
    }

    private func rest(_ name: String, _ text: String) {
        files[name] = text
        moved.insert(name)
        rested[String(name.drop { $0 != "/" }.dropFirst()), default: []].insert(text)
        fresh.append(text)
    }
    func takeFresh() -> [String] {
        defer { fresh = [] }
        return fresh
    }

    func makeDirectory(_ name: String) {
        if mkdir(place(name), 0o755) == 0 { directories.insert(name) }
    }

    /// Writes beside and renames over it, as careful programs do.
    func replace(_ name: String, _ generator: inout SeededGenerator) throws {
        makeDirectory(String(name.prefix { $0 != "/" }))
        if writings.contains(where: { $0.name == name }) { return }
        let (text, temporary) = (text(name, &generator), place(name) + ".tmp")
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("open \(temporary)") }
        try put(Array(text.utf8), descriptor)
        stamp(descriptor)
        close(descriptor)
        guard rename(temporary, place(name)) == 0 else { throw Failure("rename \(temporary)") }
        rest(name, text)
    }

    /// Begins to write in place, over what is there, and leaves the file open.
    func begin(_ name: String, _ generator: inout SeededGenerator) throws {
        makeDirectory(String(name.prefix { $0 != "/" }))
        if writings.contains(where: { $0.name == name }) { return }
        let text = text(name, &generator)
        let descriptor = open(place(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("open \(name)") }
        (files[name], _) = (nil, moved.insert(name))
        let bytes = Array(text.utf8)
        let half = generator.number(0...bytes.count)
        writings.append(Writing(name: name, descriptor: descriptor, rest: Array(bytes[half...]), text: text))
        try put(Array(bytes[..<half]), descriptor)
        stamp(descriptor)
    }

    /// Writes some more, or all that is left and closes it.
    func goOn(closing: Bool, _ generator: inout SeededGenerator) throws {
        guard !writings.isEmpty else { return }
        let index = generator.number(0...(writings.count - 1))
        let count = closing ? writings[index].rest.count : generator.number(0...writings[index].rest.count)
        try put(Array(writings[index].rest.prefix(count)), writings[index].descriptor)
        writings[index].rest.removeFirst(count)
        stamp(writings[index].descriptor)
        guard closing else { return }
        let writing = writings.remove(at: index)
        close(writing.descriptor)
        rest(writing.name, writing.text)
    }

    func remove(_ name: String) {
        if writings.contains(where: { $0.name == name }) || unlink(place(name)) != 0 { return }
        (files[name], _) = (nil, moved.insert(name))
    }

    func removeDirectory(_ name: String) {
        if writings.contains(where: { $0.name.hasPrefix(name + "/") }) { return }
        for file in paths where file.hasPrefix(name + "/") { remove(file) }
        if rmdir(place(name)) == 0 { directories.remove(name) }
    }

    /// Moves a file over whatever has the new name.
    func move(_ old: String, to new: String) {
        guard old != new, let text = files[old], !writings.contains(where: { $0.name == new }) else { return }
        makeDirectory(String(new.prefix { $0 != "/" }))
        guard rename(place(old), place(new)) == 0 else { return }
        (files[old], _) = (nil, moved.insert(old))
        rest(new, text)
    }

    func moveDirectory(_ old: String, to new: String) {
        if writings.contains(where: { $0.name.hasPrefix(old + "/") }) || directories.contains(new) { return }
        guard rename(place(old), place(new)) == 0 else { return }
        (_, _) = (directories.remove(old), directories.insert(new))
        for (name, text) in files.sorted(by: { $0.key < $1.key }) where name.hasPrefix(old + "/") {
            (files[name], _) = (nil, moved.insert(name))
            rest(new + name.dropFirst(old.count), text)
        }
    }

    /// As an unmounted disk: the root is not there, and nothing in it has changed.
    func setAway(_ isAway: Bool) {
        guard isAway != self.isAway, rename(isAway ? path : away, isAway ? away : path) == 0 else { return }
        self.isAway = isAway
    }

    private func put(_ bytes: [UInt8], _ descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure("write") }
            rest = rest.dropFirst(count)
        }
    }

    deinit { for writing in writings { close(writing.descriptor) } }
}
