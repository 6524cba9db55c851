import Synchronization

/// Learns which certificate a server showed, whether it was trusted or not.
///
/// A request that brings one makes a connection of its own: one that is reused, or a TLS session that is resumed, shows nothing.
public final class PresentedCertificate: Sendable {
    private let shown = Mutex<[UInt8]?>(nil)

    public init() {}

    /// DER; nil where no handshake came so far, and without TLS.
    public var der: [UInt8]? { shown.withLock { $0 } }

    func record(_ der: [UInt8]) { shown.withLock { $0 = der } }
}
