import Testing

@testable import StrictTOML

@Suite struct RateTextTests {
    @Test(
        arguments: [
            ("1B/s", 1), ("50MiB/s", 50 << 20), ("1.5GiB/s", 3 << 29), ("20MB/s", 20_000_000), ("0.125KiB/s", 128), ("7kB/s", 7000), ("7KB/s", 7000),
            ("2TB/s", 2_000_000_000_000),
            ("0MiB/s", 0),
        ] as [(String, Int64)])
    func reads(_ text: String, _ rate: Int64) { #expect(RateText.parse(text) == rate) }

    @Test(arguments: [
        "", "0", "50", "50MiB", "MiB/s", "50 MiB/s", "50mib/s", "-1MiB/s", "+1MiB/s", "1.MiB/s", ".5MiB/s", "1.2.3MiB/s", "1.1234MiB/s", "1e3MiB/s", "/s",
        "50MiB/h",
        "1234567890MiB/s", "99999999999999999999B/s", "٣MiB/s",
    ])
    func refuses(_ text: String) { #expect(RateText.parse(text) == nil) }

    @Test func nothingOverflows() { #expect(RateText.parse("999999999TiB/s") == nil || RateText.parse("999999999TiB/s") ?? 0 > 0) }
}
