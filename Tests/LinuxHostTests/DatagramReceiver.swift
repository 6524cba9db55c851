import Glibc

@testable import LinuxHost

/// A stand-in for the sockets of systemd.
final class DatagramReceiver: Sendable {
    private let descriptor: Descriptor

    init(_ name: String) throws {
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        descriptor = Descriptor(owning: number)
        guard let address = UnixSocketAddress(name) else { throw HostError("use \(name)", code: EINVAL) }
        let result = address.withSocketAddress { bind(number, $0, $1) }
        if result != 0 { throw HostError("bind \(name)", code: errno) }
    }

    /// The next datagram; nil if there is none.
    func next() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = recv(descriptor.number, &buffer, buffer.count, 0)
        return count < 0 ? nil : Array(buffer.prefix(count))
    }
    func text() -> String? { next().map { String(decoding: $0, as: UTF8.self) } }

    /// The content of the descriptor that an empty datagram brought.
    func nextFile() -> [UInt8]? {
        var (byte, control) = ([UInt8](repeating: 0, count: 1), [UInt64](repeating: 0, count: 8))
        let received: (count: Int, control: Int) = byte.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { space in
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: 1)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    (message.msg_iov, message.msg_iovlen) = (vector, 1)
                    (message.msg_control, message.msg_controllen) = (space.baseAddress, space.count)
                    return (recvmsg(descriptor.number, &message, 0), Int(message.msg_controllen))
                }
            }
        }
        // cmsghdr: a length of 8 bytes, level and type of 4, then the descriptor.
        guard received.count == 0, received.control >= 20 else { return nil }
        let file = Descriptor(owning: control.withUnsafeBytes { $0.load(fromByteOffset: 16, as: Int32.self) })
        var content = [UInt8](repeating: 0, count: 8 << 20)
        let count = pread(file.number, &content, content.count, 0)
        return count < 0 ? nil : Array(content.prefix(count))
    }
}
