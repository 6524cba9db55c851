import Testing

@testable import StrictTOML

@Suite struct KeySuggestionTests {
    @Test(
        arguments: [
            ("exlude", "exclude"), ("exclud", "exclude"), ("ecxlude", "exclude"), ("Exclude", "exclude"), ("max-wait", "max_wait"), ("max_delte", "max_delete"),
            ("quite", "quiet"),
            ("itme", "item"), ("item-name", "item_name"), ("maxdelete", "max_delete"), ("max", nil), ("bandwidth", nil), ("x", nil), ("", nil),
            ("includes_and_more", nil), ("flatten", "flatten_separator"),
        ] as [(String, String?)])
    func findsTheNearest(_ word: String, _ expected: String?) {
        let names = ["exclude", "include", "max_wait", "max_delete", "quiet", "item", "item_name", "flatten_separator"]
        #expect(KeySuggestion.nearest(to: word, among: names) == expected)
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abcd", "acbd", 1), ("delete", "delete", 0)])
    func measures(_ a: String, _ b: String, _ distance: Int) {
        #expect(KeySuggestion.distance(Array(a.utf8), Array(b.utf8)) == distance)
        #expect(KeySuggestion.distance(Array(b.utf8), Array(a.utf8)) == distance)
    }
}
