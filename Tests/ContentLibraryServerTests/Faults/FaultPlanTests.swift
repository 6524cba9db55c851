import ContentLibraryAPI
import Testing

@testable import ContentLibraryServer

@Suite struct FaultPlanTests {
    static let complete = "com.vmware.content.library.item.update_session.complete"
    static let event = FaultEvent(operation: complete, items: ["id", "name"], file: "f", user: "u")

    /// Which of the first calls it happens to.
    static func struck(_ rule: FaultRule, calls: Int = 10, seed: UInt64 = 1) -> [Int] {
        var plan = FaultPlan([rule], seed: seed)
        return (1...calls).filter { _ in !plan.strikes(on: event).isEmpty }
    }

    @Test(arguments: [
        (FaultRule(.dropBefore), Array(1...10)), (FaultRule(.dropBefore, first: 3, times: 1), [3]), (FaultRule(.dropBefore, first: 3, every: 4), [3, 7]),
        (FaultRule(.dropBefore, every: 3), [1, 4, 7, 10]), (FaultRule(.dropBefore, times: 2), [1, 2]), (FaultRule(.dropBefore, chance: 0), []),
        (FaultRule(.dropBefore, first: 11), []),
    ])
    func `which calls`(_ rule: FaultRule, _ calls: [Int]) { #expect(Self.struck(rule) == calls) }

    @Test(arguments: [
        (FaultRule(.dropBefore, operations: ["complete"]), true), (FaultRule(.dropBefore, operations: ["update_session.complete"]), true),
        (FaultRule(.dropBefore, operations: [complete]), true), (FaultRule(.dropBefore, operations: ["session.complete"]), false),
        (FaultRule(.dropBefore, operations: ["x", "complete"]), true), (FaultRule(.dropBefore, item: "id"), true), (FaultRule(.dropBefore, item: "name"), true),
        (FaultRule(.dropBefore, item: "other"), false), (FaultRule(.dropBefore, file: "f"), true), (FaultRule(.dropBefore, file: "g"), false),
        (FaultRule(.dropBefore, user: "u"), true), (FaultRule(.dropBefore, user: "v"), false), (FaultRule(.cut(afterBytes: 1)), false),
        (FaultRule(.rivalSession), false), (FaultRule(.sessionError("x")), true),
    ])
    func `what matches`(_ rule: FaultRule, _ matches: Bool) { #expect(rule.matches(Self.event) == matches) }

    @Test func `a fault of answers is about files that only the answer names`() {
        let rule = FaultRule(.noChecksum, file: "f")
        #expect(rule.matches(FaultEvent(operation: "com.vmware.content.library.item.file.list")))
        var plan = FaultPlan([rule])
        #expect(plan.strikes(on: FaultEvent(operation: "com.vmware.content.library.item.file.list")) == [.init(fault: .noChecksum, file: "f")])
    }

    @Test func `an archive is lost where one is taken apart, and other uploads do not count`() {
        var plan = FaultPlan([FaultRule(.splitFailure, times: 1)])
        #expect(plan.strikes(on: FaultEvent(operation: Fault.upload, file: "vm.ova")).isEmpty)
        #expect(plan.strikes(on: FaultEvent(operation: Fault.download, file: "vm.ova", isOfArchive: true)).isEmpty)
        #expect(plan.strikes(on: FaultEvent(operation: Fault.upload, file: "vm.ova", isOfArchive: true)).map(\.fault) == [.splitFailure])
    }

    @Test func `chance is drawn by the seed`() {
        let rule = FaultRule(.dropBefore, chance: 0.5)
        let first = Self.struck(rule, calls: 1000, seed: 7)
        #expect(first == Self.struck(rule, calls: 1000, seed: 7))
        #expect(first != Self.struck(rule, calls: 1000, seed: 8))
        #expect(400...600 ~= first.count)
    }

    @Test func `rules count for themselves, and several may strike at once`() {
        var plan = FaultPlan([FaultRule(.dropAfter, first: 2, times: 1), FaultRule(.latency(.seconds(1))), FaultRule(.dropBefore, item: "other")])
        #expect(plan.strikes(on: Self.event).map(\.fault) == [.latency(.seconds(1))])
        #expect(plan.strikes(on: Self.event).map(\.fault) == [.dropAfter, .latency(.seconds(1))])
        #expect(plan.strikes(on: Self.event).map(\.fault) == [.latency(.seconds(1))])
    }

    @Test func `every fault can happen to something`() {
        let faults: [Fault] = [
            .latency(.zero), .unavailable(retryAfter: nil), .dropBefore, .dropAfter, .unauthenticated(afterBytes: 0), .cut(afterBytes: 0),
            .slow(bytesPerSecond: 1), .deadSession(afterBytes: 0), .splitFailure, .leaseLost, .rivalSession, .sessionError(""), .asynchronous(.zero),
            .noChecksum, .emptyChecksum, .sizeOff(by: 0), .loginLimit(0),
        ]
        for fault in faults {
            #expect(!fault.operations.isEmpty)
            #expect(Set(fault.operations).isSubset(of: Fault.operations))
        }
    }
}
