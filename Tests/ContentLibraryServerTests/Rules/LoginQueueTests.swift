import Testing

@testable import ContentLibraryServer

@Suite struct LoginQueueTests {
    @Test func `an address has its share of the queue, and no other's`() {
        var queue = LoginQueue()
        for _ in 0..<LoginQueue.limit {
            let isIn = queue.enter("a")
            #expect(isIn)
        }
        let isIn = (first: queue.enter("a"), other: queue.enter("b"))
        #expect(!isIn.first && isIn.other)
        queue.leave("a")
        let isInAgain = queue.enter("a")
        #expect(isInAgain)
    }

    @Test func `who has left takes no memory`() {
        var queue = LoginQueue()
        for number in 0..<1000 {
            _ = queue.enter("\(number)")
            queue.leave("\(number)")
            queue.leave("never there")
        }
        #expect(queue.count == 0)
    }
}
