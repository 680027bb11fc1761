//! A dataset: samples and targets in shared storage, and how rows of them are read.

use std::fmt;
use std::sync::Arc;

use crate::batches::Batches;
use crate::error::DataError;
use crate::inputs::{InputKind, Inputs};
use crate::rows::Rows;
use crate::targets::{TargetKind, Targets};

/// Samples of one shape with a target each, in memory.
///
/// A row is a sample: [`input(row)`](Self::input) is its numbers, row-major in [`shape`](Self::shape), or
/// [`input_indices(row)`](Self::input_indices) its indices ([`input_kind`](Self::input_kind)). Its target is class
/// labels or numbers ([`target_kind`](Self::target_kind)). Kinds and shapes are the same for all rows. A row may also
/// have a weight ([`weighted`](Self::weighted)) and, if it is a sequence `[time, features...]` padded at the end, a
/// length ([`with_lengths`](Self::with_lengths)). A dataset has at least one row when it is made, and at most
/// `u32::MAX`, for a row's number is a `u32`.
///
/// The samples are never copied or changed: [`Clone`], [`split`](Self::split) and [`take`](Self::take) share them, and
/// hold at most an order of rows, weights and lengths of their own.
///
/// ```
/// use neuropil_data::{Dataset, TargetKind};
///
/// let images = vec![0.0; 10 * 28 * 28];
/// let labels = vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// let data: Dataset = Dataset::labelled([28, 28], images, labels, 10)?;
/// assert_eq!((data.len(), data.width()), (10, 784));
/// assert_eq!(data.target_kind(), TargetKind::Labels { classes: 10, shape: &[] });
///
/// let (train, valid) = data.split(0.8, 42)?;
/// assert_eq!((train.len(), valid.len()), (8, 2));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
pub struct Dataset<T = f32> {
    pub(crate) storage: Arc<Storage<T>>,
    pub(crate) rows: Rows<T>,
}

pub(crate) struct Storage<T> {
    shape: Vec<usize>,
    /// The product of `shape`; at least 1.
    width: usize,
    inputs: Inputs<T>,
    pub targets: Targets<T>,
    /// Numbers or labels in one target; at least 1.
    target_width: usize,
}

// Not derived: shared pointers are Clone whatever T is.
impl<T> Clone for Dataset<T> {
    fn clone(&self) -> Self {
        Self { storage: Arc::clone(&self.storage), rows: self.rows.clone() }
    }
}

impl<T: Copy> Dataset<T> {
    /// A dataset of samples of `shape` with their targets: `inputs` is `[rows, shape...]`.
    ///
    /// [`labelled`](Self::labelled), [`with_values`](Self::with_values) and [`of_indices`](Self::of_indices) say the
    /// common cases in fewer words.
    ///
    /// ```
    /// use neuropil_data::{DataError, Dataset, Inputs, Targets};
    ///
    /// // A class for each of two time steps.
    /// let inputs = Inputs::Numbers(vec![0.0, 1.0, 2.0, 3.0]);
    /// let targets = Targets::Labels { labels: vec![0, 1, 2, 3], classes: 3, shape: vec![2] };
    /// let error = Dataset::<f32>::new([2], inputs, targets).unwrap_err();
    /// assert_eq!(error.to_string(), "row 1: label 3 is not below the number of classes, 3");
    /// ```
    ///
    /// # Errors
    /// - [`DataError::Shape`]: a dimension of either shape is zero (`[]`, a single number, is fine), or a product of
    ///   dimensions overflows.
    /// - [`DataError::Ragged`]: `inputs` doesn't divide into samples of `shape`.
    /// - [`DataError::Index`]: an index that is not below the limit.
    /// - [`DataError::LabelCount`], [`DataError::ValueCount`]: not one target for each sample.
    /// - [`DataError::Label`]: a label that is not below `classes`.
    /// - [`DataError::Empty`], [`DataError::TooManyRows`]: no row, or more than `u32::MAX`.
    pub fn new(
        shape: impl Into<Vec<usize>>,
        inputs: Inputs<T>,
        targets: Targets<T>,
    ) -> Result<Self, DataError> {
        let shape = shape.into();
        let width = width_of("inputs", &shape)?;
        if !inputs.len().is_multiple_of(width) {
            let found = inputs.len();
            return Err(DataError::Ragged { found, shape, width });
        }
        let rows = inputs.len() / width;
        if u32::try_from(rows).is_err() {
            return Err(DataError::TooManyRows { rows });
        }
        if let Inputs::Indices { indices, limit } = &inputs
            && let Some(place) = indices.iter().position(|&index| index as usize >= *limit)
        {
            let (row, index) = (place / width, indices[place]);
            return Err(DataError::Index { row, index, limit: *limit });
        }
        let target_width = check_targets(rows, &targets)?;
        if rows == 0 {
            return Err(DataError::Empty);
        }
        Ok(Self {
            storage: Arc::new(Storage { shape, width, inputs, targets, target_width }),
            rows: Rows::all(rows),
        })
    }

