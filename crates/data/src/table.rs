//! A table of text as it stands in a file: named columns, some cells missing; numbers and categories on demand.

mod csv;
mod encoding;
mod features;
mod fill;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

pub use self::csv::Csv;
pub use self::encoding::{Encoding, TableInputs};
pub use self::features::{Features, Missing, TableData};
use crate::error::{DataError, counted};
use crate::source::quoted;

/// What stands for a missing cell unless [`Csv::missing`] says otherwise.
const MISSING: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"];

/// A table read from a file: every cell is text until it is asked for as a number or a category.
///
/// ```
/// use neuropil_data::{Csv, Source, Table};
///
/// let text = "height,colour\n1.5,red\nNA,blue\n";
/// let table = Csv::new().read(&Source::of("trees.csv", text.as_bytes())?)?;
/// assert_eq!((table.rows(), table.width()), (2, 2));
/// assert_eq!((table.cell(0, 1), table.cell(1, 0)), (Some("red"), None));
/// assert_eq!(table.numbers("height")?, [Some(1.5), None]);
/// assert_eq!(table.categories("colour")?.names, ["blue", "red"]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct Table {
    file: String,
    names: Vec<String>,
    /// All cells, one after the other, row by row.
    text: String,
    /// Where in `text` each cell ends.
    ends: Vec<usize>,
    /// The line of each row.
    lines: Vec<usize>,
    /// What stands for a missing cell.
    missing: Vec<String>,
}

/// A column whose cells are names: made by [`Table::categories`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    /// The names that occur: by value if all are numbers, else in the order of their characters.
    pub names: Vec<String>,
    /// The place of each row's name in `names`, or `None` if the cell is missing.
    pub codes: Vec<Option<u32>>,
}

impl Table {
    /// Reads a file of comma-separated values whose first line names the columns: [`Csv::new`] with all its defaults.
    ///
    /// ```no_run
    /// let table = neuropil_data::Table::open("examples/data/tabular/penguins.csv")?;
    /// assert_eq!(table.rows(), 344);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Csv::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Csv::new().open(path)
    }

    /// A table of cells in memory, row by row, such as a request to a server: `cells` is `[rows, names]`. `name` stands
    /// in errors in place of a file, and a row counts as a line, from 1. What is a missing cell, and white space, is as
    /// for [`Csv::new`].
    ///
    /// ```
    /// use neuropil_data::Table;
    ///
    /// let table = Table::of_cells("request", ["height", "colour"], ["1.5", "red", "NA", "blue"])?;
    /// assert_eq!(table.numbers("height")?, [Some(1.5), None]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::NoColumns`]: there are no names.
    /// - [`DataError::Malformed`]: two columns have one name, or the last row has less than a cell for each.
    pub fn of_cells<N: Into<String>, C: AsRef<str>>(
        name: impl Into<String>,
        names: impl IntoIterator<Item = N>,
        cells: impl IntoIterator<Item = C>,
    ) -> Result<Self, DataError> {
        let (file, names) = (name.into(), names.into_iter().map(Into::into).collect::<Vec<_>>());
        if names.is_empty() {
            return Err(DataError::NoColumns { file, what: "names" });
        }
        if let Some(column) = repeated(names.iter().map(String::as_str)).map(str::to_owned) {
            let (expected, found) = ("different names".to_owned(), quoted(&column) + " twice");
            return Err(DataError::Malformed { file, line: 1, expected, found });
        }
        let (mut text, mut ends) = (String::new(), Vec::new());
        for cell in cells {
            text.push_str(cell.as_ref().trim());
            ends.push(text.len());
        }
        let (rows, rest) = (ends.len() / names.len(), ends.len() % names.len());
        if rest != 0 {
            let (expected, found) = (counted(names.len(), "value"), counted(rest, "value"));
            return Err(DataError::Malformed { file, line: rows + 1, expected, found });
        }
        let missing = MISSING.map(str::to_owned).to_vec();
        Ok(Self { file, names, text, ends, lines: (1..=rows).collect(), missing })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The number of columns.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The names of the columns; without a header they are "0", "1" and so on.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A cell's text, without white space around it, or `None` if the cell is missing.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let (rows, width) = (self.rows(), self.width());
        assert!(
            row < rows && column < width,
            "cell ({row}, {column}) of a table of {rows} rows and {width} columns"
        );
        let cell = row * width + column;
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] };
        let text = &self.text[start..self.ends[cell]];
        if self.missing.iter().any(|missing| missing == text) { None } else { Some(text) }
    }

    /// A column's numbers, `[rows]`, `None` where a cell is missing.
    ///
    /// # Errors
    /// [`DataError::Column`] if there is no such column, [`DataError::Malformed`] if a cell is no finite number.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, DataError> {
        let column = self.column(column)?;
        (0..self.rows()).map(|row| self.number(row, column)).collect()
    }

    /// A column's categories.
    ///
    /// # Errors
    /// [`DataError::Column`] if there is no such column.
    pub fn categories(&self, column: &str) -> Result<Categories, DataError> {
        let column = self.column(column)?;
        let cells = || (0..self.rows()).map(|row| self.cell(row, column));
        let distinct: BTreeSet<&str> = cells().flatten().collect();
        let mut names: Vec<&str> = distinct.iter().copied().collect();
        let values: Option<Vec<f64>> = names.iter().map(|name| finite(name)).collect();
        if let Some(values) = values {
            let mut order: Vec<usize> = (0..names.len()).collect();
            order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
            names = order.into_iter().map(|place| names[place]).collect();
        }
        // The names in the order of their characters, with their places in the other order.
        let mut places: Vec<(&str, u32)> = names.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let code = |cell: &str| {
            places.binary_search_by(|(name, _)| (*name).cmp(cell)).ok().map(|at| places[at].1)
        };
        let codes = cells().map(|cell| cell.and_then(code)).collect();
        Ok(Categories { codes, names: names.into_iter().map(str::to_owned).collect() })
    }

    /// A start for choosing columns as the inputs of a dataset.
    pub fn features(&self) -> Features<'_> {
        Features::new(self)
    }

    /// The place of a column.
    pub(crate) fn column(&self, name: &str) -> Result<usize, DataError> {
        self.names.iter().position(|own| own == name).ok_or_else(|| DataError::Column {
            file: self.file.clone(),
            name: name.to_owned(),
            names: self.names.clone(),
        })
    }

    pub(crate) fn number(&self, row: usize, column: usize) -> Result<Option<f64>, DataError> {
        let Some(cell) = self.cell(row, column) else { return Ok(None) };
        let number = finite(cell);
        if number.is_none() {
            let expected = format!("a finite number in column {}", quoted(&self.names[column]));
            return Err(self.malformed(row, expected, quoted(cell)));
        }
        Ok(number)
    }

    /// What is wrong with a dataset made of this table.
    fn in_file(&self, error: DataError) -> DataError {
        DataError::InFile { file: self.file.clone(), error: Box::new(error) }
    }

    pub(crate) fn malformed(&self, row: usize, expected: String, found: String) -> DataError {
        DataError::Malformed { file: self.file.clone(), line: self.lines[row], expected, found }
    }
}

/// A name that stands in two places.
fn repeated<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let mut sorted: Vec<&str> = names.collect();
    sorted.sort_unstable();
    sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// What the table is, not its cells.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("file", &self.file)
            .field("names", &self.names)
            .field("rows", &self.rows())
            .finish_non_exhaustive()
    }
}
