import ContentLibraryAPI
import Testing

@Suite struct RandomUUIDTests {
    @Test func everyOneIsAnotherOfVersionFour() {
        let uuids = (0..<1000).map { _ in randomUUID() }
        #expect(Set(uuids).count == 1000)
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        for uuid in uuids { #expect(uuid.wholeMatch(of: form) != nil, "\(uuid)") }
    }
}
