import Testing

@testable import ContentLibraryServer

@Suite struct GivenPartsTests {
    @Test(
        arguments: [
            ([], 0, 0), ([3..<3], 0, 0), ([0..<5], 5, 1), ([0..<5, 0..<5], 5, 1), ([0..<5, 5..<9], 9, 1), ([5..<9, 0..<5], 9, 1), ([0..<5, 6..<9], 8, 2),
            ([6..<9, 0..<5], 8, 2), ([0..<5, 6..<9, 5..<6], 9, 1), ([0..<2, 4..<6, 8..<10, 1..<9], 10, 1), ([0..<2, 4..<6, 8..<10, 3..<7], 8, 3),
            ([0..<10, 2..<3], 10, 1), ([2..<3, 0..<10], 10, 1), ([2..<4, 0..<3], 4, 1), ([0..<3, 2..<4], 4, 1), ([0..<(.max), 5..<6], .max, 1),
        ] as [([Range<Int64>], Int64, Int)])
    func `parts make up a file`(_ added: [Range<Int64>], _ bytes: Int64, _ count: Int) {
        var parts = GivenParts()
        for part in added { parts.add(part, of: "e", in: "s") }
        #expect(parts.bytes(of: "e", in: "s") == bytes && parts.count == count)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `any parts, as a set of bytes has them`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (parts, sets) = (GivenParts(), [String: Set<Int64>]())
        for _ in 0..<200 {
            let (session, entry) = (["s", "t"].randomElement(using: &random) ?? "", ["e", "f"].randomElement(using: &random) ?? "")
            switch Int.random(in: 0..<60, using: &random) {
            case 0:
                parts.forget(session: session)
                for entry in ["e", "f"] { sets[session + entry] = nil }
            case 1:
                parts.forget(entry, in: session)
                sets[session + entry] = nil
            default:
                let start = Int64.random(in: 0..<300, using: &random)
                let part = start..<(start + Int64.random(in: 0..<12, using: &random))
                parts.add(part, of: entry, in: session)
                sets[session + entry, default: []].formUnion(part)
            }
            for session in ["s", "t"] {
                for entry in ["e", "f"] { #expect(parts.bytes(of: entry, in: session) == Int64(sets[session + entry]?.count ?? 0)) }
            }
            let ranges = sets.values.reduce(0) { sum, set in sum + set.count { !set.contains($0 - 1) } }
            #expect(parts.count == ranges, "neither empty nor touching")
        }
    }

    @Test func `files and sessions are apart, and forgotten`() {
        var parts = GivenParts()
        for (entry, session) in [("e", "s"), ("f", "s"), ("e", "t")] { parts.add(0..<5, of: entry, in: session) }
        parts.forget("e", in: "s")
        #expect(parts.bytes(of: "e", in: "s") == 0 && parts.bytes(of: "f", in: "s") == 5 && parts.bytes(of: "e", in: "t") == 5 && parts.count == 2)
        parts.forget(session: "s")
        parts.forget(session: "s")
        parts.forget("e", in: "s")
        #expect(parts.bytes(of: "f", in: "s") == 0 && parts.bytes(of: "e", in: "t") == 5 && parts.count == 1)
        parts.forget("e", in: "t")
        #expect(parts.count == 0)
    }

    @Test func `memory is bounded, by file and in all`() {
        var parts = GivenParts(mostOfFile: 3, mostInAll: 4)
        for start in stride(from: Int64(0), to: 100, by: 10) { parts.add(start..<(start + 1), of: "e", in: "s") }
        #expect(parts.bytes(of: "e", in: "s") == 3 && parts.count == 3)
        for entry in ["f", "g", "h"] { parts.add(0..<1, of: entry, in: "t") }
        #expect(["f", "g", "h"].map { parts.bytes(of: $0, in: "t") } == [1, 0, 0] && parts.count == 4)
        parts.add(0..<100, of: "e", in: "s")
        #expect(parts.bytes(of: "e", in: "s") == 100 && parts.count == 2, "what joins parts is always taken, and makes room")
        parts.add(0..<1, of: "g", in: "t")
        #expect(parts.bytes(of: "g", in: "t") == 1)
    }
}
