//! From a table's columns to a dataset: which columns, as what, and what becomes of missing cells.

use super::{Categories, Table};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::inputs::Inputs;
use crate::number::Number;
use crate::source::quoted;
use crate::targets::Targets;

/// The most names that [`Features::one_hot`] makes columns of: a column of names that are all different would make a
/// row as wide as the table is long.
const MOST_CATEGORIES: usize = 1024;

/// What becomes of missing cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They are an error that names the line: the default, so that nothing is lost unseen.
    #[default]
    Refuse,
    /// Their rows are left out.
    Drop,
    /// A number becomes NaN, which [`MeanFill`](crate::MeanFill) replaces by what it learnt from the training part; a
    /// one-hot category becomes zeros.
    Keep,
    /// As `Keep`, and a further column holds 1 where the cell is missing, else 0.
    Indicate,
}

/// Columns of a table on their way to a dataset: made by [`Table::features`].
///
/// The columns become a row's numbers in the order in which they are named here. Nothing is looked up before the last
/// call, [`label`](Self::label) or [`values`](Self::values), which also names the target.
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
    table: &'t Table,
    columns: Vec<Column>,
    missing: Missing,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: Kind,
    missing: Missing,
}

#[derive(Clone, Debug)]
enum Kind {
    Number,
    /// With the names to know, or those that occur.
    Ordinal(Option<Vec<String>>),
    OneHot(Option<Vec<String>>),
}

/// A dataset made of a table, and what its numbers mean.
#[derive(Clone, Debug)]
pub struct TableData<T = f32> {
    /// The dataset: a row is `[features]`.
    pub data: Dataset<T>,
    /// What each number of a row is: "column", "column=category" or "column missing".
    pub features: Vec<String>,
    /// The names of the classes; empty if the targets are numbers.
    pub classes: Vec<String>,
    /// The row of the table that each row is.
    pub rows: Vec<usize>,
}

/// A column found in the table, with its cells.
enum Cells {
    Numbers(Vec<Option<f64>>),
    Ordinal(Categories),
    OneHot(Categories),
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

    fn with(mut self, column: impl Into<String>, kind: Kind) -> Self {
        self.columns.push(Column { name: column.into(), kind, missing: self.missing });
        self
    }

