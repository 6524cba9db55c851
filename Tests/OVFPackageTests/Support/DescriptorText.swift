@testable import OVFPackage

/// A descriptor of OVF 1 around some File and Disk elements, each on a line of its own from line 3.
func descriptorText(files: [String] = [], disks: [String] = []) -> String {
    let head = ##"<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">"##
    return ([head, "<References>"] + files + ["</References>", "<DiskSection>"] + disks + ["</DiskSection>", "</Envelope>"]).joined(separator: "\n")
}

func descriptor(files: [String] = [], disks: [String] = []) throws -> Descriptor {
    try Descriptor(parsing: Array(descriptorText(files: files, disks: disks).utf8))
}

/// A File element of such a descriptor.
func fileElement(_ id: String, _ href: String, _ more: String = "") -> String { ##"<File ovf:id="\##(id)" ovf:href="\##(href)" \##(more)/>"## }
