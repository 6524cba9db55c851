/// The kinds of message that clsyncd logs. A message names its kind in the metadata key `event`; in the system journal each kind has a fixed
/// MESSAGE_ID, under which the catalog explains it (`journalctl --catalog`).
///
/// Numbers and names are an interface: they stay as they are, and none is used again.
public enum MessageKind: String, CaseIterable, Hashable, Sendable {
    /// The daemon runs: version, configuration file, mirrors.
    case started
    /// The daemon was told to end.
    case stopping
    /// A new configuration is in force.
    case reloaded
    /// A new configuration is wrong; the old one stays in force.
    case configurationRefused = "configuration-refused"
    /// A mirror's library was resolved to its id.
    case libraryFound = "library-found"
    /// A mirror's library did not exist and was created.
    case libraryCreated = "library-created"
    /// The server refused the user name or the password.
    case loginRefused = "login-refused"
    /// Logged in.
    case loginOk = "login-ok"
    /// A mirror is watched by inotify again.
    case watching
    /// The kernel gives no more inotify watches or instances: part of a mirror is seen by periodic scans only.
    case watchLimited = "watch-limited"
    /// A mirror is seen by periodic scans only, for another reason.
    case scanningInstead = "scanning-instead"
    /// An item was created.
    case itemCreated = "item-created"
    /// An item's changes were published.
    case published
    /// Local and remote files were found equal and recorded without an upload.
    case adopted
    /// An item was renamed and kept its id.
    case renamed
    /// Files were removed from an item.
    case removed
    /// An item was deleted.
    case itemDeleted = "item-deleted"
    /// Somebody else changed what was published.
    case drift
    /// Local and remote files differ and neither is known to be newer.
    case conflict
    /// Something waits for a person.
    case held
    /// What was held goes on, because its cause is gone.
    case holdCleared = "hold-cleared"
    /// A person released what was held.
    case approved
    /// A publish ended in an error.
    case publishFailed = "publish-failed"
    /// Something that failed will be tried again.
    case retrying
    /// An update session of an earlier run goes on.
    case sessionResumed = "session-resumed"
    /// An update session was given up and deleted.
    case sessionAbandoned = "session-abandoned"
    /// Somebody else has an active session on an item.
    case rivalSession = "rival-session"
    /// A file is being written, or moved while it was read.
    case fileUnstable = "file-unstable"
    /// A file cannot be mirrored: its name, its kind, its permissions.
    case fileRefused = "file-refused"
    /// A mirror's directory is gone, unreadable or empty.
    case rootMissing = "root-missing"
    /// The server does not answer.
    case serverUnreachable = "server-unreachable"
    /// The server answers again.
    case serverBack = "server-back"
    /// Open intents of an earlier run were settled.
    case journalRecovered = "journal-recovered"
    /// A pass over a mirror did not reach its end.
    case passFailed = "pass-failed"
    /// The system journal did not take messages.
    case logsLost = "logs-lost"

    /// The 128 bits of MESSAGE_ID, as 32 hexadecimal digits.
    public var messageID: String {
        switch self {
        case .started: "413d587fdc2a49728441034ff8424687"
        case .stopping: "c3c48eae0a664d1fb3f4ee703dfef4ac"
        case .reloaded: "1bbc55401aa94e60b0447fba3df928ef"
        case .configurationRefused: "e20d03c6bf3c4959ab8106d66de0f56c"
        case .libraryFound: "0b6dd9192dd1470a97313e85ed9e4174"
        case .libraryCreated: "ffed21864b484591b26b3f6b51591dd4"
        case .loginRefused: "1647819f99d04da2830dac978dc578ae"
        case .loginOk: "84123a9839ec4d148021b0d77a8d5baf"
        case .watching: "550c1a745b03493ba7bbb5567b0dd4d1"
        case .watchLimited: "cef540d1975b4ddeab606177d5124277"
        case .scanningInstead: "266f40417569497f8d28949cba52efce"
        case .itemCreated: "4cb7bbe70c44407fb55915fea25a80a9"
        case .published: "169484add90648dcb5296e231c8d11dd"
        case .adopted: "4840e6fb982f4a719cb75dec0e8f7abc"
        case .renamed: "cce37132e6484e97a1ae15d643f1e6d1"
        case .removed: "3b7cdc21adff4d65a1585305c37bde2d"
        case .itemDeleted: "4ef75c8268d64790a690344535895279"
        case .drift: "1f224425afd940adaeb089e499984cd5"
        case .conflict: "8cef80367bbf4334a22ac20222e60bfa"
        case .held: "112e22abbc764c939b2d3c90a380e13b"
        case .holdCleared: "e69465bfa2c84c8196de090ff8dbfd6c"
        case .approved: "2e04a138ffcc424fb0d1a3bb7b8ade3a"
        case .publishFailed: "465294b658804d299e6019825104b8a2"
        case .retrying: "990b8602b006461fadc63242ca62435d"
        case .sessionResumed: "44562d54cccb42f2951b364b5224d7d8"
        case .sessionAbandoned: "479170413c9b4febae7b88678356a24b"
        case .rivalSession: "19e00e9a282243ba99f74ac3b50f9388"
        case .fileUnstable: "8d54ac3124624eacb1885430a5292d70"
        case .fileRefused: "6ce732c8d2e34ac79dc5133f7ccc4090"
        case .rootMissing: "ac8d58a6dac240e4af36ff4d007aebae"
        case .serverUnreachable: "490508af749743d4a38baf89ed73f7ff"
        case .serverBack: "26e325421df142069967bc60524e5928"
        case .journalRecovered: "c19b9c25f3864373ae4b7df79efe932c"
        case .passFailed: "d21587e800a54ae586a4580e456342a2"
        case .logsLost: "64acc53f7c36486a8358ecf8bfd8e063"
        }
    }
}
