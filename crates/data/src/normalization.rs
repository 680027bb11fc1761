//! Features on one scale: learnt from the training part, applied to every part, undone on predictions.

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::number::Number;
use crate::statistics::{Summary, feature_summaries, target_summaries};
use crate::targets::TargetKind;

/// Who speaks in an error.
const NORMALIZATION: &str = "normalization";
const FILL: &str = "mean fill";

/// y = (x - shift) / scale, with a shift and a scale for each feature.
///
/// What to subtract and divide by is learnt from the training part alone; else the network is told of the validation
/// part what it shouldn't know. A feature that never changes has scale 1, so that nothing is divided by zero. NaN
/// (a missing value) is left out of what is learnt and stays NaN: fill it first or afterwards with
/// [`MeanFill`](crate::MeanFill). Arithmetic is in `f64`, whatever the data.
///
/// ```
/// use neuropil_data::{Dataset, Normalization};
///
/// let inputs = vec![1.0, 10.0, 3.0, 10.0, 5.0, 10.0];
/// let data: Dataset = Dataset::labelled([2], inputs, vec![0, 1, 1], 2)?;
/// let normalization = Normalization::standard(&data)?;
/// assert_eq!(normalization.shift(), [3.0, 10.0]);
/// let data = normalization.apply(&data)?;
/// assert_eq!(data.input(1), [0.0, 0.0]);
///
/// // In a server: the numbers that were kept beside the weights.
/// let kept = (normalization.shift().to_vec(), normalization.scale().to_vec());
/// let normalization = Normalization::new(kept.0, kept.1)?;
/// let mut request = [3.0_f32, 10.0];
/// normalization.normalize(&mut request);
/// assert_eq!(request, [0.0, 0.0]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Normalization {
    shift: Vec<f64>,
    scale: Vec<f64>,
}

impl Normalization {
    /// From numbers that were kept: both `[features]`.
    ///
    /// # Errors
    /// [`DataError::Scale`] if there are none, they are not equally many, one is not finite, or a scale is zero.
    pub fn new(shift: Vec<f64>, scale: Vec<f64>) -> Result<Self, DataError> {
        let expected = shift.len().max(1);
        if scale.len() != expected {
            let problem =
                format!("{} shifts need {expected} scales, found {}", shift.len(), scale.len());
            return Err(DataError::Scale { what: NORMALIZATION, problem });
        }
        for (feature, (shift, scale)) in shift.iter().zip(&scale).enumerate() {
            if !shift.is_finite() || !scale.is_finite() || *scale == 0.0 {
                let problem = format!(
                    "feature {feature}: expected a finite shift and a finite scale other than 0, \
                     found {shift} and {scale}"
                );
                return Err(DataError::Scale { what: NORMALIZATION, problem });
            }
        }
        Ok(Self { shift, scale })
    }

