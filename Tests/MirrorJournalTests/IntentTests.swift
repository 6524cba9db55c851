import ContentLibraryAPI
import MirrorCore
import MirrorJournal
import Testing

@Suite struct IntentTests {
    static let one = UpdateSession.ID(rawValue: "one")
    static let two = UpdateSession.ID(rawValue: "two")
    static let states: [Intent.State] = [
        .intended, .itemCreated, .sessionOpen(one), .completing(one), .published(one), .abandoning(nil, reason: "why"), .abandoning(one, reason: "why"),
    ]
    static let steps: [Intent.Step] = [
        .itemCreated("item"), .sessionCreated(one), .sessionCreated(two), .completing, .commit, .abandon(reason: "late"), .replanned,
    ]

    /// One row a state, one column a step; nil is refused.
    @Test func everyStepFromEveryState() {
        let gone = Intent.State.abandoning(Self.one, reason: "late")
        let goneUnknown = Intent.State.abandoning(nil, reason: "late")
        let expected: [[Intent.State?]] = [
            [nil, .sessionOpen(Self.one), .sessionOpen(Self.two), nil, nil, goneUnknown, nil],
            [nil, .sessionOpen(Self.one), .sessionOpen(Self.two), nil, nil, goneUnknown, nil],
            [nil, .sessionOpen(Self.one), nil, .completing(Self.one), nil, gone, .sessionOpen(Self.one)],
            [nil, .completing(Self.one), nil, .completing(Self.one), .published(Self.one), gone, .sessionOpen(Self.one)],
            [nil, .published(Self.one), nil, nil, nil, nil, nil],
            [nil, .abandoning(Self.one, reason: "why"), .abandoning(Self.two, reason: "why"), nil, nil, goneUnknown, nil],
            [nil, .abandoning(Self.one, reason: "why"), nil, nil, nil, gone, nil],
        ]
        var intent = Intent.sample("t")
        for (state, row) in zip(Self.states, expected) {
            for (step, result) in zip(Self.steps, row) {
                intent.state = state
                #expect(intent.after(step) == (result.map { .to($0) } ?? .refused), "\(step) in \(state)")
            }
        }
    }

    @Test func aNewItemComesBeforeItsSession() {
        var intent = Intent.sample("t", itemToken: "i")
        #expect(intent.after(.itemCreated("item")) == .to(.itemCreated))
        #expect(intent.after(.sessionCreated(Self.one)) == .refused)
        (intent.state, intent.itemID) = (.itemCreated, "item")
        #expect(intent.after(.itemCreated("item")) == .to(.itemCreated))
        #expect(intent.after(.itemCreated("other")) == .refused)
        #expect(intent.after(.sessionCreated(Self.one)) == .to(.sessionOpen(Self.one)))
    }

    @Test(arguments: [Intent.Kind.delete, .rename(to: "x")]) func oneCallEndsWithItsCommit(_ kind: Intent.Kind) {
        let intent = Intent.sample("t", kind: kind)
        #expect(intent.after(.commit) == .closed)
        for step in Self.steps where step != .commit { #expect(intent.after(step) == .refused) }
    }
}
