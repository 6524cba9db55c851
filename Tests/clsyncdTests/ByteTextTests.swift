import Testing

@testable import clsyncd

@Suite struct ByteTextTests {
    @Test(
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1023.9 KiB"), (1 << 20, "1.0 MiB"),
            (662 << 20, "662.0 MiB"), (5 << 30, "5.0 GiB"), (1 << 50, "1.0 PiB"), (Int64.max, "8191.9 PiB"),
        ] as [(Int64, String)])
    func bytesHaveAUnit(_ bytes: Int64, _ text: String) { #expect(ByteText.format(bytes) == text) }

    @Test(
        arguments: [
            (0, 10, 0), (1, 3, 33), (999, 1000, 99), (1000, 1000, 100), (5, 0, 100), (Int64.max - 1, Int64.max, 100), (1 << 60, 1 << 61, 50), (-1, 10, 0),
        ] as [(Int64, Int64, Int64)])
    func aPercentageIsRoundedDown(_ part: Int64, _ whole: Int64, _ percent: Int64) { #expect(ByteText.percent(part, of: whole) == percent) }
}
