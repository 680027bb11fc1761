//! From a table's columns to a dataset: which columns, as what, and what becomes of missing cells.

use super::encoding::{Encoding, TableInputs};
use super::fill::{categories, rounded};
use super::{Table, repeated};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::number::Number;
use crate::targets::Targets;

/// What becomes of missing cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They are an error that names the line: the default, so that nothing is lost unseen.
    #[default]
    Refuse,
    /// Their rows are left out.
    Drop,
    /// A number becomes NaN, which [`MeanFill`](crate::MeanFill) replaces by what it learnt from the training part; a
    /// one-hot category becomes zeros; an index is one beyond those of the column's categories.
    Keep,
    /// As `Keep`, and a further column holds 1 where the cell is missing, else 0. Of an index no more is needed.
    Indicate,
}

/// Columns of a table on their way to a dataset: made by [`Table::features`].
///
/// The columns become a row's numbers in the order in which they are named here. Nothing is looked up before the last
/// call, [`label`](Self::label) or [`values`](Self::values), which also names the target, or [`inputs`](Self::inputs),
/// which needs none. A column is named once.
///
/// ```
/// use neuropil_data::{Csv, Missing, Source};
///
/// let text = "height,colour,kind\n1.5,red,oak\n,blue,elm\n2,red,elm\n";
/// let table = Csv::new().read(&Source::of("trees.csv", text.as_bytes())?)?;
/// let trees = table.features().missing(Missing::Drop).number("height").one_hot("colour").label::<f32>("kind")?;
/// assert_eq!(trees.features, ["height", "colour=blue", "colour=red"]);
/// assert_eq!(trees.classes, ["elm", "oak"]);
/// assert_eq!((trees.data.len(), trees.data.input(1)), (2, &[2.0, 0.0, 1.0][..]));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Features<'t> {
    pub(super) table: &'t Table,
    pub(super) columns: Vec<Column>,
    pub(super) missing: Missing,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    pub missing: Missing,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Number,
    /// With the names to know, or those that occur.
    Ordinal(Option<Vec<String>>),
    OneHot(Option<Vec<String>>),
    Index(Option<Vec<String>>),
}

/// A dataset made of a table, and what its numbers mean.
#[derive(Clone, Debug)]
pub struct TableData<T = f32> {
    /// The dataset: a row is `[features]`.
    pub data: Dataset<T>,
    /// What each number or index of a row is: "column", "column=category" or "column missing".
    pub features: Vec<String>,
    /// The names of the classes; empty if the targets are numbers.
    pub classes: Vec<String>,
    /// The row of the table that each row is.
    pub rows: Vec<usize>,
    /// How to make the same inputs of another table, which needs no target: for the requests of a server.
    pub encoding: Encoding,
}

impl<'t> Features<'t> {
    pub(super) fn new(table: &'t Table) -> Self {
        Self { table, columns: Vec::new(), missing: Missing::Refuse }
    }

    /// What becomes of missing cells in the columns, and in the target, that are named after this call. A missing
    /// target can only be refused or dropped.
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// A column of numbers.
    pub fn number(self, column: impl Into<String>) -> Self {
        self.with(column, Kind::Number)
    }

    /// Columns of numbers.
    pub fn numbers<S: Into<String>>(self, columns: impl IntoIterator<Item = S>) -> Self {
        columns.into_iter().fold(self, Self::number)
    }

    /// A category as as many numbers as there are categories, one of them 1 and the others 0.
    pub fn one_hot(self, column: impl Into<String>) -> Self {
        self.with(column, Kind::OneHot(None))
    }

    /// As [`one_hot`](Self::one_hot), of these categories in this order, for a table that must mean the same as
    /// another. A category that is not among them is an error.
    pub fn one_hot_of<S: Into<String>>(
        self,
        column: impl Into<String>,
        categories: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with(column, Kind::OneHot(Some(categories.into_iter().map(Into::into).collect())))
    }

    /// A category as one number, its place among the categories: 0, 1, 2 and so on.
    pub fn ordinal(self, column: impl Into<String>) -> Self {
        self.with(column, Kind::Ordinal(None))
    }

    /// As [`ordinal`](Self::ordinal), of these categories in this order: low, middle, high.
    pub fn ordinal_of<S: Into<String>>(
        self,
        column: impl Into<String>,
        categories: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with(column, Kind::Ordinal(Some(categories.into_iter().map(Into::into).collect())))
    }