    /// Mean 0 and standard deviation 1 for each of the `width` numbers of a row: shift = mean over the rows, scale =
    /// √(Σ (x - mean)² / n). scikit-learn's `StandardScaler`.
    ///
    /// # Errors
    /// - [`DataError::NotNumbers`]: the inputs are indices. [`DataError::Empty`]: there are no rows.
    /// - [`DataError::NotFinite`]: an infinite number.
    /// - [`DataError::AllMissing`]: a feature is NaN in all rows.
    pub fn standard<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        Self::to_standard(&feature_summaries(NORMALIZATION, train, train.width())?)
    }

    /// As [`standard`](Self::standard), for sequences `[time, features...]`: each feature over all time steps of all
    /// rows. Padding counts for nothing and stays zero.
    ///
    /// # Errors
    /// As [`standard`](Self::standard), and [`DataError::NoTime`] if a sample is a single number.
    pub fn standard_steps<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        Self::to_standard(&feature_summaries(NORMALIZATION, train, step_width(train)?)?)
    }

    /// From 0 to 1 for each of the `width` numbers of a row: shift = least, scale = greatest - least. scikit-learn's
    /// `MinMaxScaler`. What lies outside of what was seen in training is outside of 0 to 1.
    ///
    /// # Errors
    /// As [`standard`](Self::standard).
    pub fn min_max<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        Self::to_unit(&feature_summaries(NORMALIZATION, train, train.width())?)
    }

    /// As [`min_max`](Self::min_max), for sequences: see [`standard_steps`](Self::standard_steps).
    ///
    /// # Errors
    /// As [`standard_steps`](Self::standard_steps).
    pub fn min_max_steps<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        Self::to_unit(&feature_summaries(NORMALIZATION, train, step_width(train)?)?)
    }

    /// Mean 0 and standard deviation 1 for each target number, for [`apply_to_targets`](Self::apply_to_targets) and
    /// [`invert`](Self::invert).
    ///
    /// # Errors
    /// As [`standard`](Self::standard), and [`DataError::NotValues`] if the targets are labels.
    pub fn standard_targets<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        Self::to_standard(&target_summaries(train)?)
    }

    /// From 0 to 1 for each target number.
    ///
    /// # Errors
    /// As [`standard_targets`](Self::standard_targets).
    pub fn min_max_targets<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        Self::to_unit(&target_summaries(train)?)
    }

    fn to_standard(features: &[Summary]) -> Result<Self, DataError> {
        let shift = features.iter().map(|feature| feature.mean).collect();
        let scale = features.iter().map(|feature| or_one(feature.deviation)).collect();
        Self::new(shift, scale)
    }

    fn to_unit(features: &[Summary]) -> Result<Self, DataError> {
        let shift = features.iter().map(|feature| feature.least).collect();
        let scale = features.iter().map(|feature| or_one(feature.greatest - feature.least));
        Self::new(shift, scale.collect())
    }

    /// The dataset with its inputs normalized, in memory of its own; rows, targets, weights and lengths are the same.
    ///
    /// # Errors
    /// - [`DataError::NotNumbers`]: the inputs are indices. [`DataError::Empty`]: there are no rows.
    /// - [`DataError::Features`]: the features of this normalization are neither all numbers of a sample nor those of
    ///   its last dimensions, as the features of a time step are.
    pub fn apply<T: Number>(&self, data: &Dataset<T>) -> Result<Dataset<T>, DataError> {
        data.check_numbers(NORMALIZATION)?;
        check_features(NORMALIZATION, self.shift.len(), data.shape())?;
        let step = data.width() / data.shape().first().unwrap_or(&1);
        let mut inputs = Vec::with_capacity(data.len() * data.width());
        for row in 0..data.len() {
            let start = inputs.len();
            inputs.extend_from_slice(data.input(row));
            let numbers = data.length(row).map_or(data.width(), |length| length as usize * step);
            self.normalize_features(&mut inputs[start..start + numbers]);
        }
        data.with_numbers(data.shape(), inputs)
    }

    /// The dataset with its target numbers normalized, in memory of its own.
    ///
    /// # Errors
    /// - [`DataError::NotValues`]: the targets are labels. [`DataError::Empty`]: there are no rows.
    /// - [`DataError::Features`]: as for [`apply`](Self::apply), of a target.
    pub fn apply_to_targets<T: Number>(&self, data: &Dataset<T>) -> Result<Dataset<T>, DataError> {
        let TargetKind::Values { shape } = data.target_kind() else {
            return Err(DataError::NotValues { targets: data.target_kind().describe() });
        };
        check_features(NORMALIZATION, self.shift.len(), shape)?;
        let rows = (0..data.len()).filter_map(|row| data.target_values(row));
        let mut values: Vec<T> = rows.flatten().copied().collect();
        self.normalize_features(&mut values);
        data.with_targets(values)
    }

    /// Normalizes rows of features in place, `[rows, features]`.
    ///
    /// # Panics
    /// If `x` doesn't divide into rows of as many features as this has.
    pub fn normalize<T: Number>(&self, x: &mut [T]) {
        self.assert_rows("normalize", x.len());
        self.normalize_features(x);
    }

    /// The way back in place, x = y scale + shift, `[rows, features]`: for predictions of normalized targets.
    ///
    /// ```
    /// use neuropil_data::Normalization;
    ///
    /// let prices = Normalization::new(vec![100.0], vec![20.0])?;
    /// let mut predictions = [0.0_f32, -1.5];
    /// prices.invert(&mut predictions);
    /// assert_eq!(predictions, [100.0, 70.0]);
    /// # Ok::<(), neuropil_data::DataError>(())
    /// ```
    ///
    /// # Panics
    /// If `y` doesn't divide into rows of as many features as this has.
    pub fn invert<T: Number>(&self, y: &mut [T]) {
        self.assert_rows("invert", y.len());
        for row in y.chunks_mut(self.shift.len()) {
            for ((y, shift), scale) in row.iter_mut().zip(&self.shift).zip(&self.scale) {
                *y = T::from_f64(y.to_f64() * scale + shift);
            }
        }
    }

    /// What is subtracted, `[features]`.
    pub fn shift(&self) -> &[f64] {
        &self.shift
    }

    /// What is divided by, `[features]`.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    fn normalize_features<T: Number>(&self, x: &mut [T]) {
        for row in x.chunks_mut(self.shift.len()) {
            for ((x, shift), scale) in row.iter_mut().zip(&self.shift).zip(&self.scale) {
                *x = T::from_f64((x.to_f64() - shift) / scale);
            }
        }
    }

    fn assert_rows(&self, function: &str, found: usize) {
        let features = self.shift.len();
        assert!(
            found.is_multiple_of(features),
            "{function}: {found} numbers don't divide into rows of {features} features"
        );
    }
}

