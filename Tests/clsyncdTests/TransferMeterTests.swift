import MirrorCore
import MirrorEngine
import Testing

@testable import clsyncd

@Suite struct TransferMeterTests {
    private let meter = TransferMeter()

    private func rate(_ sent: Int64, at milliseconds: Int64, item: String = "i") -> Int64? {
        let transfer = TransferStatus(item: item, file: "f", sent: sent, total: 1 << 40)
        let mirror = MirrorStatus(mirror: "m", library: "L", state: .working, transfers: [transfer])
        return meter.rates([mirror], now: BootTime(nanoseconds: milliseconds * 1_000_000))[TransferMeter.Key("m", transfer)]
    }

    @Test func aRateIsKnownFromTheSecondLookOn() {
        #expect(rate(1000, at: 0) == nil)
        #expect(rate(3000, at: 1000) == 2000)
        // Half of the old rate and half of the new.
        #expect(rate(3000, at: 2000) == 1000)
        #expect(rate(9000, at: 4000) == 2000)
    }

    @Test func aLookTooSoonChangesNothing() {
        #expect(rate(0, at: 0) == nil)
        #expect(rate(1_000_000, at: 1) == nil)
        #expect(rate(2000, at: 1000) == 2000)
        #expect(rate(2_000_000, at: 1001) == 2000)
    }

    @Test func aTransferThatStartsOverOrEndsIsForgotten() {
        #expect(rate(0, at: 0) == nil)
        #expect(rate(5000, at: 1000) == 5000)
        #expect(rate(100, at: 2000) == nil)
        #expect(rate(1100, at: 3000) == 1000)
        #expect(rate(0, at: 4000, item: "other") == nil)
        #expect(rate(5000, at: 5000) == nil)
    }
}
