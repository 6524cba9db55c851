import StrictTOML

/// `[daemon]`: where the process keeps its state, and how much it does at once.
struct DaemonSettings: Hashable, Sendable {
    /// Absolute path, mode 0700.
    var stateDirectory = "/var/lib/clsyncd"
    /// Absolute path; holds `control.sock`.
    var runtimeDirectory = "/run/clsyncd"
    /// Items published at once.
    var workers = 4
    var transfersPerItem = 2
    var rescanInterval = Duration.seconds(3600)
    /// Bytes a second of all transfers together; nil is no limit.
    var bandwidthLimit: Int64?
}

extension DaemonSettings {
    /// `environment` gives the directories that systemd made for the unit; a key of the file goes before it.
    init(_ section: inout SectionReader, environment: [String: String]) {
        if let directory = Self.directory("STATE_DIRECTORY", environment) { stateDirectory = directory }
        if let directory = Self.directory("RUNTIME_DIRECTORY", environment) { runtimeDirectory = directory }
        section.read("state_directory", .absolutePath, into: &stateDirectory)
        section.read("runtime_directory", .absolutePath, into: &runtimeDirectory)
        section.read("workers", .integer(1...64), into: &workers)
        section.read("transfers_per_item", .integer(1...16), into: &transfersPerItem)
        section.read("rescan_interval", .duration(from: .seconds(1)), into: &rescanInterval)
        section.read("bandwidth_limit", .rate, into: &bandwidthLimit)
        section.readUnsupported("metrics_listen", .anyText, supported: "")
        section.readUnsupported("metrics_file", .anyText, supported: "")
    }

    /// systemd.exec(5): several directories are separated by colons; the first is ours.
    private static func directory(_ variable: String, _ environment: [String: String]) -> String? {
        environment[variable]?.split(separator: ":").first.map(String.init)
    }
}
