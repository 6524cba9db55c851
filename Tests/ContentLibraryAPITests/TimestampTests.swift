import ContentLibraryAPI
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_767_323_045_678, momentText), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (4_102_444_799_001, "2099-12-31T23:59:59.001Z"),
        ] as [(Int64, String)])
    func writesAndReads(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
        #expect(Timestamp(text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(
        arguments: [
            ("2026-01-02T03:04:05Z", 1_767_323_045_000), ("2026-01-02T03:04:05.6Z", 1_767_323_045_600), ("2026-01-02T03:04:05.67Z", 1_767_323_045_670),
            ("2026-01-02T03:04:05.6789Z", 1_767_323_045_678), ("2026-01-02T03:04:05.678999999Z", 1_767_323_045_678),
            ("2026-01-02T05:04:05.678+02:00", 1_767_323_045_678), ("2026-01-01T21:34:05.678-05:30", 1_767_323_045_678),
            ("2026-01-02T03:04:05+00:00", 1_767_323_045_000),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ] as [(String, Int64)])
    func accepts(text: String, milliseconds: Int64) { #expect(Timestamp(text) == Timestamp(milliseconds: milliseconds)) }

    @Test(arguments: [
        "", "Z", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02t03:04:05Z", "2026-01-02T03:04:05z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,5Z", "2026-01-02T03:04Z", "2026-1-2T03:04:05Z", "+026-01-02T03:04:05Z", "2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z",
        "2026-01-00T03:04:05Z", "2026-01-32T03:04:05Z", "2026-02-29T03:04:05Z", "2026-04-31T03:04:05Z", "2100-02-29T00:00:00Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05+2:00", "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+02:60", "2026-01-02T03:04:05ZZ", "2026-01-02T03:04:05Z ", " 2026-01-02T03:04:05Z", "٢٠٢٦-01-02T03:04:05Z",
        "2026-01-02T03:04:05.٣Z",
        "12026-01-02T03:04:05Z", "1767323045678",
    ])
    func refuses(text: String) { #expect(Timestamp(text) == nil) }

    /// A day is missed nowhere between the years 1 and 9999, nor in a step that meets every time of day.
    @Test func sweep() {
        for milliseconds in stride(from: Int64(-62_135_596_800_000), to: 253_402_300_799_999, by: 86_399_999 * 67 + 13) {
            let moment = Timestamp(milliseconds: milliseconds)
            if Timestamp(moment.text) != moment { Issue.record("\(milliseconds)") }
        }
        var last = ""
        for day in Int64(0)..<20_000 {
            let text = Timestamp(milliseconds: day * 86_400_000).text
            if last >= text { Issue.record("\(last) is not before \(text)") }
            last = text
        }
    }

    /// The extremes have a text, if not their own.
    @Test func beyondTheCalendar() {
        #expect(Timestamp(milliseconds: .min).text == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: .max).text == "9999-12-31T23:59:59.999Z")
    }

    @Test func arithmetic() {
        #expect(moment + .seconds(300) - moment == .seconds(300))
        #expect((moment + .milliseconds(-678)).text == "2026-01-02T03:04:05.000Z")
        #expect(moment < moment + .milliseconds(1))
        #expect(Timestamp(milliseconds: 5) - Timestamp(milliseconds: 7) == .milliseconds(-2))
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"), ("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.000Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
    ])
    func readsHTTPDates(text: String, moment: String) { #expect(Timestamp(httpDate: text)?.text == moment) }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    ])
    func refusesOtherHTTPDates(text: String) { #expect(Timestamp(httpDate: text) == nil) }
}
