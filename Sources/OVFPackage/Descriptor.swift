/// What an OVF descriptor says of the files of its package (DSP0243 1.1 and 2.1; and the 0.9 of VMware's early tools).
public struct Descriptor: Sendable, Equatable {
    /// Which generation of the format, by the namespace of the envelope.
    public enum Generation: String, Sendable, CaseIterable {
        /// Before DMTF's standard.
        case draft = "http://www.vmware.com/schema/ovf/1/envelope"
        case one = "http://schemas.dmtf.org/ovf/envelope/1"
        case two = "http://schemas.dmtf.org/ovf/envelope/2"
    }

    public let generation: Generation
    /// The envelope's own `version`, if it states one.
    public let version: String?
    /// In the order of the References section.
    public let files: [ReferencedFile]
    public let disks: [Disk]
    /// The first `Product` of a ProductSection that is not empty.
    public let productName: String?

    /// A virtual disk.
    public struct Disk: Sendable, Equatable {
        public let id: String
        /// The id of the file that holds its content; nil for an empty disk.
        public let file: String?
        /// A URI that names the format of the content.
        public let format: String?
        /// As written: a number, or `${property}`.
        public let capacity: String?
    }

    /// The ids of the files that hold the content of a disk.
    public var diskFileIDs: Set<String> { Set(disks.compactMap(\.file)) }

    /// Reads the bytes of an `.ovf`, in an encoding that expat knows: UTF-8, UTF-16, ISO-8859-1, US-ASCII.
    public init(parsing bytes: [UInt8], limits: DescriptorLimits = DescriptorLimits()) throws(DescriptorError) {
        let reader = DescriptorReader(limits: limits)
        try XMLWalk.run(bytes, to: reader, limits: limits)
        self = try reader.finish()
    }

    init(generation: Generation, version: String?, files: [ReferencedFile], disks: [Disk], productName: String?) {
        (self.generation, self.version, self.files, self.disks, self.productName) = (generation, version, files, disks, productName)
    }
}

/// How much a descriptor may take. The largest of 316 collected ones has 41 KB, the deepest 9 levels, and none more than 7 files.
public struct DescriptorLimits: Sendable {
    public var maximumBytes: Int
    /// Levels of nested elements.
    public var maximumDepth: Int
    /// Files, the parts of chunked ones counted each.
    public var maximumFiles: Int

    public init(maximumBytes: Int = 4 << 20, maximumDepth: Int = 64, maximumFiles: Int = 4096) {
        (self.maximumBytes, self.maximumDepth, self.maximumFiles) = (maximumBytes, maximumDepth, maximumFiles)
    }
}