    /// A category as an index, for an embedding. All columns must be indices then. One table serves them all: each
    /// column's indices begin where those of the column before it end.
    ///
    /// ```
    /// # use neuropil_data::{Csv, InputKind, Source};
    /// let text = "colour,size,kind\nred,small,oak\nblue,large,elm\n";
    /// let table = Csv::new().read(&Source::of("trees.csv", text.as_bytes())?)?;
    /// let data = table.features().index("colour").index("size").label::<f32>("kind")?.data;
    /// // 0 blue, 1 red; 2 large, 3 small.
    /// assert_eq!(data.input_kind(), InputKind::Indices { limit: 4 });
    /// assert_eq!(data.input_indices(0), Some(&[1, 3][..]));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    pub fn index(self, column: impl Into<String>) -> Self {
        self.with(column, Kind::Index(None))
    }

    /// As [`index`](Self::index), of these categories in this order.
    pub fn index_of<S: Into<String>>(
        self,
        column: impl Into<String>,
        categories: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with(column, Kind::Index(Some(categories.into_iter().map(Into::into).collect())))
    }

    fn with(mut self, column: impl Into<String>, kind: Kind) -> Self {
        self.columns.push(Column { name: column.into(), kind, missing: self.missing });
        self
    }

    /// The inputs alone, of a table without a target. For the same inputs as another table gave, with all its
    /// categories, see [`Encoding::inputs`].
    ///
    /// ```
    /// # use neuropil_data::Table;
    /// let trees = Table::of_cells("trees", ["height", "colour"], ["1.5", "red", "2", "blue"])?;
    /// let made = trees.features().one_hot("colour").number("height").inputs::<f32>()?;
    /// assert_eq!(made.features, ["colour=blue", "colour=red", "height"]);
    /// assert_eq!(made.inputs.into_numbers()?, [0.0, 1.0, 1.5, 1.0, 0.0, 2.0]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`label`](Self::label).
    pub fn inputs<T: Number>(self) -> Result<TableInputs<T>, DataError> {
        self.check_names(&[])?;
        let rows = self.kept_rows(&[], |_| true)?;
        if rows.is_empty() {
            return Err(self.table.in_file(DataError::Empty));
        }
        self.fill(rows)
    }

    /// The dataset whose target is a category.
    ///
    /// # Errors
    /// Each names the file.
    /// - [`DataError::Column`]: there is no such column. [`DataError::NoColumns`]: no columns were named.
    /// - [`DataError::ColumnTwice`], [`DataError::CategoryTwice`]: a column was named twice, be it as input and target,
    ///   or a category of it was.
    /// - [`DataError::Malformed`]: a cell is missing where that is refused, or is no number, or no known category.
    /// - [`DataError::Categories`]: more than 1,024 categories to make columns of.
    /// - [`DataError::Mixed`]: some columns are indices and some numbers.
    /// - [`DataError::InFile`]: no row is left ([`DataError::Empty`]), or more than `u32::MAX`.
    pub fn label<T: Number>(self, column: &str) -> Result<TableData<T>, DataError> {
        let names = None;
        self.labelled(column, names)
    }

    /// As [`label`](Self::label), with these classes in this order, for a table that must mean the same as another. A
    /// class that is not among them is an error.
    ///
    /// # Errors
    /// As [`label`](Self::label).
    pub fn label_of<T: Number, S: Into<String>>(
        self,
        column: &str,
        classes: impl IntoIterator<Item = S>,
    ) -> Result<TableData<T>, DataError> {
        self.labelled(column, Some(classes.into_iter().map(Into::into).collect()))
    }

    fn labelled<T: Number>(
        self,
        column: &str,
        names: Option<Vec<String>>,
    ) -> Result<TableData<T>, DataError> {
        let table = self.table;
        self.check_names(&[column])?;
        let categories = categories(table, column, names.as_deref())?;
        let present = |row: usize| categories.codes[row].is_some();
        let rows = self.kept_rows(&[column], present)?;
        let TableInputs { inputs, features, rows, encoding } = self.fill(rows)?;
        let labels = rows.iter().filter_map(|&row| categories.codes[row]).collect();
        let classes = categories.names;
        let targets = Targets::Labels { labels, classes: classes.len(), shape: Vec::new() };
        let data = Dataset::new([features.len()], inputs, targets);
        let data = data.map_err(|error| table.in_file(error))?;
        Ok(TableData { data, features, classes, rows, encoding })
    }

    /// The dataset whose targets are numbers, `[columns]` a row.
    ///
    /// # Errors
    /// As [`label`](Self::label).
    pub fn values<T: Number, S: AsRef<str>>(
        self,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<TableData<T>, DataError> {
        let names: Vec<S> = columns.into_iter().collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let table = self.table;
        if names.is_empty() {
            return Err(DataError::NoColumns { file: table.file.clone(), what: "targets" });
        }
        self.check_names(&names)?;
        let columns: Vec<_> =
            names.iter().map(|name| table.numbers(name)).collect::<Result<_, _>>()?;
        let present = |row: usize| columns.iter().all(|column| column[row].is_some());
        let rows = self.kept_rows(&names, present)?;
        let TableInputs { inputs, features, rows, encoding } = self.fill(rows)?;
        let mut values = Vec::with_capacity(rows.len() * names.len());
        for &row in &rows {
            for (name, column) in names.iter().zip(&columns) {
                let value = column[row].unwrap_or(f64::NAN);
                values.push(rounded(table, row, name, value)?);
            }
        }
        let targets = Targets::Values { values, shape: vec![names.len()] };
        let data = Dataset::new([features.len()], inputs, targets);
        let data = data.map_err(|error| table.in_file(error))?;
        Ok(TableData { data, features, classes: Vec::new(), rows, encoding })
    }

    /// That there are columns, each named once.
    fn check_names(&self, targets: &[&str]) -> Result<(), DataError> {
        let file = &self.table.file;
        if self.columns.is_empty() {
            return Err(DataError::NoColumns { file: file.clone(), what: "inputs" });
        }
        let inputs = self.columns.iter().map(|column| column.name.as_str());
        match repeated(inputs.chain(targets.iter().copied())).map(str::to_owned) {
            Some(column) => Err(DataError::ColumnTwice { file: file.clone(), column }),
            None => Ok(()),
        }
    }
}