    /// A dataset for classification: `inputs` is `[rows, shape...]`, `labels` is `[rows]`, each in `0..classes`.
    ///
    /// ```
    /// use neuropil_data::Dataset;
    ///
    /// let and: Dataset = Dataset::labelled([2], vec![0.0, 1.0, 1.0, 1.0], vec![0, 1], 2)?;
    /// assert_eq!((and.input(1), and.label(1)), (&[1.0, 1.0][..], Some(1)));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn labelled(
        shape: impl Into<Vec<usize>>,
        inputs: Vec<T>,
        labels: Vec<u32>,
        classes: usize,
    ) -> Result<Self, DataError> {
        let targets = Targets::Labels { labels, classes, shape: Vec::new() };
        Self::new(shape, Inputs::Numbers(inputs), targets)
    }

    /// A dataset for regression: `inputs` is `[rows, shape...]`, `values` is `[rows, target_shape...]`.
    ///
    /// ```
    /// use neuropil_data::Dataset;
    ///
    /// // y = 2x, in f64.
    /// let line = Dataset::<f64>::with_values([1], vec![1.0, 2.0, 3.0], [1], vec![2.0, 4.0, 6.0])?;
    /// assert_eq!(line.target_values(2), Some(&[6.0][..]));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_values(
        shape: impl Into<Vec<usize>>,
        inputs: Vec<T>,
        target_shape: impl Into<Vec<usize>>,
        values: Vec<T>,
    ) -> Result<Self, DataError> {
        let targets = Targets::Values { values, shape: target_shape.into() };
        Self::new(shape, Inputs::Numbers(inputs), targets)
    }

    /// A dataset of indices, such as tokens: `indices` is `[rows, shape...]`, each below `limit`, the size of the
    /// vocabulary.
    ///
    /// ```
    /// use neuropil_data::{Dataset, Targets};
    ///
    /// // To each token the one that follows.
    /// let next = Targets::Labels { labels: vec![1, 2, 0, 2, 0, 1], classes: 3, shape: vec![3] };
    /// let text: Dataset = Dataset::of_indices([3], vec![0, 1, 2, 1, 2, 0], 3, next)?;
    /// assert_eq!((text.input_indices(1), text.labels(1)), (Some(&[1, 2, 0][..]), Some(&[2, 0, 1][..])));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_indices(
        shape: impl Into<Vec<usize>>,
        indices: Vec<u32>,
        limit: usize,
        targets: Targets<T>,
    ) -> Result<Self, DataError> {
        Self::new(shape, Inputs::Indices { indices, limit }, targets)
    }

    /// Mini-batches of `size` rows in this dataset's order, the last one with what is left;
    /// [`Batches::shuffle`] gives them another order for each epoch.
    ///
    /// # Panics
    /// If `size` is zero.
    pub fn batches(&self, size: usize) -> Batches<'_, T> {
        Batches::new(self, size)
    }

    /// The numbers of a row, `[shape...]`.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len), or the inputs are indices.
    pub fn input(&self, row: usize) -> &[T] {
        let Inputs::Numbers(numbers) = &self.storage.inputs else {
            panic!("input: the inputs are {}", self.input_kind().describe());
        };
        let width = self.storage.width;
        let start = self.rows.stored(row) * width;
        &numbers[start..start + width]
    }

    /// The indices of a row, `[shape...]`, or `None` if the inputs are numbers.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn input_indices(&self, row: usize) -> Option<&[u32]> {
        let width = self.storage.width;
        let start = self.rows.stored(row) * width;
        match &self.storage.inputs {
            Inputs::Numbers(_) => None,
            Inputs::Indices { indices, .. } => Some(&indices[start..start + width]),
        }
    }

    /// The class of a row, or `None` if the targets are numbers, or several labels a row.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn label(&self, row: usize) -> Option<u32> {
        match self.labels(row) {
            Some(&[label]) => Some(label),
            _ => None,
        }
    }

    /// The labels of a row, row-major in their shape, or `None` if the targets are numbers.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn labels(&self, row: usize) -> Option<&[u32]> {
        let width = self.storage.target_width;
        let start = self.rows.stored(row) * width;
        match &self.storage.targets {
            Targets::Labels { labels, .. } => Some(&labels[start..start + width]),
            Targets::Values { .. } => None,
        }
    }

    /// The target numbers of a row, row-major in their shape, or `None` if the targets are labels.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn target_values(&self, row: usize) -> Option<&[T]> {
        let width = self.storage.target_width;
        let start = self.rows.stored(row) * width;
        match &self.storage.targets {
            Targets::Labels { .. } => None,
            Targets::Values { values, .. } => Some(&values[start..start + width]),
        }
    }

    /// Copies the inputs of `rows` into `out`, `[rows, width]`. A row may occur more than once.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset =
    /// #     neuropil_data::Dataset::labelled([2], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0], vec![0; 3], 1)?;
    /// let mut x = [0.0; 4];
    /// data.gather_inputs(&[2, 0], &mut x);
    /// assert_eq!(x, [4.0, 5.0, 0.0, 1.0]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Panics
    /// If `out` is not `rows.len() * width` long, a row is not below [`len`](Self::len), or the inputs are indices.
    pub fn gather_inputs(&self, rows: &[u32], out: &mut [T]) {
        let Inputs::Numbers(numbers) = &self.storage.inputs else {
            panic!("gather_inputs: the inputs are {}", self.input_kind().describe());
        };
        self.gather("gather_inputs", self.storage.width, numbers, rows, out);
    }

    /// Copies the indices of `rows` into `out`, `[rows, width]`. A row may occur more than once.
    ///
    /// # Panics
    /// If `out` is not `rows.len() * width` long, a row is not below [`len`](Self::len), or the inputs are numbers.
    pub fn gather_indices(&self, rows: &[u32], out: &mut [u32]) {
        let Inputs::Indices { indices, .. } = &self.storage.inputs else {
            panic!("gather_indices: the inputs are {}", self.input_kind().describe());
        };
        self.gather("gather_indices", self.storage.width, indices, rows, out);
    }

    /// Copies the labels of `rows` into `out`, `[rows, target_width]`: `[rows]` if each has one.
    ///
    /// # Panics
    /// If `out` is not `rows.len() * target_width` long, a row is not below [`len`](Self::len), or the targets are
    /// numbers.
    pub fn gather_labels(&self, rows: &[u32], out: &mut [u32]) {
        let Targets::Labels { labels, .. } = &self.storage.targets else {
            panic!("gather_labels: the targets are {}", self.target_kind().describe());
        };
        self.gather("gather_labels", self.storage.target_width, labels, rows, out);
    }

    /// Copies the target numbers of `rows` into `out`, `[rows, target_width]`.
    ///
    /// # Panics
    /// If `out` is not `rows.len() * target_width` long, a row is not below [`len`](Self::len), or the targets are
    /// labels.
    pub fn gather_values(&self, rows: &[u32], out: &mut [T]) {
        let Targets::Values { values, .. } = &self.storage.targets else {
            panic!("gather_values: the targets are {}", self.target_kind().describe());
        };
        self.gather("gather_values", self.storage.target_width, values, rows, out);
    }

    fn gather<V: Copy>(
        &self,
        function: &str,
        width: usize,
        stored: &[V],
        rows: &[u32],
        out: &mut [V],
    ) {
        check_gather(function, rows.len(), width, out.len());
        for (&row, place) in rows.iter().zip(out.chunks_exact_mut(width)) {
            let start = self.rows.stored(row as usize) * width;
            place.copy_from_slice(&stored[start..start + width]);
        }
    }

    pub(crate) fn check_row(&self, row: usize) {
        self.rows.stored(row);
    }
}

