/// Rows in columns that are as wide as their widest cell.
struct TextTable {
    private var rows: [[String]]

    init(_ head: [String]) { rows = [head] }
    mutating func add(_ row: [String]) { rows.append(row) }

    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.indices.contains(column) ? $0[column].unicodeScalars.count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
            }
            return cells.joined(separator: "  ")
        }
    }
}
