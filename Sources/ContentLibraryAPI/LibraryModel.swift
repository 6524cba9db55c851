extension Library {
    /// Whether a library's content is managed here, or copied from elsewhere.
    public struct Kind: OpenEnum {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public static let local = Kind(rawValue: "LOCAL"), subscribed = Kind(rawValue: "SUBSCRIBED")
    }

    /// A library as it is created, read and updated: one shape for all three, so every field is optional.
    public struct Model: Structure {
        public var id: ID?
        public var creationTime: Timestamp?
        public var description: String?
        /// Of the metadata or the items.
        public var lastModifiedTime: Timestamp?
        /// Subscribed libraries only.
        public var lastSyncTime: Timestamp?
        /// Not unique. Needed to create one.
        public var name: String?
        /// Exactly one to create one.
        public var storageBackings: [StorageBacking]?
        public var type: Kind?
        public var optimizationInfo: OptimizationInfo?
        /// Rises with every change of the metadata. Only its difference means something.
        public var version: String?
        public var publishInfo: PublishInfo?
        public var subscriptionInfo: SubscriptionInfo?
        /// The server that has it.
        public var serverGUID: String?
        /// What its OVF items must meet (7.0.3).
        public var securityPolicyID: String?
        /// In an update: take the policy away.
        public var unsetSecurityPolicyID: Bool?
        /// 9.x.
        public var stateInfo: StateInfo?
        /// 9.x.
        public var configurationInfo: ConfigurationInfo?

        public init(
            id: ID? = nil, creationTime: Timestamp? = nil, description: String? = nil, lastModifiedTime: Timestamp? = nil, lastSyncTime: Timestamp? = nil,
            name: String? = nil, storageBackings: [StorageBacking]? = nil, type: Kind? = nil, optimizationInfo: OptimizationInfo? = nil,
            version: String? = nil, publishInfo: PublishInfo? = nil, subscriptionInfo: SubscriptionInfo? = nil, serverGUID: String? = nil,
            securityPolicyID: String? = nil, unsetSecurityPolicyID: Bool? = nil, stateInfo: StateInfo? = nil, configurationInfo: ConfigurationInfo? = nil
        ) {
            (self.id, self.creationTime, self.description, self.lastModifiedTime) = (id, creationTime, description, lastModifiedTime)
            (self.lastSyncTime, self.name, self.storageBackings, self.type) = (lastSyncTime, name, storageBackings, type)
            (self.optimizationInfo, self.version, self.publishInfo, self.subscriptionInfo) = (optimizationInfo, version, publishInfo, subscriptionInfo)
            (self.serverGUID, self.securityPolicyID, self.unsetSecurityPolicyID) = (serverGUID, securityPolicyID, unsetSecurityPolicyID)
            (self.stateInfo, self.configurationInfo) = (stateInfo, configurationInfo)
        }

        public static let shape = Shape(
            "com.vmware.content.library_model", Self.init,
            ("id", \.id), ("creation_time", \.creationTime), ("description", \.description), ("last_modified_time", \.lastModifiedTime),
            ("last_sync_time", \.lastSyncTime), ("name", \.name), ("storage_backings", \.storageBackings), ("type", \.type),
            ("optimization_info", \.optimizationInfo), ("version", \.version), ("publish_info", \.publishInfo),
            ("subscription_info", \.subscriptionInfo), ("server_guid", \.serverGUID), ("security_policy_id", \.securityPolicyID),
            ("unset_security_policy_id", \.unsetSecurityPolicyID), ("state_info", \.stateInfo), ("configuration_info", \.configurationInfo))
    }

    /// How a published library is tuned.
    public struct OptimizationInfo: Structure {
        public var optimizeRemotePublishing: Bool?

        public init(optimizeRemotePublishing: Bool? = nil) { self.optimizeRemotePublishing = optimizeRemotePublishing }

        public static let shape = Shape(
            "com.vmware.content.library.optimization_info", Self.init, ("optimize_remote_publishing", \.optimizeRemotePublishing))
    }

    /// Whether a library takes changes (9.x).
    public struct StateInfo: Structure {
        /// A library in maintenance takes no changes.
        public struct State: OpenEnum {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }
            public static let active = State(rawValue: "ACTIVE"), maintenance = State(rawValue: "MAINTENANCE")
        }

        public var state: State?
        public var message: String?

        public init(state: State? = nil, message: String? = nil) { (self.state, self.message) = (state, message) }

        public static let shape = Shape("com.vmware.content.library.state_info", Self.init, ("state", \.state), ("message", \.message))
    }

    /// Settings of a library (9.x).
    public struct ConfigurationInfo: Structure {
        public var applyLibraryUsageToItems: Bool?

        public init(applyLibraryUsageToItems: Bool? = nil) { self.applyLibraryUsageToItems = applyLibraryUsageToItems }

        public static let shape = Shape(
            "com.vmware.content.library.configuration_info", Self.init, ("apply_library_usage_to_items", \.applyLibraryUsageToItems))
    }
}
