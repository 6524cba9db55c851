import ContentLibraryAPI
import Digests
import HTTPTransport

/// Looks at a subscription's address without making a library of it.
struct SubscriptionProbe: Sendable {
    let client: PublisherClient

    /// One that no certificate has: a handshake that it refuses shows the SHA-1 of the one presented.
    private static let nobody = String(repeating: "00", count: 20)

    /// Of a subscription as a client has it, who need not have decided anything but the address.
    static func run(
        _ info: SubscriptionInfo, client: (Subscription) -> PublisherClient
    ) async throws(APIError) -> SubscribedLibrary.ProbeResult {
        guard let url = info.subscriptionURL else { throw .invalidArgument("subscription_info.subscription_url", "it must be set") }
        do { _ = try Origin(ofURL: url) } catch {
            return .init(status: .invalidURL, errorMessages: APIError.publisher(url, PublisherFailure.transport(error)).messages)
        }
        let method = info.authenticationMethod ?? (info.password == nil ? AuthenticationMethod.none : .basic)
        let subscription = try Subscription(
            SubscriptionInfo(
                authenticationMethod: method, password: info.password, sslThumbprint: info.sslThumbprint, subscriptionURL: url,
                userName: info.userName, sslCertificate: info.sslCertificate), needsAll: false)
        return await SubscriptionProbe(client: client(subscription)).run()
    }

    private func run() async -> SubscribedLibrary.ProbeResult {
        var result: SubscribedLibrary.ProbeResult
        do {
            _ = try await client.descriptor()
            result = .init(status: .success)
        } catch {
            result = .init(status: Self.status(of: error), errorMessages: APIError.publisher(client.subscription.url, error).messages)
        }
        result.sslThumbprint = await presented()
        return result
    }

    private func presented() async -> String? {
        let subscription = client.subscription
        guard subscription.url.lowercased().hasPrefix("https:") else { return nil }
        let curious = PublisherClient(
            subscription: Subscription(url: subscription.url, login: nil, thumbprint: Self.nobody, isAutomatic: false), loop: client.loop,
            pause: client.pause)
        do {
            _ = try await curious.descriptor()
            return nil
        } catch PublisherFailure.transport(let error) {
            if case .untrusted(let presented, _, _) = error.reason { return presented?.description }
            return nil
        } catch { return nil }
    }

    private static func status(of error: any Error) -> SubscribedLibrary.ProbeResult.Status {
        switch error {
        case PublisherFailure.answer(let status): .init(ofAnswer: status)
        case PublisherFailure.transport(let error): .init(of: error.reason)
        case is PublishedError: .invalidURL
        default: .unknownError
        }
    }
}
