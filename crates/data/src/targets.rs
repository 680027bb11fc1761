//! What a sample should give: a class, or numbers.

/// The targets of a dataset, row-major: `shape` class labels or `shape` numbers for each sample.
///
/// ```
/// use neuropil_data::{Dataset, Inputs, Targets};
///
/// // Regression: two samples of three features, one number each to predict.
/// let inputs = Inputs::Numbers(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// let targets = Targets::Values { values: vec![0.5, -1.0], shape: vec![1] };
/// let data = Dataset::new([3], inputs, targets)?;
/// assert_eq!(data.target_values(1), Some(&[-1.0][..]));
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Targets<T> {
    /// Classification.
    Labels {
        /// `[rows, shape...]`, each below `classes`.
        labels: Vec<u32>,
        /// The number of classes, whether or not each of them occurs.
        classes: usize,
        /// The shape of one row's labels: `[]` for a class a row, `[time]` for a class a time step.
        shape: Vec<usize>,
    },
    /// Regression: `values` is `[rows, shape...]`.
    Values {
        /// The numbers of all rows, one row after the other.
        values: Vec<T>,
        /// The shape of one row's target; `[]` is a single number.
        shape: Vec<usize>,
    },
}

/// What kind of targets a dataset has: what a loss must know before it reads any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind<'a> {
    /// Class labels.
    Labels {
        /// The number of classes.
        classes: usize,
        /// The shape of one row's labels: `[]` for a class a row.
        shape: &'a [usize],
    },
    /// Numbers.
    Values {
        /// The shape of one row's target.
        shape: &'a [usize],
    },
}

impl TargetKind<'_> {
    /// Words for a message, so that a mismatch names both sides.
    pub(crate) fn describe(self) -> String {
        match self {
            TargetKind::Labels { classes, shape: [] } => format!("labels of {classes} classes"),
            TargetKind::Labels { classes, shape } => {
                format!("labels of {classes} classes and shape {shape:?}")
            }
            TargetKind::Values { shape } => format!("values of shape {shape:?}"),
        }
    }
}
