/// What the kernel knows of a process.
struct ProcessFigures: Sendable {
    let id: Int32

    /// The most memory that it has had at once, in bytes.
    func peakMemory() throws -> Int {
        let status = String(decoding: try SourceTree.content(Array("/proc/\(id)/status".utf8)), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw ProcessFailure(message: "no VmHWM of process \(id)", evidence: status)
        }
        return kilobytes << 10
    }

    /// CPU time so far, in clock ticks of a hundredth of a second, of all its threads.
    func ticks() throws -> Int {
        let text = String(decoding: try SourceTree.content(Array("/proc/\(id)/stat".utf8)), as: UTF8.self)
        // The name in parentheses may hold anything; utime and stime are the twelfth and thirteenth field after it.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
            throw ProcessFailure(message: "no CPU time of process \(id)", evidence: text)
        }
        return user + system
    }
}
