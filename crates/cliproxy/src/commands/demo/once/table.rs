//! A table of text.

/// Lines up columns: words to the left, figures to the right. A column of figures is one whose
/// first cell begins with a digit.
pub(super) fn render<const N: usize>(
    headings: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let rows: Vec<[String; N]> = rows.collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let figures: [bool; N] = std::array::from_fn(|column| {
        let first = rows.iter().find_map(|row| row[column].chars().next());
        first.is_some_and(|first| first.is_ascii_digit())
    });
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (column, cell) in cells.into_iter().enumerate() {
            let (gap, width) = (if column == 0 { "" } else { "  " }, widths[column]);
            line.push_str(gap);
            line.push_str(&if figures[column] {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            });
        }
        format!("{}\n", line.trim_end())
    };
    let rules = widths.map(|width| "-".repeat(width));
    let mut table = line(*headings);
    table.push_str(&line(rules.each_ref().map(String::as_str)));
    for row in &rows {
        table.push_str(&line(row.each_ref().map(String::as_str)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn columns_line_up() {
        let rows = [["chat", "85 µs"], ["responses", "1.2 ms"], ["x", "-"]];
        let table = render(
            &["protocol", "time"],
            rows.into_iter().map(|row| row.map(str::to_owned)),
        );
        assert_eq!(
            table,
            "\
protocol     time
---------  ------
chat        85 µs
responses  1.2 ms
x               -
"
        );
    }

    #[test]
    fn no_rows() {
        let table = render(&["a", "bc"], std::iter::empty());
        assert_eq!(table, "a  bc\n-  --\n");
    }
}
