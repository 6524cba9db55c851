import ContentLibraryAPI
import Glibc

/// The machine's clock, for servers that run for real.
public enum WallClock {
    /// The present moment in UTC.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