impl<T> Dataset<T> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len
    }

    /// Whether there are no rows: only after [`take(0)`](Self::take).
    pub fn is_empty(&self) -> bool {
        self.rows.len == 0
    }

    /// The shape of one sample's input; `[]` is a single number.
    pub fn shape(&self) -> &[usize] {
        &self.storage.shape
    }

    /// The numbers or indices in one sample's input: the product of [`shape`](Self::shape), at least 1.
    pub fn width(&self) -> usize {
        self.storage.width
    }

    /// Whether the inputs are numbers, or indices, and below which limit.
    pub fn input_kind(&self) -> InputKind {
        match &self.storage.inputs {
            Inputs::Numbers(_) => InputKind::Numbers,
            Inputs::Indices { limit, .. } => InputKind::Indices { limit: *limit },
        }
    }

    /// Whether the targets are labels, and of how many classes, or numbers; and of which shape.
    pub fn target_kind(&self) -> TargetKind<'_> {
        match &self.storage.targets {
            Targets::Labels { classes, shape, .. } => {
                TargetKind::Labels { classes: *classes, shape }
            }
            Targets::Values { shape, .. } => TargetKind::Values { shape },
        }
    }

    /// The numbers or labels in one sample's target: the product of the target's shape, at least 1.
    pub fn target_width(&self) -> usize {
        self.storage.target_width
    }
}

