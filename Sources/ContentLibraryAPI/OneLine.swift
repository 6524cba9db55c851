extension String {
    /// The text in one line, for a log or a terminal: control characters become spaces, and what exceeds the limit (in scalars) is cut.
    func oneLine(limit: Int = 1000) -> String {
        var out = String.UnicodeScalarView()
        for (count, scalar) in unicodeScalars.enumerated() {
            guard count < limit else { return String(out) + "..." }
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: out.append(" ")
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}
