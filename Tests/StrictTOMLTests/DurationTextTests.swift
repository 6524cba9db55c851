import Testing

@testable import StrictTOML

@Suite struct DurationTextTests {
    @Test(
        arguments: [
            ("0s", .zero), ("0ms", .zero), ("5s", .seconds(5)), ("200ms", .milliseconds(200)), ("60s", .seconds(60)), ("1h", .seconds(3600)),
            ("1d", .seconds(86_400)),
            ("1h30m", .seconds(5400)), ("1m1s1ms", .milliseconds(61_001)), ("1d2h3m4s5ms", .milliseconds(93_784_005)), ("90m", .seconds(5400)),
            ("007s", .seconds(7)),
            ("999999999d", .seconds(999_999_999 * 86_400)),
        ] as [(String, Duration)])
    func parses(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5s", "5S", "5sec", "1m1h", "1s1s", "1h1", "1000000000s", "5µs", "٥s", "1w", "0", "5s\n",
    ])
    func refuses(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func whatIsFormattedIsReadAgain() {
        #expect(DurationText.format(.zero) == "0s")
        #expect(DurationText.format(.milliseconds(93_784_005)) == "1d2h3m4s5ms")
        var random = SplitMix64(seed: 1)
        for _ in 0..<500 {
            let duration = Duration.milliseconds(Int64.random(in: 0...(1 << Int.random(in: 0...34, using: &random)), using: &random))
            #expect(DurationText.parse(DurationText.format(duration)) == duration)
        }
    }
}
