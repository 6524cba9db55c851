import ContentLibraryAPI
import Testing

@testable import clsyncd

@Suite struct ControlProtocolTests {
    @Test(
        arguments: [
            (.status(mirrors: []), #"{"request":"status","mirrors":[]}"#),
            (.status(mirrors: ["a", "b\n\"c"]), #"{"request":"status","mirrors":["a","b\u000A\"c"]}"#),
            (.sync(mirrors: ["a"]), #"{"request":"sync","mirrors":["a"]}"#),
            (.rescan(mirror: nil), #"{"request":"rescan"}"#),
            (.rescan(mirror: "a"), #"{"request":"rescan","mirror":"a"}"#),
            (.approve(mirror: "a", digest: nil), #"{"request":"approve","mirror":"a"}"#),
            (.approve(mirror: "a", digest: "0f"), #"{"request":"approve","mirror":"a","plan":"0f"}"#),
        ] as [(ControlRequest, String)])
    func aRequestIsOneLine(_ request: ControlRequest, _ line: String) throws {
        #expect(request.json.serialized == line)
        #expect(try ControlRequest(Array(line.utf8)) == request)
    }

    @Test(
        arguments: [
            ("", .notARequest), ("[]", .notARequest), ("{}", .notARequest), (#"{"request":1}"#, .notARequest), (#"{"request":"approve"}"#, .notARequest),
            (#"{"request":"status","mirrors":[1]}"#, .notARequest), (#"{"request":"status""#, .notARequest),
            (#"{"request":"stop"}"#, .unknownRequest("stop")),
        ] as [(String, ControlProtocolError)])
    func whatIsNoRequestIsRefused(_ line: String, _ error: ControlProtocolError) {
        #expect(throws: error) { try ControlRequest(Array(line.utf8)) }
    }

    @Test func anAnswerEndsWithItsSummaryOrARefusal() throws {
        func answer(_ line: String) throws -> ControlAnswer { try ControlAnswer(Array(line.utf8)) }
        let mirror = #"{"kind":"mirror","mirror":"a"}"#
        #expect(try answer(mirror) == .report(try JSON(mirror)))
        let summary = #"{"kind":"summary","mirrors":1,"exit":3}"#
        #expect(try answer(summary) == .summary(try JSON(summary), exit: 3))
        #expect(try answer(ControlAnswer.refusal("no \"x\"", exit: .failure).serialized) == .refused("no \"x\"", exit: 1))
    }

    @Test(
        arguments: [
            "", "{}", "3", #"{"kind":"summary"}"#, #"{"kind":"summary","exit":"0"}"#, #"{"kind":"summary","exit":99999999999}"#, #"{"kind":"error","exit":1}"#,
        ])
    func whatIsNoAnswerIsRefused(_ line: String) {
        #expect(throws: ControlProtocolError.notAnAnswer) { try ControlAnswer(Array(line.utf8)) }
    }
}
