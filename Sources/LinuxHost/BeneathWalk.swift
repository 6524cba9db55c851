import CLinux
import Glibc
import MirrorCore

/// Resolves a path beneath a root one component at a time: nothing outside the root is ever opened.
///
/// It refuses what `openat2(2)` refuses with RESOLVE_BENEATH, save one thing: an absolute link is followed where its text begins with the
/// root's own path, and goes on from the root that is held.
///
/// `..`, which only links contain, goes back along the descriptors that were opened on the way, never through the kernel's own `..`.
struct BeneathWalk {
    let root: Descriptor
    /// What an absolute link into the root may begin with, as components.
    let prefixes: [[[UInt8]]]

    /// As many links as the kernel follows in one path (path_resolution(7)).
    private static let linkLimit = 40

    func open(_ path: RelativePath, _ how: clinux_open) -> Result<Descriptor, Errno> {
        let follows = how == CLINUX_OPEN_READ_FOLLOW || how == CLINUX_OPEN_PLACE_FOLLOW
        var rest = path.components.map(\.bytes)
        var trail = [root]
        var links = 0
        while !rest.isEmpty {
            let component = rest.removeFirst()
            let here = trail[trail.count - 1]
            if component.isEmpty || component == Array(".".utf8) { continue }
            if component == Array("..".utf8) {
                guard trail.count > 1 else { return .failure(Errno(code: EXDEV)) }
                trail.removeLast()
                continue
            }
            switch step(here, cString(component), isLast: rest.isEmpty, follows: follows, how) {
            case .failed(let code): return .failure(Errno(code: code))
            case .link(let target):
                links += 1
                guard follows, links <= Self.linkLimit else { return .failure(Errno(code: ELOOP)) }
                let parts = Self.components(target)
                if target.first == UInt8(ascii: "/") {
                    guard let prefix = prefixes.first(where: { parts.starts(with: $0) }) else { return .failure(Errno(code: EXDEV)) }
                    trail = [root]
                    rest = parts.dropFirst(prefix.count) + rest
                } else {
                    rest = parts + rest
                }
            case .entered(let next):
                if rest.isEmpty { return .success(next) }
                trail.append(next)
            }
        }
        return reopened(trail[trail.count - 1], how)
    }

    static func components(_ path: [UInt8]) -> [[UInt8]] { path.split(separator: UInt8(ascii: "/")).map(Array.init) }

    private enum Step {
        case entered(Descriptor)
        case link([UInt8])
        case failed(Int32)
    }

    private func step(_ here: Descriptor, _ name: [CChar], isLast: Bool, follows: Bool, _ how: clinux_open) -> Step {
        let place = clinux_open(here.number, name, CLINUX_OPEN_PLACE)
        guard place >= 0 else { return .failed(-place) }
        let descriptor = Descriptor(owning: place)
        let status: FileStatus
        switch FileStatus.of(descriptor) {
        case .failure(let failure): return .failed(failure.code)
        case .success(let found): status = found
        }
        if status.kind == .symlink {
            if isLast && how == CLINUX_OPEN_PLACE { return .entered(descriptor) }
            return follows ? linkTarget(descriptor) : .failed(ELOOP)
        }
        guard isLast else { return status.kind == .directory ? .entered(descriptor) : .failed(ENOTDIR) }
        switch how {
        case CLINUX_OPEN_PLACE, CLINUX_OPEN_PLACE_FOLLOW: return .entered(descriptor)
        case CLINUX_OPEN_DIRECTORY where status.kind != .directory: return .failed(ENOTDIR)
        default: break
        }
        // The last component is opened without following: had it become a link meanwhile, this fails.
        let opened = clinux_open(here.number, name, how == CLINUX_OPEN_READ_FOLLOW ? CLINUX_OPEN_READ : how)
        return opened < 0 ? .failed(-opened) : .entered(Descriptor(owning: opened))
    }

    private func linkTarget(_ link: Descriptor) -> Step {
        var buffer = [UInt8](repeating: 0, count: 4096)  // PATH_MAX
        let count = clinux_read_link(link.number, "", &buffer, buffer.count)
        return count < 0 ? .failed(Int32(-count)) : .link(Array(buffer.prefix(count)))
    }

    private func reopened(_ directory: Descriptor, _ how: clinux_open) -> Result<Descriptor, Errno> {
        let number = clinux_open(directory.number, ".", how)
        return number < 0 ? .failure(Errno(code: -number)) : .success(Descriptor(owning: number))
    }
}