/// What the dataset is, not its numbers, of which there may be millions.
impl<T> fmt::Debug for Dataset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("rows", &self.len())
            .field("shape", &self.shape())
            .field("inputs", &self.input_kind())
            .field("targets", &self.target_kind())
            .finish_non_exhaustive()
    }
}

/// The numbers in a sample of `shape`: at least one, so that rows can be counted.
pub(crate) fn width_of(what: &'static str, shape: &[usize]) -> Result<usize, DataError> {
    let error = |problem| DataError::Shape { what, shape: shape.to_vec(), problem };
    if shape.contains(&0) {
        return Err(error("has a dimension of zero"));
    }
    shape
        .iter()
        .try_fold(1_usize, |width, &dimension| width.checked_mul(dimension))
        .ok_or_else(|| error("has more numbers than memory can address"))
}

/// Checks that there is a sound target for each row; the numbers in one target.
fn check_targets<T>(rows: usize, targets: &Targets<T>) -> Result<usize, DataError> {
    match targets {
        Targets::Labels { labels, classes, shape } => {
            let width = width_of("labels", shape)?;
            let expected = rows.saturating_mul(width);
            if labels.len() != expected {
                return Err(DataError::LabelCount { rows, expected, labels: labels.len() });
            }
            match labels.iter().position(|&label| label as usize >= *classes) {
                Some(place) => {
                    let (row, label) = (place / width, labels[place]);
                    Err(DataError::Label { row, label, classes: *classes })
                }
                None => Ok(width),
            }
        }
        Targets::Values { values, shape } => {
            let width = width_of("targets", shape)?;
            // Saturated, the product still differs from any length a Vec can have.
            let expected = rows.saturating_mul(width);
            if values.len() == expected {
                Ok(width)
            } else {
                let (shape, found) = (shape.clone(), values.len());
                Err(DataError::ValueCount { rows, shape, expected, found })
            }
        }
    }
}

pub(crate) fn check_gather(function: &str, rows: usize, width: usize, out: usize) {
    assert!(
        out == rows * width,
        "{function}: {rows} rows of {width} need an out of {}, found {out}",
        rows * width
    );
}
