//! A dataset: samples and targets in shared storage, and the order in which they are seen.

use std::fmt;
use std::sync::Arc;

use crate::batches::Batches;
use crate::error::DataError;
use crate::permutation::{Purpose, permute};
use crate::targets::{TargetKind, Targets};

/// Samples of one shape with a target each, in memory.
///
/// A row is a sample: `input(row)` is its numbers, row-major in [`shape`](Self::shape); its target is a class label or
/// numbers, the same for all rows ([`target_kind`](Self::target_kind)). A dataset has at least one row when it is
/// made, and at most `u32::MAX`, for a row's number is a `u32`.
///
/// The samples are never copied or changed: [`Clone`], [`split`](Self::split) and [`take`](Self::take) share them, and
/// hold at most an order of rows of their own (4 bytes a row).
///
/// ```
/// use neuropil_data::{Dataset, TargetKind};
///
/// let images = vec![0.0; 10 * 28 * 28];
/// let labels = vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// let data: Dataset = Dataset::labelled([28, 28], images, labels, 10)?;
/// assert_eq!((data.len(), data.width()), (10, 784));
/// assert_eq!(data.target_kind(), TargetKind::Labels { classes: 10 });
///
/// let (train, valid) = data.split(0.8, 42)?;
/// assert_eq!((train.len(), valid.len()), (8, 2));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone)]
pub struct Dataset<T = f32> {
    storage: Arc<Storage<T>>,
    rows: Rows,
}

struct Storage<T> {
    shape: Vec<usize>,
    /// The product of `shape`; at least 1.
    width: usize,
    inputs: Vec<T>,
    targets: Targets<T>,
    /// Numbers in one target; at least 1.
    target_width: usize,
}

/// Which stored rows a dataset shows, and in which order: `order[start..start + len]`, or without an order
/// `start..start + len` itself.
#[derive(Clone)]
struct Rows {
    order: Option<Arc<[u32]>>,
    start: usize,
    len: usize,
}

impl<T: Copy> Dataset<T> {
    /// A dataset of samples of `shape` with their targets: `inputs` is `[rows, shape...]`.
    ///
    /// ```
    /// use neuropil_data::{DataError, Dataset, Targets};
    ///
    /// let targets = Targets::Labels { labels: vec![0, 3], classes: 3 };
    /// let error = Dataset::new([2], vec![0.0, 1.0, 2.0, 3.0], targets).unwrap_err();
    /// assert_eq!(error.to_string(), "row 1: label 3 is not below the number of classes, 3");
    /// ```
    ///
    /// # Errors
    /// - [`DataError::Shape`]: a dimension of either shape is zero (`[]`, a single number, is fine), or a product of
    ///   dimensions overflows.
    /// - [`DataError::Ragged`]: `inputs` doesn't divide into samples of `shape`.
    /// - [`DataError::LabelCount`], [`DataError::ValueCount`]: not one target for each sample.
    /// - [`DataError::Label`]: a label that is not below `classes`.
    /// - [`DataError::Empty`], [`DataError::TooManyRows`]: no row, or more than `u32::MAX`.
    pub fn new(
        shape: impl Into<Vec<usize>>,
        inputs: Vec<T>,
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
        let target_width = check_targets(rows, &targets)?;
        if rows == 0 {
            return Err(DataError::Empty);
        }
        Ok(Self {
            storage: Arc::new(Storage { shape, width, inputs, targets, target_width }),
            rows: Rows { order: None, start: 0, len: rows },
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
        Self::new(shape, inputs, Targets::Labels { labels, classes })
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
        let shape_of_target = target_shape.into();
        Self::new(shape, inputs, Targets::Values { values, shape: shape_of_target })
    }

    /// Two datasets without a row in common: a random `fraction` of the rows, rounded to the nearest whole row, and
    /// the others. Both are in random order and share this dataset's samples.
    ///
    /// The parts are a function of the number of rows, `fraction` and `seed`, and promised to stay what they are.
    ///
    /// ```
    /// # let data: neuropil_data::Dataset = neuropil_data::Dataset::labelled([1], vec![0.0; 60], vec![0; 60], 1)?;
    /// let (train, valid) = data.split(0.9, 42)?;
    /// assert_eq!((train.len(), valid.len()), (54, 6));
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// - [`DataError::Fraction`]: `fraction` is not a number between 0 and 1.
    /// - [`DataError::EmptyPart`]: a part would have no row.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        if !(0.0..=1.0).contains(&fraction) {
            return Err(DataError::Fraction { fraction });
        }
        let rows = self.len();
        let first = (fraction * rows as f64).round() as usize;
        if first == 0 || first >= rows {
            return Err(DataError::EmptyPart { fraction, rows, first });
        }
        let mut order = vec![0; rows];
        permute(&mut order, Purpose::Split, seed, 0);
        for row in &mut order {
            // Lossless: a stored row's number is a u32.
            *row = self.stored(*row as usize) as u32;
        }
        let order: Arc<[u32]> = order.into();
        let part = |start, len| Self {
            storage: Arc::clone(&self.storage),
            rows: Rows { order: Some(Arc::clone(&order)), start, len },
        };
        Ok((part(0, first), part(first, rows - first)))
    }

