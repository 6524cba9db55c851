import Testing

@testable import MirrorCore

/// What holds for every plan in every world, judged by facts that the reconciler cannot see: who wrote each remote file, and what it holds.
@Suite struct ReconcilerPropertyTests {
    @Test("a remote file is removed or overwritten only where it is ours, or a person or the configuration said so", arguments: 1...4 as ClosedRange<UInt64>)
    func touchesOnlyOurs(_ seed: UInt64) {
        var touched: [String: Int] = [:]
        for pass in Walk(seed: seed) {
            for decision in pass.plan.files {
                guard let file = pass.world.server?.files[decision.name] else { continue }
                let base = pass.base?.files[decision.name]
                let way: String?
                if pass.plan.fate == .delete || decision.action == .remove {
                    let isOurs = base.map { file.author == .us || $0.holds(file.content) } ?? false
                    way = isOurs ? "removed" : base == nil && pass.mayRemoveForeign ? "extraneous" : nil
                } else if decision.action == .send {
                    // What the list proves to be the content that was shown is what was shown.
                    let isReleased = pass.world.released[decision.name]?.contains {
                        $0 == file || (decision.remote?.checksum != nil && $0.content == file.content)
                    }
                    way = base != nil ? "replaced" : isReleased == true ? "approved" : pass.world.hasOpenIntent ? "intent" : nil
                } else {
                    continue
                }
                #expect(way != nil, "seed \(seed): \(decision) in \(pass.world)")
                if let way { touched[way, default: 0] += 1 }
            }
        }
        for way in ["removed", "extraneous", "replaced", "approved", "intent"] { #expect(touched[way, default: 0] > 10, "\(way) was tried \(touched)") }
    }

    @Test("an item in sync holds what the directory holds", arguments: 11...14 as ClosedRange<UInt64>)
    func noFalseSuccess(_ seed: UInt64) {
        var settled = 0
        for pass in Walk(seed: seed) {
            let world = pass.world
            guard pass.plan.isSettled, !world.itemIsUnmanaged, let disk = world.disk else { continue }
            for (name, file) in disk where !world.unmanagedFiles.contains(name) {
                #expect(world.server?.files[name]?.content == file.content, "seed \(seed): \(name) of \(pass.plan) in \(world)")
                settled += 1
            }
            guard world.rules.delete == .mirror, world.rootIsProven, world.listingIsComplete, let base = pass.base else { continue }
            let released = Set(pass.plan.files.filter { $0.action == .forget }.map(\.name))
            for name in base.files.keys where disk[name] == nil && !world.unmanagedFiles.contains(name) && !released.contains(name) {
                #expect(world.server?.files[name] == nil, "seed \(seed): \(name) is still there in \(world)")
            }
        }
        #expect(settled > 200)
    }

    @Test("nothing is deleted on an incomplete listing, of what is not managed, or under delete = keep", arguments: 21...24 as ClosedRange<UInt64>)
    func deletesOnlyWhatIsGone(_ seed: UInt64) {
        var deletions = 0
        for pass in Walk(seed: seed) {
            let (world, plan) = (pass.world, pass.plan)
            deletions += plan.deletions.count
            if !world.rootIsProven || world.itemIsUnmanaged || (world.disk != nil && !world.listingIsComplete) { #expect(plan.deletions.isEmpty) }
            if plan.fate == .delete { #expect(world.disk == nil) }
            for decision in plan.removals {
                #expect(world.disk?[decision.name] == nil, "seed \(seed): it is here: \(decision.name)")
                #expect(world.disk == nil || !world.unmanagedFiles.contains(decision.name))
                if world.rules.delete == .keep { #expect(decision.row == .foreign && world.rules.extraneous == .remove) }
            }
            if world.rules.delete == .keep, world.rules.extraneous == .keep { #expect(plan.deletions.isEmpty) }
            if world.server?.type == "vm-template", world.disk != nil, !world.itemIsUnmanaged { #expect(!plan.writes) }
        }
        #expect(deletions > 200)
    }

    @Test("a held item is not written, a report repairs nothing, and what is not stable is not sent", arguments: 31...34 as ClosedRange<UInt64>)
    func holdsHold(_ seed: UInt64) {
        var held: [Hold.Kind: Int] = [:]
        var rows: Set<DecisionRow> = []
        for pass in Walk(seed: seed) {
            let (world, plan) = (pass.world, pass.plan)
            rows.formUnion(plan.files.map(\.row))
            for hold in plan.holds { held[hold.kind, default: 0] += 1 }
            if !plan.holds.isEmpty { #expect(!plan.writes && !plan.isSettled && plan.deletions.isEmpty, "seed \(seed): \(plan)") }
            #expect(plan.unknowns.isEmpty, "seed \(seed): it asks what it was told")
            #expect(plan.files.map(\.name) == plan.files.map(\.name).sorted())
            let without = plan.withoutDeletions()
            #expect(without.deletions.isEmpty && without.sends == plan.sends && without.fate != .delete)
            for decision in plan.sends {
                #expect(world.disk?[decision.name]?.isSettled == true)
                guard world.rules.drift == .report, let base = pass.base?.files[decision.name], let file = world.disk?[decision.name] else { continue }
                #expect(!base.holds(file.content), "seed \(seed): repaired under drift = report: \(decision)")
            }
        }
        #expect(rows == Set(DecisionRow.allCases))
        for kind in [.conflict, .rivalWriter, .typeChanged, .rootEmpty] as [Hold.Kind] { #expect(held[kind, default: 0] > 0, "\(kind) in \(held)") }
    }

    @Test("a plan applied converges: the next one writes nothing", arguments: 41...44 as ClosedRange<UInt64>)
    func converges(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for pass in Walk(seed: seed) {
            var world = pass.world
            world.manners.forgetsChecksums = false
            var plans: [ItemPlan] = []
            for _ in 0..<3 {
                var situation = world.situation(using: &random)
                let plan = world.resolvedPlan(&situation)
                world.apply(plan, situation, using: &random)
                plans.append(plan)
            }
            // What a person released to be foreign is foreign to the next pass.
            let released = world.rules.extraneous == .remove && plans[0].files.contains { $0.row == .goneConflict && $0.action == .forget }
            #expect(!plans[1].writes || released, "seed \(seed):\n\(told(plans))\nin \(pass.world)")
            #expect(!plans[2].writes, "seed \(seed):\n\(told(plans))\nin \(pass.world)")
            // The record has settled too; where the item is gone and cannot be made yet, there is nothing to keep one of.
            #expect(!plans[2].onlyRecords || released || world.server == nil, "seed \(seed):\n\(told(plans))\nin \(pass.world)")
        }
    }
    private func told(_ plans: [ItemPlan]) -> String {
        plans.map { plan in
            let files = plan.files.map { "\($0.name): \($0.row.rawValue): \($0.action)" } + plan.holds.map { "held: \($0.kind)" }
            return ([plan.retypes ? "\(plan.fate), retyped" : "\(plan.fate)"] + files).joined(separator: "; ")
        }
        .joined(separator: "\nthen ")
    }

    @Test("a plan follows from its situation alone")
    func isPure() {
        for pass in Walk(seed: 51, worlds: 300) { #expect(Reconciler(rules: pass.world.rules).plan(pass.situation) == pass.plan) }
    }
}

/// One pass over a world: what was, what was decided.
private struct Pass {
    var world: ItemWorld
    var situation: ItemSituation
    var plan: ItemPlan

    /// Our record, where it is of the item that is there.
    var base: BaseItem? { world.base?.id == world.server?.id ? world.base : nil }
    var mayRemoveForeign: Bool {
        world.rules.extraneous == .remove
            && (situation.local?.files.isEmpty == false || base?.files.isEmpty == false || world.isRemovableAsExtraneous)
    }
}

/// Walks through worlds: a pass is made and carried out, things happen, and again.
private struct Walk: Sequence, IteratorProtocol {
    static let passes = 6

    private var random: SplitMix64
    private var passesLeft: Int
    private var world: ItemWorld

    init(seed: UInt64, worlds: Int = 1500) {
        random = SplitMix64(seed: seed)
        passesLeft = worlds * Self.passes
        world = ItemWorld.random(using: &random)
    }

    mutating func next() -> Pass? {
        guard passesLeft > 0 else { return nil }
        if passesLeft.isMultiple(of: Self.passes) { world = ItemWorld.random(using: &random) }
        passesLeft -= 1
        var situation = world.situation(using: &random)
        let plan = world.resolvedPlan(&situation)
        let pass = Pass(world: world, situation: situation, plan: plan)
        if Int.random(in: 0..<4, using: &random) == 0 { world.approve(plan) }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: break
        case 1: world.apply(plan.withoutDeletions(), situation, using: &random)
        default: world.apply(plan, situation, using: &random)
        }
        for _ in 0..<Int.random(in: 0..<4, using: &random) { world.happen(using: &random) }
        return pass
    }
}

extension BaseFile {
    /// Whether what was published had that content, as far as its digests tell.
    fileprivate func holds(_ content: Int) -> Bool { ChecksumAlgorithm.allCases.contains { checksums.matches(digest(of: content, $0)) == true } }
}