    /// The dataset whose target is a category.
    ///
    /// # Errors
    /// Each names the file.
    /// - [`DataError::Column`]: there is no such column.
    /// - [`DataError::Malformed`]: a cell is missing where that is refused, or is no number, or no known category.
    /// - [`DataError::Categories`]: more than 1,024 categories to make columns of.
    /// - [`DataError::Shape`]: no columns were named. [`DataError::Empty`]: no row is left.
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
        let categories = categories(table, column, names.as_deref())?;
        let present = |row: usize| categories.codes[row].is_some();
        let rows = self.kept_rows(&[column], present)?;
        let (inputs, features) = self.fill(&rows)?;
        let labels = rows.iter().filter_map(|&row| categories.codes[row]).collect();
        let classes = categories.names;
        let targets = Targets::Labels { labels, classes: classes.len(), shape: Vec::new() };
        let data = Dataset::new([features.len()], Inputs::Numbers(inputs), targets)?;
        Ok(TableData { data, features, classes, rows })
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
        let columns: Vec<_> =
            names.iter().map(|name| self.table.numbers(name)).collect::<Result<_, _>>()?;
        let present = |row: usize| columns.iter().all(|column| column[row].is_some());
        let rows = self.kept_rows(&names, present)?;
        let (inputs, features) = self.fill(&rows)?;
        let mut values = Vec::with_capacity(rows.len() * names.len());
        for &row in &rows {
            for (name, column) in names.iter().zip(&columns) {
                let value = column[row].unwrap_or(f64::NAN);
                values.push(rounded(self.table, row, name, value)?);
            }
        }
        let targets = Targets::Values { values, shape: vec![names.len()] };
        let data = Dataset::new([features.len()], Inputs::Numbers(inputs), targets)?;
        Ok(TableData { data, features, classes: Vec::new(), rows })
    }

    /// The rows that stay, when those are left out that miss a cell in a column where that means so.
    fn kept_rows(
        &self,
        targets: &[&str],
        target_present: impl Fn(usize) -> bool,
    ) -> Result<Vec<usize>, DataError> {
        let places: Vec<usize> =
            self.columns.iter().map(|c| self.table.column(&c.name)).collect::<Result<_, _>>()?;
        let mut rows = Vec::new();
        'rows: for row in 0..self.table.rows() {
            for (column, &place) in self.columns.iter().zip(&places) {
                if column.missing == Missing::Drop && self.table.cell(row, place).is_none() {
                    continue 'rows;
                }
            }
            if target_present(row) {
                rows.push(row);
            } else if self.missing != Missing::Drop {
                let names: Vec<String> = targets.iter().map(|name| quoted(name)).collect();
                let expected = format!("a target in column {}", names.join(", "));
                return Err(self.table.malformed(row, expected, "a missing cell".to_owned()));
            }
        }
        Ok(rows)
    }

    /// The numbers of these rows, `[rows, features]`, and what each feature is.
    fn fill<T: Number>(&self, rows: &[usize]) -> Result<(Vec<T>, Vec<String>), DataError> {
        let mut features = Vec::new();
        let mut columns = Vec::new();
        for column in &self.columns {
            let (name, table) = (&column.name, self.table);
            columns.push(match &column.kind {
                Kind::Number => {
                    features.push(name.clone());
                    Cells::Numbers(table.numbers(name)?)
                }
                Kind::Ordinal(names) => {
                    features.push(name.clone());
                    Cells::Ordinal(categories(table, name, names.as_deref())?)
                }
                Kind::OneHot(names) => {
                    let found = categories(table, name, names.as_deref())?;
                    if names.is_none() && found.names.len() > MOST_CATEGORIES {
                        return Err(DataError::Categories {
                            file: table.file.clone(),
                            column: name.clone(),
                            found: found.names.len(),
                            most: MOST_CATEGORIES,
                        });
                    }
                    features.extend(found.names.iter().map(|one| format!("{name}={one}")));
                    Cells::OneHot(found)
                }
            });
            if column.missing == Missing::Indicate {
                features.push(format!("{name} missing"));
            }
        }
        let mut numbers = Vec::with_capacity(rows.len() * features.len());
        for &row in rows {
            for (column, cells) in self.columns.iter().zip(&columns) {
                let missing = self.push(&mut numbers, row, column, cells)?;
                if missing && column.missing == Missing::Refuse {
                    let expected = format!("a value in column {}", quoted(&column.name));
                    let found = "a missing cell".to_owned();
                    return Err(self.table.malformed(row, expected, found));
                }
                if column.missing == Missing::Indicate {
                    numbers.push(T::from_f64(f64::from(u8::from(missing))));
                }
            }
        }
        Ok((numbers, features))
    }

    /// Appends what a cell becomes; whether it is missing.
    fn push<T: Number>(
        &self,
        numbers: &mut Vec<T>,
        row: usize,
        column: &Column,
        cells: &Cells,
    ) -> Result<bool, DataError> {
        let missing = T::from_f64(f64::NAN);
        match cells {
            Cells::Numbers(column_numbers) => {
                let number = column_numbers[row];
                numbers.push(match number {
                    Some(number) => rounded(self.table, row, &column.name, number)?,
                    None => missing,
                });
                Ok(number.is_none())
            }
            Cells::Ordinal(categories) => {
                let code = categories.codes[row];
                numbers.push(code.map_or(missing, |code| T::from_f64(f64::from(code))));
                Ok(code.is_none())
            }
            Cells::OneHot(categories) => {
                let start = numbers.len();
                numbers.resize(start + categories.names.len(), T::default());
                let code = categories.codes[row];
                if let Some(code) = code {
                    numbers[start + code as usize] = T::from_f64(1.0);
                }
                Ok(code.is_none())
            }
        }
    }
}

/// A cell's number as `T`, which may be too small for it.
fn rounded<T: Number>(
    table: &Table,
    row: usize,
    column: &str,
    number: f64,
) -> Result<T, DataError> {
    let rounded = T::from_f64(number);
    if number.is_finite() && !rounded.to_f64().is_finite() {
        let type_name = std::any::type_name::<T>();
        let expected = format!("a number that {type_name} can hold in column {}", quoted(column));
        return Err(table.malformed(row, expected, number.to_string()));
    }
    Ok(rounded)
}

/// A column's categories, of these names if given.
fn categories(
    table: &Table,
    column: &str,
    names: Option<&[String]>,
) -> Result<Categories, DataError> {
    let found = table.categories(column)?;
    let Some(names) = names else { return Ok(found) };
    let places: Vec<Option<u32>> = found
        .names
        .iter()
        .map(|one| names.iter().position(|name| name == one).map(|place| place as u32))
        .collect();
    let mut codes = found.codes;
    for (row, code) in codes.iter_mut().enumerate() {
        let Some(old) = *code else { continue };
        if places[old as usize].is_none() {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            let expected = format!("one of {} in column {}", names.join(", "), quoted(column));
            return Err(table.malformed(row, expected, quoted(&found.names[old as usize])));
        }
        *code = places[old as usize];
    }
    Ok(Categories { names: names.to_vec(), codes })
}
