import Foundation
import Testing

@testable import OVFPackage

struct DescriptorErrorTests {
    @Test(arguments: [
        ([fileElement("f", "a"), fileElement("f", "b")], [], "line 4, column 1: the id \"f\" is that of the File of line 3 already"),
        ([fileElement("f", "a"), fileElement("g", "a")], [], "line 4, column 1: the href \"a\" references a file that the File of line 3 references already"),
        (
            [fileElement("f", "a b"), fileElement("g", "a%20b")], [],
            "line 4, column 1: the href \"a%20b\" references a file that the File of line 3 references already"
        ),
        (
            [fileElement("f", "a", ##"ovf:chunkSize="1" ovf:size="3""##), fileElement("g", "a.000000002")], [],
            "line 4, column 1: the href \"a.000000002\" references a file that the File of line 3 references already"
        ),
        (
            [fileElement("f", "http://h/a"), fileElement("g", "http://h/a")], [],
            "line 4, column 1: the href \"http://h/a\" references a file that the File of line 3 references already"
        ),
        (["<File ovf:href='a'/>"], [], "line 3, column 1: File has no attribute id"),
        (["  <File ovf:id='a'/>"], [], "line 3, column 3: File has no attribute href"),
        (
            [fileElement("f", "../a")], [],
            "line 3, column 1: the href \"../a\" cannot name a file of the package: it contains \"/\", and the files of a package lie in one directory"
        ),
        ([fileElement("f", "/a")], [], "line 3, column 1: the href \"/a\" cannot name a file of the package: it is an absolute path"),
        ([fileElement("f", "%2e.")], [], "line 3, column 1: the href \"%2e.\" cannot name a file of the package: it names a directory"),
        ([fileElement("f", "ftp://h/a")], [], "line 3, column 1: the href \"ftp://h/a\" has the scheme \"ftp\"; only http and https can be used"),
        (
            [fileElement("f", String(repeating: "a", count: 250), ##"ovf:chunkSize="1""##)], [],
            "line 3, column 1: the href \"\(String(repeating: "a", count: 200))...\" cannot name a file of the package: it has 260 bytes, and a file name at most 255"
        ),
        ([fileElement("f", "a", ##"ovf:size="-1""##)], [], "line 3, column 1: size is \"-1\", not a whole number"),
        ([fileElement("f", "a", ##"ovf:size="+1""##)], [], "line 3, column 1: size is \"+1\", not a whole number"),
        ([fileElement("f", "a", ##"ovf:size="-0""##)], [], "line 3, column 1: size is \"-0\", not a whole number"),
        ([fileElement("f", "a", ##"ovf:size=" ""##)], [], "line 3, column 1: size is \" \", not a whole number"),
        ([fileElement("f", "a")], ["<Disk ovf:fileRef='f'/>"], "line 6, column 1: Disk has no attribute diskId"),
        ([fileElement("f", "a", ##"ovf:size="1.5""##)], [], "line 3, column 1: size is \"1.5\", not a whole number"),
        ([fileElement("f", "a", ##"ovf:size="9223372036854775808""##)], [], "line 3, column 1: size is \"9223372036854775808\", not a whole number"),
        ([fileElement("f", "a", ##"ovf:chunkSize="0""##)], [], "line 3, column 1: chunkSize is \"0\", not a whole number"),
        (
            [fileElement("f", "a")], ["<Disk ovf:diskId='d' ovf:fileRef='g'/>"],
            "line 6, column 1: the disk \"d\" is in the file \"g\", and there is no File of that id"
        ),
        (["<File ovf:id='&amp;' ovf:id='b'/>"], [], "line 3, column 22: not well-formed XML: duplicate attribute"),
        (["<File x:id='a'/>"], [], "line 3, column 1: not well-formed XML: unbound prefix"),
        (["</File>"], [], "line 3, column 3: not well-formed XML: mismatched tag"),
        (["&nbsp;"], [], "line 3, column 1: not well-formed XML: undefined entity"),
        (["\u{1}"], [], "line 3, column 1: not well-formed XML: not well-formed (invalid token)"),
    ])
    func ofFilesAndDisks(files: [String], disks: [String], message: String) {
        let error = #expect(throws: DescriptorError.self) { try descriptor(files: files, disks: disks) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        ("", "line 1, column 1: not well-formed XML: no element found"), ("\n \n", "line 3, column 1: not well-formed XML: no element found"),
        ("not XML", "line 1, column 1: not well-formed XML: syntax error"), ("<a", "line 1, column 1: not well-formed XML: unclosed token"),
        ("<html/>", "line 1, column 1: the root element is \"html\" in the namespace \"\", not an OVF Envelope"),
        ("<Envelope/>", "line 1, column 1: the root element is \"Envelope\" in the namespace \"\", not an OVF Envelope"),
        ("<Envelope xmlns='urn:x'/>", "line 1, column 1: the root element is \"Envelope\" in the namespace \"urn:x\", not an OVF Envelope"),
        (
            "<x xmlns='http://schemas.dmtf.org/ovf/envelope/1'/>",
            "line 1, column 1: the root element is \"x\" in the namespace \"http://schemas.dmtf.org/ovf/envelope/1\", not an OVF Envelope"
        ),
        ("\n<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1'/>", "line 2, column 1: the envelope has no References section"),
        (
            // The sections of one generation in the envelope of another are foreign elements.
            "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/2'><References xmlns='http://schemas.dmtf.org/ovf/envelope/1'/></Envelope>",
            "line 1, column 1: the envelope has no References section"
        ),
        ("<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1&#10;x'/>", "line 1, column 1: not well-formed XML: syntax error"),
        ("<?xml version='1.0' encoding='windows-1252'?><a/>", "line 1, column 31: not well-formed XML: unknown encoding"),
        ("<a/><b/>", "line 1, column 1: the root element is \"a\" in the namespace \"\", not an OVF Envelope"),
    ])
    func ofDocuments(text: String, message: String) {
        let error = #expect(throws: DescriptorError.self) { try Descriptor(parsing: Array(text.utf8)) }
        #expect(error?.description == message)
    }

    /// The same answer to each of the ways in which a document type can be dangerous, and to one that is not.
    @Test(arguments: [
        "<!DOCTYPE Envelope>", "<!DOCTYPE Envelope SYSTEM 'file:///etc/passwd'>", "<!DOCTYPE Envelope PUBLIC 'x' 'http://127.0.0.1:9/x.dtd'>",
        "<!DOCTYPE e [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "<!DOCTYPE e [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]>",
        "<!DOCTYPE e [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]>",
        "<!DOCTYPE e [<!ATTLIST File href CDATA 'x'>]>",
    ])
    func ofDocumentTypes(doctype: String) {
        let error = #expect(throws: DescriptorError.self) { try Descriptor(parsing: Array((doctype + "\n" + descriptorText()).utf8)) }
        #expect(error?.problem == .documentType && error?.position.line == 1)
        #expect("\(error as Any)".contains("DOCTYPE"))
    }

    /// Elements without end, attributes without end, names without end: refused or read, and soon.
    @Test(arguments: [
        String(repeating: "<a>", count: 300_000), "<a" + (0..<20_000).map { " b\($0)=''" }.joined() + "/>", "<" + String(repeating: "a", count: 1_000_000),
        "<!--" + String(repeating: "-", count: 1_000_000), "<a b='" + String(repeating: "&lt;", count: 200_000),
        (0..<20_000).map { "<a xmlns:n\($0)='u'>" }.joined(),
    ])
    func ofHugeDocuments(text: String) {
        let start = threadSeconds()
        #expect(throws: DescriptorError.self) {
            try Descriptor(parsing: Array("<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1'>\(text)".utf8))
        }
        #expect(threadSeconds() - start < 2)
    }
}
