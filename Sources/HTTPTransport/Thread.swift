import CCurlShim
import Glibc

/// Starts a detached thread of that name (at most 15 bytes count). Returns 0 or an errno value.
///
/// It takes no signals but those of its own faults: with CURLOPT_NOSIGNAL libcurl leaves SIGPIPE to the application, and the rest is for others.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
    final class Start {
        let name: String, body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
    }
    let start = Unmanaged.passRetained(Start(name, body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
            _ = curlshim_name_thread(start.name)
            blockSignals()
            start.body()
            return nil
        }, start.toOpaque())
    guard code == 0 else {
        start.release()
        return code
    }
    pthread_detach(thread)
    return 0
}

private func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
