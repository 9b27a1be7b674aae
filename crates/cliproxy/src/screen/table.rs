//! A table without lines.

use super::{Paint, Tone, plain};

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// Words, lined up to the left, under this heading.
    Words(&'static str),
    /// Figures, lined up to the right, under this heading.
    Figures(&'static str),
}

/// A piece of text in its tone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// Whatever the text holds, it stays on its line.
    pub(crate) fn new(text: &str) -> Self {
        Self::toned(Tone::Normal, text)
    }

    pub(crate) fn toned(tone: Tone, text: &str) -> Self {
        Self {
            text: plain(text),
            tone,
        }
    }
}

/// Rows under headings. A column with nothing in it is left out.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    columns: [Column; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) const fn new(columns: [Column; N]) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    /// The lines, each with this before it.
    pub(crate) fn render(&self, indent: &str, paint: Paint) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let headings = self.columns.map(|column| match column {
            Column::Figures(heading) | Column::Words(heading) => heading,
        });
        let widths = self.widths(headings);
        let line = |cells: [(&str, Tone); N]| {
            let mut line = indent.to_owned();
            let mut gap = 0;
            let shown = self.columns.iter().zip(widths).zip(cells);
            for ((column, width), (text, tone)) in shown {
                let Some(width) = width else { continue };
                let missing = width - text.chars().count();
                let (before, after) = match column {
                    Column::Figures(_) => (missing, 0),
                    Column::Words(_) => (0, missing),
                };
                if !text.is_empty() {
                    line.push_str(&" ".repeat(gap + before));
                    line.push_str(&paint.text(tone, text));
                    gap = after + 2;
                } else {
                    gap += width + 2;
                }
            }
            line.truncate(line.trim_end().len());
            line.push('\n');
            line
        };
        let mut table = line(headings.map(|heading| (heading, Tone::Faint)));
        for row in &self.rows {
            table.push_str(&line(row.each_ref().map(|cell| (&*cell.text, cell.tone))));
        }
        table
    }

    /// How wide each column is; `None` for one with nothing in it.
    fn widths(&self, headings: [&str; N]) -> [Option<usize>; N] {
        std::array::from_fn(|column| {
            let cells = self.rows.iter().map(|row| row[column].text.chars().count());
            let widest = cells.max().filter(|widest| *widest > 0)?;
            Some(widest.max(headings[column].chars().count()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Column, Table};
    use crate::screen::{Paint, Tone};

    const COLUMNS: [Column; 4] = [
        Column::Words("credential"),
        Column::Figures("priority"),
        Column::Words("note"),
        Column::Words("state"),
    ];

    #[test]
    fn columns_line_up_and_empty_ones_are_left_out() {
        let mut table = Table::new(COLUMNS);
        for [credential, priority, state] in [
            ["main", "0", "ready"],
            ["the spare key", "-10", ""],
            ["é", "", "cooling"],
        ] {
            let cells = [credential, priority, "", state].map(Cell::new);
            table.row(cells);
        }
        assert_eq!(
            table.render("  ", Paint::Nothing),
            "  credential     priority  state
  main                  0  ready
  the spare key       -10
  é                        cooling
"
        );
    }

    #[test]
    fn colours_do_not_count_as_width() {
        let mut table = Table::new(COLUMNS);
        let good = |text| Cell::toned(Tone::Good, text);
        table.row([good("a"), good("1"), Cell::default(), good("b")]);
        let painted = table.render("", Paint::Colours);
        let mut bare = painted.clone();
        for code in ["\u{1b}[32m", "\u{1b}[2m", "\u{1b}[0m"] {
            assert!(painted.contains(code));
            bare = bare.replace(code, "");
        }
        assert_eq!(bare, table.render("", Paint::Nothing));
    }

    #[test]
    fn a_cell_cannot_leave_its_line() {
        let mut table = Table::new([Column::Words("credential")]);
        table.row([Cell::new("a\n\u{1b}[2Jb")]);
        let text = table.render("", Paint::Nothing);
        assert_eq!(text, "credential\na\\n\\u{1b}[2Jb\n");
    }

    #[test]
    fn no_rows() {
        let table = Table::new(COLUMNS);
        assert_eq!(table.render("", Paint::Nothing), "");
    }
}