/// Missing numbers (NaN) replaced by the mean of their feature, learnt from the training part.
///
/// ```
/// use neuropil_data::{Dataset, MeanFill};
///
/// let data: Dataset = Dataset::labelled([1], vec![1.0, 3.0, f32::NAN], vec![0, 0, 0], 1)?;
/// let fill = MeanFill::fit(&data)?;
/// assert_eq!(fill.apply(&data)?.input(2), [2.0]);
/// # Ok::<(), neuropil_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MeanFill {
    means: Vec<f64>,
}

impl MeanFill {
    /// From numbers that were kept, `[features]`.
    ///
    /// # Errors
    /// [`DataError::Scale`] if there are none or one is not finite.
    pub fn new(means: Vec<f64>) -> Result<Self, DataError> {
        let problem = match means.iter().position(|mean| !mean.is_finite()) {
            Some(feature) => {
                format!("feature {feature}: expected a finite mean, found {}", means[feature])
            }
            None if means.is_empty() => "expected at least one mean, found none".to_owned(),
            None => return Ok(Self { means }),
        };
        Err(DataError::Scale { what: FILL, problem })
    }

    /// The mean of each of the `width` numbers of a row, over the rows where it isn't missing.
    ///
    /// # Errors
    /// As [`Normalization::standard`].
    pub fn fit<T: Number>(train: &Dataset<T>) -> Result<Self, DataError> {
        let features = feature_summaries(FILL, train, train.width())?;
        Self::new(features.iter().map(|feature| feature.mean).collect())
    }

    /// The dataset with every NaN of its inputs replaced, in memory of its own.
    ///
    /// # Errors
    /// - [`DataError::NotNumbers`]: the inputs are indices. [`DataError::Empty`]: there are no rows.
    /// - [`DataError::Features`]: as for [`Normalization::apply`].
    pub fn apply<T: Number>(&self, data: &Dataset<T>) -> Result<Dataset<T>, DataError> {
        data.check_numbers(FILL)?;
        check_features(FILL, self.means.len(), data.shape())?;
        let mut inputs: Vec<T> = (0..data.len()).flat_map(|row| data.input(row)).copied().collect();
        self.fill(&mut inputs);
        data.with_numbers(data.shape(), inputs)
    }

    /// Replaces NaN in place, `[rows, features]`.
    ///
    /// # Panics
    /// If `x` doesn't divide into rows of as many features as this has.
    pub fn fill<T: Number>(&self, x: &mut [T]) {
        let features = self.means.len();
        let found = x.len();
        assert!(
            found.is_multiple_of(features),
            "fill: {found} numbers don't divide into rows of {features} features"
        );
        for row in x.chunks_mut(features) {
            for (x, &mean) in row.iter_mut().zip(&self.means) {
                if x.to_f64().is_nan() {
                    *x = T::from_f64(mean);
                }
            }
        }
    }

    /// What is filled in, `[features]`.
    pub fn means(&self) -> &[f64] {
        &self.means
    }
}

/// Whether a normalization of `features` says what to do with samples of this shape: it has a number for each of
/// theirs, or for each of their last dimensions, which repeat. Of no dimensions there is one number: the same for all.
fn check_features(what: &'static str, features: usize, shape: &[usize]) -> Result<(), DataError> {
    let fits = (0..=shape.len()).any(|first| shape[first..].iter().product::<usize>() == features);
    if fits { Ok(()) } else { Err(DataError::Features { what, features, shape: shape.to_vec() }) }
}

/// The numbers in one time step.
fn step_width<T: Number>(data: &Dataset<T>) -> Result<usize, DataError> {
    data.shape().first().map(|time| data.width() / time).ok_or(DataError::NoTime)
}

/// A feature that never changes is divided by 1.
fn or_one(scale: f64) -> f64 {
    if scale == 0.0 { 1.0 } else { scale }
}