    /// The first `n` rows in this dataset's order, or all of them if there are fewer. Zero rows are allowed and leave
    /// an empty dataset.
    ///
    /// ```
    /// # let train: neuropil_data::Dataset = neuropil_data::Dataset::labelled([1], vec![0.0; 60], vec![0; 60], 1)?;
    /// let quick = train.take(20);
    /// assert_eq!(quick.len(), 20);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    #[must_use]
    pub fn take(&self, n: usize) -> Self {
        let mut first = self.clone();
        first.rows.len = n.min(self.len());
        first
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
    /// If `row` is not below [`len`](Self::len).
    pub fn input(&self, row: usize) -> &[T] {
        let width = self.storage.width;
        let start = self.stored(row) * width;
        &self.storage.inputs[start..start + width]
    }

    /// The class of a row, or `None` if the targets are numbers.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn label(&self, row: usize) -> Option<u32> {
        let row = self.stored(row);
        match &self.storage.targets {
            Targets::Labels { labels, .. } => Some(labels[row]),
            Targets::Values { .. } => None,
        }
    }

    /// The target numbers of a row, row-major in their shape, or `None` if the targets are labels.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn target_values(&self, row: usize) -> Option<&[T]> {
        let width = self.storage.target_width;
        let start = self.stored(row) * width;
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
    /// If `out` is not `rows.len() * width` long, or a row is not below [`len`](Self::len).
    pub fn gather_inputs(&self, rows: &[u32], out: &mut [T]) {
        let width = self.storage.width;
        check_gather("gather_inputs", rows.len(), width, out.len());
        for (&row, x) in rows.iter().zip(out.chunks_exact_mut(width)) {
            x.copy_from_slice(self.input(row as usize));
        }
    }

    /// Copies the labels of `rows` into `out`, `[rows]`.
    ///
    /// # Panics
    /// If `out` is not as long as `rows`, a row is not below [`len`](Self::len), or the targets are numbers.
    pub fn gather_labels(&self, rows: &[u32], out: &mut [u32]) {
        check_gather("gather_labels", rows.len(), 1, out.len());
        let Targets::Labels { labels, .. } = &self.storage.targets else {
            panic!("gather_labels: the targets are {}", self.target_kind().describe());
        };
        for (&row, label) in rows.iter().zip(out) {
            *label = labels[self.stored(row as usize)];
        }
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
        let width = self.storage.target_width;
        check_gather("gather_values", rows.len(), width, out.len());
        for (&row, y) in rows.iter().zip(out.chunks_exact_mut(width)) {
            let start = self.stored(row as usize) * width;
            y.copy_from_slice(&values[start..start + width]);
        }
    }

    /// The row of the storage that is this dataset's `row`.
    fn stored(&self, row: usize) -> usize {
        let Rows { order, start, len } = &self.rows;
        assert!(row < *len, "row {row} of a dataset of {len} rows");
        match order {
            Some(order) => order[start + row] as usize,
            None => start + row,
        }
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

    /// The numbers in one sample's input: the product of [`shape`](Self::shape), at least 1.
    pub fn width(&self) -> usize {
        self.storage.width
    }

    /// Whether the targets are labels, and of how many classes, or numbers, and of which shape.
    pub fn target_kind(&self) -> TargetKind<'_> {
        match &self.storage.targets {
            Targets::Labels { classes, .. } => TargetKind::Labels { classes: *classes },
            Targets::Values { shape, .. } => TargetKind::Values { shape },
        }
    }

    /// The numbers in one sample's target: 1 for labels, else the product of the target's shape.
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
            .field("targets", &self.target_kind())
            .finish_non_exhaustive()
    }
}

/// The numbers in a sample of `shape`: at least one, so that rows can be counted.
fn width_of(what: &'static str, shape: &[usize]) -> Result<usize, DataError> {
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
        Targets::Labels { labels, classes } => {
            if labels.len() != rows {
                return Err(DataError::LabelCount { rows, labels: labels.len() });
            }
            match labels.iter().position(|&label| label as usize >= *classes) {
                Some(row) => Err(DataError::Label { row, label: labels[row], classes: *classes }),
                None => Ok(1),
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

fn check_gather(function: &str, rows: usize, width: usize, out: usize) {
    assert!(
        out == rows * width,
        "{function}: {rows} rows of {width} need an out of {}, found {out}",
        rows * width
    );
}
