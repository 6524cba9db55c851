extension UpdateSession {
    /// What the server learnt of an OVF before `complete`: its certificate and what is wrong with it (6.8).
    /// `warnings` are there exactly when the state is AVAILABLE, and the certificate then if the OVF is signed.
    public struct PreviewInfo: Structure {
        /// Whether there is a preview; for other types than OVF never.
        public struct State: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let unavailable = State(rawValue: "UNAVAILABLE"), notApplicable = State(rawValue: "NOT_APPLICABLE")
            public static let preparing = State(rawValue: "PREPARING"), available = State(rawValue: "AVAILABLE")
        }

        public var state: State
        public var certificateInfo: CertificateInfo?
        public var warnings: [PreviewWarningInfo]?
        /// 7.0.3.
        public var certChain: [String]?

        public init(state: State, certificateInfo: CertificateInfo? = nil, warnings: [PreviewWarningInfo]? = nil, certChain: [String]? = nil) {
            (self.state, self.certificateInfo, self.warnings, self.certChain) = (state, certificateInfo, warnings, certChain)
        }

        public static let shape = Shape(
            "com.vmware.content.library.item.updatesession.preview_info", Self.init,
            ("state", \.state), ("certificate_info", \.certificateInfo), ("warnings", \.warnings), ("cert_chain", \.certChain))
    }

    /// The certificate that signs an OVF.
    public struct CertificateInfo: Structure {
        public var issuer: String
        public var subject: String
        public var selfSigned: Bool
        /// The certificate.
        public var x509: String

        public init(issuer: String, subject: String, selfSigned: Bool, x509: String) {
            (self.issuer, self.subject, self.selfSigned, self.x509) = (issuer, subject, selfSigned, x509)
        }

        public static let shape = Shape(
            "com.vmware.content.library.item.updatesession.certificate_info", Self.init,
            ("issuer", \.issuer), ("subject", \.subject), ("self_signed", \.selfSigned), ("x509", \.x509))
    }

    /// What can be wrong with the certificate.
    public struct WarningType: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let selfSignedCertificate = WarningType(rawValue: "SELF_SIGNED_CERTIFICATE")
        public static let expiredCertificate = WarningType(rawValue: "EXPIRED_CERTIFICATE")
        public static let notYetValidCertificate = WarningType(rawValue: "NOT_YET_VALID_CERTIFICATE")
        public static let untrustedCertificate = WarningType(rawValue: "UNTRUSTED_CERTIFICATE")
    }

    /// One thing that is wrong; one that is not ignored stops `complete`.
    public struct PreviewWarningInfo: Structure {
        public var type: WarningType
        public var message: Message
        public var ignored: Bool

        public init(type: WarningType, message: Message, ignored: Bool) { (self.type, self.message, self.ignored) = (type, message, ignored) }

        public static let shape = Shape(
            "com.vmware.content.library.item.updatesession.preview_warning_info", Self.init,
            ("type", \.type), ("message", \.message), ("ignored", \.ignored))
    }

    /// Whether warnings of a type are to be ignored.
    public struct WarningBehavior: Structure {
        public var type: WarningType
        public var ignored: Bool

        public init(type: WarningType, ignored: Bool) { (self.type, self.ignored) = (type, ignored) }

        public static let shape = Shape(
            "com.vmware.content.library.item.updatesession.warning_behavior", Self.init, ("type", \.type), ("ignored", \.ignored))
    }
}
