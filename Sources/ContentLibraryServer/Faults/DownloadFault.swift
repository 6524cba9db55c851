/// The body of a download that is slowed down, or ends before its end.
struct DownloadFault: Sendable {
    let fault: TransferFault
    let sleep: FaultInjector.Sleep
    /// Called when the body ends as if it were whole: its session is gone by then.
    let onCleanEnd: @Sendable () async -> Void

    struct Cut: Error {}

    /// Whether this is where it ends cleanly; throws where it is cut.
    func isEnd(at given: Int64) async throws -> Bool {
        guard let ending = fault.ending, given >= ending.afterBytes else { return false }
        guard ending.stop == .clean else { throw Cut() }
        await onCleanEnd()
        return true
    }

    /// As much of the bytes as may still be given, at the pace that is asked for.
    func part(of bytes: [UInt8], at given: Int64) async throws -> [UInt8] {
        let part = fault.ending.map { Array(bytes.prefix(Int(clamping: max(0, $0.afterBytes - given)))) } ?? bytes
        if let wait = fault.wait(forBytes: Int64(part.count)) { try await sleep(wait) }
        return part
    }
}
