import Testing

@testable import OVFPackage

struct PaxRecordsTests {
    @Test func reads() throws {
        let records = try PaxRecords(
            paxRecord("mtime", "1.5") + paxRecord("path", "é = \n.vmdk") + paxRecord("comment", "") + paxRecord("size", "9000000000"))
        #expect(records.path == Array("é = \n.vmdk".utf8) && records.size == 9_000_000_000 && !records.isSparse)
        #expect(try PaxRecords(paxRecord("path", "")).path == [])
        #expect(try PaxRecords(paxRecord("GNU.sparse.major", "1")).isSparse)
        #expect(try PaxRecords(paxRecord("path", String(repeating: "x", count: 5000))).path?.count == 5000)
        #expect(try PaxRecords([]) == PaxRecords(paxRecord("uid", "1")))
    }

    @Test(arguments: [
        "9 p\0th=b\n", "9 \0ath=b\n9 size=3\n",
        "x", "7 a=b", "6 a=b\n\0", "7 a=b\n", "5 a=b\n", "0 a=b\n", " 6 a=b\n", "6  a=b\n", "+6 a=b\n", "06x a=b\n", "6 a\nb\n", "9 size=\n", "11 size=-1\n",
        "11 size=1x\n", "29 size=9223372036854775808\n", "99999999999999999999 a=b\n", "-6 a=b\n", "4 =\n6 a=b", "3 \n", "2\n",
    ])
    func refuses(text: String) { #expect(throws: PaxProblem.malformed) { try PaxRecords(Array(text.utf8)) } }

    @Test func refusesRepetitions() {
        #expect(throws: PaxProblem.repeated("path")) { try PaxRecords(paxRecord("path", "a") + paxRecord("path", "b")) }
        #expect(throws: PaxProblem.repeated("size")) { try PaxRecords(paxRecord("size", "1") + paxRecord("size", "1")) }
    }
}
