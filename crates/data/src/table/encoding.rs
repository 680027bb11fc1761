//! What a table was made into, kept so that another one means the same: for the requests of a server, or a test set
//! in a file of its own.

use super::Table;
use super::features::{Column, Features, Kind, Missing};
use crate::error::DataError;
use crate::inputs::Inputs;
use crate::number::Number;

/// How the columns of a table became the numbers or indices of a row, with the categories that were found: made with
/// a [`TableData`](super::TableData) or [`TableInputs`], and good for every table with these columns, be it of one row
/// and without the target.
///
/// ```
/// use neuropil_data::{Csv, MeanFill, Missing, Source, Table};
///
/// let text = "height,colour,kind\n1.5,red,oak\n2.5,blue,elm\n,red,elm\n";
/// let table = Csv::new().read(&Source::of("trees.csv", text.as_bytes())?)?;
/// let trees =
///     table.features().missing(Missing::Keep).number("height").one_hot("colour").label::<f32>("kind")?;
/// let fill = MeanFill::fit(&trees.data)?;
///
/// // Later, a tree of unknown height and unknown kind. Alone it would not tell that there are blue ones.
/// let request = Table::of_cells("request", ["colour", "height"], ["red", "NA"])?;
/// let encoded = trees.encoding.inputs(&request)?;
/// assert_eq!(encoded.features, ["height", "colour=blue", "colour=red"]);
/// let mut row: Vec<f32> = encoded.inputs.into_numbers()?;
/// fill.fill(&mut row);
/// assert_eq!(row, [2.0, 0.0, 1.0]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoding {
    /// Each with its categories.
    pub(super) columns: Vec<Column>,
}

/// The inputs made of a table, and what they mean.
#[derive(Clone, Debug)]
pub struct TableInputs<T = f32> {
    /// `[rows, features]`.
    pub inputs: Inputs<T>,
    /// What each number or index of a row is: "column", "column=category" or "column missing".
    pub features: Vec<String>,
    /// The row of the table that each row is.
    pub rows: Vec<usize>,
    /// How to make the same of another table.
    pub encoding: Encoding,
}

impl Encoding {
    /// The inputs of another table by the same steps: the same columns as the same kinds, in the same order, with the
    /// same categories; and missing cells treated alike, so that of columns with [`Missing::Drop`] rows are left out
    /// ([`TableInputs::rows`] says which are left). Other columns of the table are not looked at.
    ///
    /// # Errors
    /// As [`Features::inputs`]. A category that the first table did not have is a [`DataError::Malformed`].
    pub fn inputs<T: Number>(&self, table: &Table) -> Result<TableInputs<T>, DataError> {
        // No target is named that this could matter to.
        let missing = Missing::Refuse;
        Features { table, columns: self.columns.clone(), missing }.inputs()
    }

    /// The categories of a column in the order of their numbers, or `None` if it is none of these columns or one of
    /// numbers. Kept beside the weights, they make the same features again: [`Features::one_hot_of`],
    /// [`Features::ordinal_of`], [`Features::index_of`].
    pub fn categories(&self, column: &str) -> Option<&[String]> {
        match &self.columns.iter().find(|own| own.name == column)?.kind {
            Kind::Number => None,
            Kind::Ordinal(names) | Kind::OneHot(names) | Kind::Index(names) => names.as_deref(),
        }
    }
}
