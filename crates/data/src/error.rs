//! What can be wrong with training data: one error type for datasets and readers.

#[cfg(feature = "readers")]
use std::path::PathBuf;

#[cfg(feature = "readers")]
use crate::idx::IdxError;

/// Why a dataset could not be built, split or read. Each message names the thing, and the values that disagree.
///
/// The message is complete in itself: an inner error (of the operating system, of the file format) is part of it and
/// is therefore not repeated by [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A dataset needs at least one row.
    #[error("a dataset needs at least one row, found none")]
    Empty,

    /// Rows are numbered by `u32`, so there can be no more than `u32::MAX` of them.
    #[error("{rows} rows are more than a dataset can number ({})", u32::MAX)]
    TooManyRows {
        /// The rows found.
        rows: usize,
    },

    /// A shape of a sample with a dimension of zero, or with more numbers than memory can address.
    #[error("{what}: shape {shape:?} of one sample {problem}")]
    Shape {
        /// `"inputs"`, `"features"`, `"targets"` or `"labels"`.
        what: &'static str,
        /// The shape given.
        shape: Vec<usize>,
        /// What is wrong with it.
        problem: &'static str,
    },

    /// The numbers don't divide into samples of the shape.
    #[error(
        "inputs: {found} numbers don't divide into samples of shape {shape:?} ({width} numbers each)"
    )]
    Ragged {
        /// The numbers found.
        found: usize,
        /// The shape of one sample.
        shape: Vec<usize>,
        /// The numbers in one sample.
        width: usize,
    },

    /// An index that is not below the limit.
    #[error("row {row}: index {index} is not below the limit of the inputs, {limit}")]
    Index {
        /// The row, from 0.
        row: usize,
        /// The first index that is too large.
        index: u32,
        /// The size of the table or vocabulary.
        limit: usize,
    },

    /// The labels are not as many as the samples need.
    #[error("{rows} samples need {expected} labels, found {labels}")]
    LabelCount {
        /// Samples of the inputs.
        rows: usize,
        /// The labels that `rows` targets need.
        expected: usize,
        /// The labels found.
        labels: usize,
    },

    /// The target numbers are not as many as the samples need.
    #[error(
        "targets: {rows} samples of target shape {shape:?} need {expected} numbers, found {found}"
    )]
    ValueCount {
        /// Samples of the inputs.
        rows: usize,
        /// The shape of one sample's target.
        shape: Vec<usize>,
        /// The numbers that `rows` targets need.
        expected: usize,
        /// The numbers found.
        found: usize,
    },

    /// A label that is not below the number of classes.
    #[error("row {row}: label {label} is not below the number of classes, {classes}")]
    Label {
        /// The row, from 0.
        row: usize,
        /// Its label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },

    /// A fraction that is not a number between 0 and 1.
    #[error("split: the fraction must lie between 0 and 1, found {fraction}")]
    Fraction {
        /// The fraction given.
        fraction: f64,
    },

    /// A split that would leave one part without rows.
    #[error(
        "split: fraction {fraction} of {rows} rows gives parts of {first} and {} rows, and none may be empty",
        rows - first
    )]
    EmptyPart {
        /// The fraction given.
        fraction: f64,
        /// The rows to split.
        rows: usize,
        /// The rows that the first part would have.
        first: usize,
    },

    /// A number of folds that the rows don't allow.
    #[error("folds: expected a number of folds from 2 to the {rows} rows, found {k}")]
    Folds {
        /// The number given.
        k: usize,
        /// The rows to divide.
        rows: usize,
    },

    /// The number of a row that there isn't.
    #[error("select: row {row} of a dataset of {rows} rows")]
    Row {
        /// The row's number.
        row: usize,
        /// The rows there are.
        rows: usize,
    },

    /// What goes by class needs one label a row.
    #[error("{what}: expected one label a row, found {targets}")]
    NotOneLabel {
        /// The function.
        what: &'static str,
        /// The targets found.
        targets: String,
    },

    /// The weights are not as many as what they belong to.
    #[error("weights: {expected} {what} need {expected} weights, found {found}")]
    WeightCount {
        /// `"rows"` or `"classes"`.
        what: &'static str,
        /// How many there are.
        expected: usize,
        /// The weights found.
        found: usize,
    },

    /// A weight that is negative, infinite or NaN.
    #[error("weights: {what} {place}: expected a finite weight of at least 0, found {weight}")]
    Weight {
        /// `"row"` or `"class"`.
        what: &'static str,
        /// Its number, from 0.
        place: usize,
        /// Its weight.
        weight: f64,
    },

    /// All rows weigh nothing, so there is no mean over them.
    #[error("weights: the weights of all {rows} rows are zero")]
    NoWeight {
        /// The rows.
        rows: usize,
    },

    /// Lengths for samples without time.
    #[error(
        "lengths: expected samples of shape [time, features...], found single numbers (shape [])"
    )]
    NoTime,

    /// There is not one length for each row.
    #[error("lengths: {rows} rows need {rows} lengths, found {found}")]
    LengthCount {
        /// The rows.
        rows: usize,
        /// The lengths found.
        found: usize,
    },

    /// A length of zero, or of more steps than there are.
    #[error("lengths: row {row}: expected a length from 1 to {time}, found {length}")]
    Length {
        /// The row, from 0.
        row: usize,
        /// Its length.
        length: u32,
        /// The time steps of a padded row.
        time: usize,
    },

    /// A sequence that is empty or does not divide into time steps.
    #[error("sequence {row}: expected one or more steps of {width} numbers, found {found} numbers")]
    Sequence {
        /// The sequence, from 0.
        row: usize,
        /// Its numbers.
        found: usize,
        /// The numbers in one time step.
        width: usize,
    },

    /// More time steps than the sequences are to be padded to.
    #[error("padded: expected at least the {steps} time steps that rows have, found {time}")]
    Time {
        /// The steps asked for.
        time: usize,
        /// The steps there are.
        steps: usize,
    },

    /// What works on numbers was given indices.
    #[error("{what}: expected inputs that are numbers, found {inputs}")]
    NotNumbers {
        /// The function.
        what: &'static str,
        /// The inputs found.
        inputs: String,
    },

    /// What works on labels was given target numbers.
    #[error("one_hot: expected labels, found {targets}")]
    NotLabels {
        /// The targets found.
        targets: String,
    },

    /// What works on target numbers was given labels.
    #[error("targets: expected numbers, found {targets}")]
    NotValues {
        /// The targets found.
        targets: String,
    },

    /// An infinite number has no mean, and in a series no NaN is allowed either.
    #[error("{what}: row {row}, number {place}: expected a finite number, found {number}")]
    NotFinite {
        /// `"inputs"`, `"targets"` or `"series"`.
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The place in the row, from 0.
        place: usize,
        /// What stands there.
        number: f64,
    },

    /// A series of which nothing is known.
    #[error("interpolate: expected at least one number, found none in {}", counted(*steps, "step"))]
    NoNumber {
        /// The steps of the series.
        steps: usize,
    },

    /// A feature of which nothing is known.
    #[error("{what}: feature {feature} is missing (NaN) in all rows")]
    AllMissing {
        /// `"inputs"` or `"targets"`.
        what: &'static str,
        /// The feature, from 0.
        feature: usize,
    },

    /// Numbers to normalize by, or to fill in, that are none.
    #[error("{what}: {problem}")]
    Scale {
        /// `"normalization"` or `"mean fill"`.
        what: &'static str,
        /// What is wrong.
        problem: String,
    },

    /// Samples, or targets, that don't consist of the features that were learnt.
    #[error(
        "{what}: {features} features are neither all of shape {shape:?} nor those of its last dimensions"
    )]
    Features {
        /// `"normalization"` or `"mean fill"`.
        what: &'static str,
        /// The features learnt.
        features: usize,
        /// The shape of a sample or target.
        shape: Vec<usize>,
    },

    /// Windows of no steps.
    #[error("windows: expected {what} to be at least 1, found 0")]
    Window {
        /// `"time"`, `"stride"`, `"ahead"` or `"streams"`.
        what: &'static str,
    },

    /// Streams of windows that leave steps out or repeat them.
    #[error(
        "windows: streams run without gaps, expected a stride of {time}, the time of a window, found {stride}"
    )]
    Streams {
        /// The stride asked for.
        stride: usize,
        /// The steps of a window.
        time: usize,
    },

    /// Fewer steps than a window, with what follows it, has.
    #[error("windows: expected at least {expected} steps, found {found}")]
    TooShort {
        /// The steps of a window and what follows it.
        expected: usize,
        /// The steps found.
        found: usize,
    },

    /// A character that is not in the vocabulary.
    #[error("offset {offset}: character {character:?} is not in the vocabulary")]
    UnknownCharacter {
        /// Where it stands in the text, in bytes.
        offset: usize,
        /// The character.
        character: char,
    },

    /// A token that is not in the vocabulary.
    #[error("place {place}: token {token} is not below the size of the vocabulary, {limit}")]
    UnknownToken {
        /// Which of the tokens it is, from 0.
        place: usize,
        /// The token.
        token: u32,
        /// The size of the vocabulary.
        limit: usize,
    },

    /// A file that could not be opened.
    #[cfg(feature = "readers")]
    #[error("{}: cannot open: {error}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },

    /// A file, or whatever is read, that could not be read to its end, or unpacked.
    #[cfg(feature = "readers")]
    #[error("{file}: offset {offset}: cannot read: {error}")]
    Read {
        /// The file.
        file: String,
        /// The unpacked bytes that had been read before.
        offset: u64,
        /// What the operating system or the decompressor says.
        error: std::io::Error,
    },

    /// More bytes, unpacked, than the reader was allowed, or numbers that would take more.
    #[cfg(feature = "readers")]
    #[error("{file}: more than the limit of {limit} bytes")]
    TooLong {
        /// The file.
        file: String,
        /// The most bytes.
        limit: u64,
    },

    /// A line of a file that is not what its format, or the caller, asks for.
    #[cfg(feature = "readers")]
    #[error("{file}: line {line}: expected {expected}, found {found}")]
    Malformed {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// A character that cannot stand between values, or start a comment.
    #[cfg(feature = "readers")]
    #[error(
        "csv: expected a {what} that is ASCII and neither a quote nor a line break, found byte {byte:#04x}"
    )]
    Character {
        /// `"delimiter"` or `"comment"`.
        what: &'static str,
        /// The byte given.
        byte: u8,
    },

    /// What was read from a file, or made of it, is no dataset.
    #[cfg(feature = "readers")]
    #[error("{file}: {error}")]
    InFile {
        /// The file.
        file: String,
        /// What is wrong with the dataset.
        error: Box<DataError>,
    },

    /// Inputs or targets of no columns.
    #[cfg(feature = "readers")]
    #[error("{file}: expected one or more columns as {what}, found none")]
    NoColumns {
        /// The file.
        file: String,
        /// `"inputs"`, `"targets"` or `"names"`.
        what: &'static str,
    },

    /// A column that was named twice: as two inputs, as two targets, or as input and target.
    #[cfg(feature = "readers")]
    #[error("{file}: column {column:?}: expected one use, as an input or a target, found two")]
    ColumnTwice {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },

    /// Categories or classes of a column of which two are the same.
    #[cfg(feature = "readers")]
    #[error("{file}: column {column:?}: expected different categories, found {category:?} twice")]
    CategoryTwice {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The category.
        category: String,
    },

    /// A column that the table doesn't have.
    #[cfg(feature = "readers")]
    #[error("{file}: no column {name:?} among {names:?}")]
    Column {
        /// The file.
        file: String,
        /// The column asked for.
        name: String,
        /// The columns there are.
        names: Vec<String>,
    },

    /// Columns of which some are to be indices and some numbers.
    #[cfg(feature = "readers")]
    #[error("{file}: column {column:?}: expected an index, as other columns are, found numbers")]
    Mixed {
        /// The file.
        file: String,
        /// The first column that is no index.
        column: String,
    },

    /// A column with too many categories to make a column of each.
    #[cfg(feature = "readers")]
    #[error("{file}: column {column:?}: expected at most {most} categories, found {found}")]
    Categories {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The categories found.
        found: usize,
        /// The most categories.
        most: usize,
    },

    /// A file that exists neither under its name nor gzipped.
    #[cfg(feature = "readers")]
    #[error("{}: no such file, nor the same name with .gz", path.display())]
    Missing {
        /// The file, without `.gz`.
        path: PathBuf,
    },

    /// A file that is not what its format asks for.
    #[cfg(feature = "readers")]
    #[error("{}: {error}", path.display())]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong, and at which offset.
        error: IdxError,
    },

    /// A well-formed file of another shape than expected.
    #[cfg(feature = "readers")]
    #[error("{}: expected shape {expected}, found {found:?}", path.display())]
    FileShape {
        /// The file.
        path: PathBuf,
        /// The shape expected, the free dimension by name.
        expected: &'static str,
        /// The shape found.
        found: Vec<usize>,
    },

    /// A file of images and its file of labels differ in length.
    #[cfg(feature = "readers")]
    #[error("{} holds {image_count} images, {} holds {label_count} labels", images.display(), labels.display())]
    FileRows {
        /// The file of images.
        images: PathBuf,
        /// The images in it.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// The labels in it.
        label_count: usize,
    },

    /// A file's label that is not below the number of classes.
    #[cfg(feature = "readers")]
    #[error("{}: row {row}: label {label} is not below the number of classes, {classes}", path.display())]
    FileLabel {
        /// The file of labels.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// Its label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },
}

/// `1 line`, `2 lines`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
