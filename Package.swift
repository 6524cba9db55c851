// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "clsyncd",
    products: [
        .executable(name: "clsyncd", targets: ["clsyncd"]),
        .executable(name: "content-library-server", targets: ["content-library-server"]),
        .library(name: "ContentLibraryClient", targets: ["ContentLibraryAPI", "ContentLibraryClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The C libraries that Debian ships.
        .systemLibrary(name: "CCurl", path: "Sources/C/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", path: "Sources/C/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCrypt", path: "Sources/C/CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CExpat", path: "Sources/C/CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        // Reads archives in the tests of OVFPackage only, as a second opinion.
        .systemLibrary(name: "CArchive", path: "Sources/C/CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(name: "CCurlShim", dependencies: ["CCurl"], path: "Sources/C/CCurlShim"),
        .target(name: "CLinux", path: "Sources/C/CLinux"),
        .target(name: "CTOML", path: "Sources/C/CTOML"),
        // In tests only: it answers for the kernel's random numbers.
        .target(name: "CSeededRandom", path: "Sources/C/CSeededRandom"),

        // The Content Library API: its words, a client, a server.
        .target(name: "ContentLibraryAPI", swiftSettings: strict),
        .target(name: "Digests", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "HTTPTransport", dependencies: ["Digests", "CCurl", "CCurlShim", "COpenSSL"], swiftSettings: strict),
        .target(name: "OVFPackage", dependencies: ["Digests", "CExpat", "COpenSSL"], swiftSettings: strict),
        .target(name: "ContentLibraryClient", dependencies: ["ContentLibraryAPI", "HTTPTransport", "Digests"], swiftSettings: strict),
        .target(
            name: "ContentLibraryServer",
            dependencies: [
                "ContentLibraryAPI", "Digests", "HTTPTransport", "OVFPackage", "COpenSSL", "CCrypt", grdb, logging, serviceLifecycle,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),

        // Configuration files that say what is wrong with them, for both executables.
        .target(name: "StrictTOML", dependencies: ["CTOML"], swiftSettings: strict),

        // The mirror: decisions, memory, the host, the loop.
        .target(name: "MirrorCore", dependencies: ["ContentLibraryAPI"], swiftSettings: strict),
        .target(name: "MirrorJournal", dependencies: ["MirrorCore", "ContentLibraryAPI", grdb], swiftSettings: strict),
        .target(name: "LinuxHost", dependencies: ["MirrorCore", "ContentLibraryAPI", "Digests", "CLinux", logging], swiftSettings: strict),
        .target(
            name: "MirrorEngine",
            dependencies: ["MirrorCore", "MirrorJournal", "LinuxHost", "ContentLibraryAPI", "ContentLibraryClient", "HTTPTransport", "Digests", logging],
            swiftSettings: strict),
        .executableTarget(
            name: "clsyncd",
            dependencies: [
                "MirrorEngine", "MirrorCore", "MirrorJournal", "LinuxHost", "ContentLibraryAPI", "ContentLibraryClient", "HTTPTransport",
                "Digests", "StrictTOML", argumentParser, logging, unixSignals,
            ], swiftSettings: strict),
        .executableTarget(
            name: "content-library-server",
            dependencies: ["ContentLibraryServer", "StrictTOML", argumentParser, logging, serviceLifecycle, unixSignals], swiftSettings: strict),
        .executableTarget(
            name: "bare-http-server",
            dependencies: [
                logging, serviceLifecycle, .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Benchmarks/BareHTTPServer", swiftSettings: strict),
        .target(
            name: "MirrorTesting",
            dependencies: [
                "MirrorEngine", "MirrorCore", "MirrorJournal", "ContentLibraryServer", "ContentLibraryAPI", "ContentLibraryClient", "HTTPTransport",
                "Digests", "CSeededRandom", logging,
            ], swiftSettings: strict),

        .testTarget(name: "ContentLibraryAPITests", dependencies: ["ContentLibraryAPI"], swiftSettings: strict),
        .testTarget(name: "StrictTOMLTests", dependencies: ["StrictTOML"], swiftSettings: strict),
        .testTarget(name: "DigestsTests", dependencies: ["Digests"], swiftSettings: strict),
        .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport", "Digests", "COpenSSL"], swiftSettings: strict),
        .testTarget(name: "OVFPackageTests", dependencies: ["OVFPackage", "Digests", "CArchive"], exclude: ["Corpus"], swiftSettings: strict),
        .testTarget(
            name: "ContentLibraryClientTests",
            dependencies: ["ContentLibraryClient", "ContentLibraryAPI", "ContentLibraryServer", "HTTPTransport", "MirrorTesting", "Digests", logging],
            swiftSettings: strict),
        .testTarget(
            name: "ContentLibraryServerTests",
            dependencies: [
                "ContentLibraryServer", "content-library-server", "StrictTOML", "ContentLibraryAPI", "Digests", "HTTPTransport", "OVFPackage",
                "COpenSSL", argumentParser, grdb, logging,
            ], swiftSettings: strict),
        .testTarget(name: "MirrorCoreTests", dependencies: ["MirrorCore", "ContentLibraryAPI"], swiftSettings: strict),
        .testTarget(name: "MirrorJournalTests", dependencies: ["MirrorJournal", "MirrorCore", "ContentLibraryAPI", grdb], swiftSettings: strict),
        .testTarget(
            name: "LinuxHostTests", dependencies: ["LinuxHost", "MirrorCore", "ContentLibraryAPI", "Digests", "CLinux", logging], swiftSettings: strict),
        .testTarget(
            name: "MirrorEngineTests",
            dependencies: [
                "MirrorEngine", "MirrorTesting", "MirrorCore", "MirrorJournal", "LinuxHost", "ContentLibraryServer", "ContentLibraryAPI",
                "ContentLibraryClient",
                "HTTPTransport", logging,
            ], swiftSettings: strict),
        .executableTarget(
            name: "simulate", dependencies: ["MirrorTesting", "HTTPTransport", argumentParser, logging], path: "Tests/Simulate", swiftSettings: strict),
        .testTarget(
            name: "clsyncdTests",
            dependencies: [
                "clsyncd", "MirrorEngine", "MirrorCore", "MirrorJournal", "LinuxHost", "HTTPTransport", "ContentLibraryClient", "ContentLibraryAPI", "Digests",
                "StrictTOML", argumentParser, logging,
            ], swiftSettings: strict),
        .testTarget(
            name: "ProcessTests",
            dependencies: ["ContentLibraryClient", "ContentLibraryAPI", "HTTPTransport", "Digests", "MirrorCore"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
