//! Tables in Markdown that are as easy to read in a terminal, and numbers with as many digits as
//! mean something.

use std::fmt;

/// A table: the first column at the left, all others at the right.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings and no rows.
    pub fn new(headings: Vec<String>) -> Self {
        Self { rows: vec![headings] }
    }

    /// The headings, then each row.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it does not have a cell for each heading.
    pub fn row(&mut self, cells: Vec<String>) {
        let headings = self.rows[0].len();
        assert!(
            cells.len() == headings,
            "a row of {} cells below {headings} headings",
            cells.len()
        );
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width_of = |column: usize| {
            let widths = self.rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..self.rows[0].len()).map(width_of).collect();
        for (i, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, "| {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            writeln!(f)?;
            if i == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    match column {
                        0 => write!(f, "| {:-<width$} |", "")?,
                        _ => write!(f, " {:->1$} |", ":", width)?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// A number of at least zero with three digits or more: `0.512`, `5.12`, `51.2`, `512`, `5,120`.
pub fn digits(x: f64) -> String {
    // The borders are where fewer decimals round up to the next power of ten.
    match x {
        x if x < 0.9995 => format!("{x:.3}"),
        x if x < 9.995 => format!("{x:.2}"),
        x if x < 99.95 => format!("{x:.1}"),
        x => thousands(x),
    }
}

/// A whole number with a comma before each three digits.
pub(crate) fn thousands(x: f64) -> String {
    let digits = format!("{x:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of one in percent.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::{Table, digits, percent};

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_table_is_markdown_with_even_columns() {
        let mut table = Table::new(cells(&["workload", "µs"]));
        table.row(cells(&["a", "1,234"]));
        table.row(cells(&["a longer name", "5.67"]));
        let expected = "\
            | workload      |    µs |\n\
            | ------------- | ----: |\n\
            | a             | 1,234 |\n\
            | a longer name |  5.67 |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    #[should_panic(expected = "a row of 1 cells below 2 headings")]
    fn a_row_that_lacks_a_cell_panics() {
        Table::new(cells(&["a", "b"])).row(cells(&["1"]));
    }

    #[test]
    fn numbers_keep_three_digits() {
        for (x, text) in [
            (0.0, "0.000"),
            (0.0514, "0.051"),
            (0.9994, "0.999"),
            (0.9996, "1.00"),
            (9.994, "9.99"),
            (9.996, "10.0"),
            (99.94, "99.9"),
            (99.96, "100"),
            (999.6, "1,000"),
            (24_103.4, "24,103"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(digits(x), text);
        }
    }

    #[test]
    fn shares_are_in_percent() {
        assert_eq!(percent(0.654), "65 %");
        assert_eq!(percent(1.0), "100 %");
    }
}
