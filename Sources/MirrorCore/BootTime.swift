/// A moment on CLOCK_BOOTTIME (`clock_gettime(2)`): it never steps and goes on while the machine is suspended. Meaningless after a reboot.
public struct BootTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (time: Self, duration: Duration) -> Self { Self(nanoseconds: time.nanoseconds + duration.wholeNanoseconds) }
    public static func - (time: Self, duration: Duration) -> Self { Self(nanoseconds: time.nanoseconds - duration.wholeNanoseconds) }
    public static func - (a: Self, b: Self) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

extension Duration {
    /// Saturates at Int64's range, about 292 years.
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min / 4 : .max / 4 }
        return product + attoseconds / 1_000_000_000
    }
}
