import Testing

@testable import OVFPackage

struct DescriptorTests {
    /// One of each thing that is read, as VMware's tools write it.
    @Test func everything() throws {
        let text = ##"""
            <?xml version="1.0" encoding="UTF-8"?>
            <!--Generated-->
            <Envelope vmw:buildId="build-1" xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
                xmlns:vmw="http://www.vmware.com/schema/ovf" ovf:version="1.0">
              <References>
                <File ovf:href="a-disk1.vmdk" ovf:id="file1" ovf:size="2278557696"/>
                <File ovf:href="a%20disk2.vmdk.gz" ovf:id="file2" ovf:compression="gzip"/>
                <File ovf:href="https://example.com/c.iso" ovf:id="file3" ovf:compression="zstd"/>
                <File ovf:href="d.nvram" ovf:id="file4" ovf:size=" 8684 " ovf:compression="identity"/>
              </References>
              <DiskSection>
                <Info>Virtual disk information</Info>
                <Disk ovf:capacity="16" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
                <Disk ovf:capacity="${size}" ovf:diskId="vmdisk2" ovf:fileRef="file2"/>
                <Disk ovf:diskId="vmdisk3"/>
              </DiskSection>
              <VirtualSystem ovf:id="vm">
                <ProductSection><Product> </Product></ProductSection>
                <ProductSection><Product>
                  Tom &amp; J<![CDATA[<rr>]]>y </Product><Version>1</Version></ProductSection>
                <ProductSection><Product>Second</Product></ProductSection>
                <vmw:References><File ovf:href="../no"/></vmw:References>
              </VirtualSystem>
            </Envelope>
            """##
        let read = try Descriptor(parsing: Array(text.utf8))
        #expect(read.generation == .one && read.version == "1.0")
        #expect(read.productName == "Tom & J<rr>y")
        #expect(read.files.map(\.id) == ["file1", "file2", "file3", "file4"])
        #expect(read.files.map(\.href) == ["a-disk1.vmdk", "a%20disk2.vmdk.gz", "https://example.com/c.iso", "d.nvram"])
        #expect(
            read.files.map(\.location) == [
                .file("a-disk1.vmdk"), .file("a disk2.vmdk.gz"), .external(url: "https://example.com/c.iso"), .file("d.nvram"),
            ])
        #expect(read.files.map(\.size) == [2_278_557_696, nil, nil, 8684])
        #expect(read.files.map(\.compression) == [.identity, .gzip, .other("zstd"), .identity])
        #expect(read.files.map(\.position.line) == [6, 7, 8, 9] && read.files[0].position.column == 5)
        #expect(read.disks.map(\.id) == ["vmdisk1", "vmdisk2", "vmdisk3"])
        #expect(read.disks.map(\.file) == ["file1", "file2", nil])
        #expect(read.disks.map(\.capacity) == ["16", "${size}", nil])
        #expect(read.disks[0].format == "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" && read.disks[1].format == nil)
        #expect(read.diskFileIDs == ["file1", "file2"])
    }

    /// The namespace counts, not what stands for it: any prefix, the default, and for all but the root none at all, as in the draft.
    @Test(arguments: [
        ##"<ovf:Envelope xmlns:ovf="NS"><ovf:References><ovf:File ovf:id="f" ovf:href="a"/></ovf:References></ovf:Envelope>"##,
        ##"<x:Envelope xmlns:x="NS"><References><File x:id="f" x:href="a"/></References></x:Envelope>"##,
        ##"<Envelope xmlns="NS"><References><File id="f" href="a"/></References></Envelope>"##,
        ##"<Envelope xmlns="NS" xmlns:o="NS"><References><File o:id="f" o:href="a" id="g" href="b"/></References></Envelope>"##,
        ##"<Envelope xmlns="NS"><References><o:File xmlns:o="NS" o:id="f" href="a"/></References></Envelope>"##,
        "<!-- a --><?pi b?>\r\n<a:Envelope xmlns:a='NS'\r\n><a:References><a:File a:id='&#102;' a:href='&#x61;'></a:File></a:References></a:Envelope>\r\n",
    ])
    func namespaces(text: String) throws {
        for generation in Descriptor.Generation.allCases {
            let read = try Descriptor(parsing: Array(text.split(separator: "NS", omittingEmptySubsequences: false).joined(separator: generation.rawValue).utf8))
            #expect(read.generation == generation && read.version == nil)
            #expect(read.files.map(\.id) == ["f"] && read.files[0].names == ["a"])
        }
    }

    /// In the draft a section's kind is its type.
    @Test func sectionsOfTheDraft() throws {
        let text = ##"""
            <o:Envelope xmlns:o="http://www.vmware.com/schema/ovf/1/envelope" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" o:version="0.9">
            <References><File o:id="f" o:href="a"/></References>
            <Section xsi:type="o:DiskSection_Type"><Info/><Disk o:diskId="d" o:fileRef="f"/></Section>
            <Content o:id="v"><Section xsi:type="o:ProductSection_Type"><Product>P</Product></Section></Content></o:Envelope>
            """##
        let read = try Descriptor(parsing: Array(text.utf8))
        #expect(read.generation == .draft && read.version == "0.9" && read.disks.map(\.id) == ["d"] && read.productName == "P")
    }

    @Test func encodings() throws {
        let text = descriptorText(files: [fileElement("f", "é")])
        let expected = try Descriptor(parsing: Array(text.utf8))
        #expect(expected.files[0].href == "é")
        #expect(try Descriptor(parsing: [0xef, 0xbb, 0xbf] + Array(text.utf8)) == expected)
        let utf16 = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        #expect(try Descriptor(parsing: [0xff, 0xfe] + utf16).files.map(\.href) == ["é"])
        let latin1 = Array(##"<?xml version="1.0" encoding="ISO-8859-1"?>"##.utf8) + text.unicodeScalars.map { UInt8($0.value) }
        #expect(try Descriptor(parsing: latin1).files.map(\.href) == ["é"])
    }

    @Test func productNamesAreBounded() throws {
        let long = String(repeating: "é", count: 100_000)
        let text = descriptorText().split(separator: "</Envelope>").joined() + "<ProductSection><Product>x\(long)</Product></ProductSection></Envelope>"
        let name = try #require(try Descriptor(parsing: Array(text.utf8)).productName)
        #expect(name.utf8.count <= 1026 && name.hasPrefix("xéé"))
    }

    /// Only what is just under a limit.
    @Test func limitsAreTaken() throws {
        let limits = DescriptorLimits(maximumBytes: 600, maximumDepth: 4, maximumFiles: 3)
        let files = [fileElement("f", "a", ##"ovf:size="20" ovf:chunkSize="10""##), fileElement("g", "b")]
        let text = descriptorText(files: files, disks: ["<a><b/></a>"])
        let padded = text + String(repeating: " ", count: 600 - text.utf8.count)
        #expect(try Descriptor(parsing: Array(padded.utf8), limits: limits).files.count == 2)
        #expect(throws: DescriptorError(.tooLarge(bytes: 601, limit: 600), TextPosition(line: 1, column: 1))) {
            try Descriptor(parsing: Array((padded + " ").utf8), limits: limits)
        }
        for (files, disks, problem) in [
            ([], ["<a><b><c/></b></a>"], DescriptorError.Problem.tooDeep(limit: 4)),
            ([fileElement("f", "a", ##"ovf:size="31" ovf:chunkSize="10""##)], [], .tooManyFiles(limit: 3)),
            ([fileElement("f", "a", ##"ovf:size="9223372036854775807" ovf:chunkSize="1""##)], [], .tooManyFiles(limit: 3)),
            (files + [fileElement("h", "c")], [], .tooManyFiles(limit: 3)),
        ] {
            let error = #expect(throws: DescriptorError.self) {
                try Descriptor(parsing: Array(descriptorText(files: files, disks: disks).utf8), limits: limits)
            }
            #expect(error?.problem == problem)
        }
    }
}
