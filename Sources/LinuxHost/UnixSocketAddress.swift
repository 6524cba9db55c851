import CLinux
import Glibc

/// The address of a Unix socket: a path, or a name in the abstract namespace, written with a leading `@`.
struct UnixSocketAddress: Sendable {
    private let storage: sockaddr_un
    private let length: socklen_t

    /// Nil where the name does not fit (107 bytes) or is neither a path nor an abstract name.
    init?(_ name: String) {
        var bytes = Array(name.utf8)
        var storage = sockaddr_un()
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") && bytes.count > 1 else { return nil }
        guard bytes.count < MemoryLayout.size(ofValue: storage.sun_path), !bytes.contains(0) else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: bytes) }
        self.storage = storage
        // The length is part of an abstract name: unix(7).
        length = socklen_t((MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + bytes.count)
    }

    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// A datagram socket that sends to one place and never waits.
final class DatagramSender: Sendable {
    private let descriptor: Descriptor
    private let address: UnixSocketAddress

    /// Throws where the address is none or no socket can be had.
    init(to name: String) throws(HostError) {
        guard let address = UnixSocketAddress(name) else { throw HostError("send to the socket \(name)", code: EAFNOSUPPORT) }
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let code = errno
        if number < 0 { throw HostError("create a socket", code: code) }
        descriptor = Descriptor(owning: number)
        self.address = address
    }

    /// Zero, or the value of `errno(3)`: EAGAIN while the receiver's queue is full.
    func send(_ bytes: [UInt8]) -> Int32 {
        address.withSocketAddress { pointer, length in
            while true {
                if sendto(descriptor.number, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), pointer, length) >= 0 { return 0 }
                let code = errno
                if code != EINTR { return code }
            }
        }
    }

    /// Sends an empty datagram with an open descriptor.
    func send(descriptor: Descriptor) -> Int32 {
        address.withSocketAddress { -clinux_send_descriptor(self.descriptor.number, $0, Int($1), descriptor.number) }
    }
}
