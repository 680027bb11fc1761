//! Where the error of a way to learn comes from: from what it cannot say, or from what it makes of
//! chance.

use crate::error::Error;
use neuropil_regularizers::random;

/// Trains the same way on many training sets, to tell bias from variance.
///
/// Each repetition has a training set of its own: rows drawn with replacement from one set
/// ([`bootstrap`](BiasVariance::bootstrap)), or whatever a number tells the closure
/// ([`repeat`](BiasVariance::repeat)): other rows, another split, fresh samples of a source. The closure
/// gives its predictions on test rows that are the same each time. Any model will do.
///
/// What comes of it is taken apart by [`SquaredError`] or [`ZeroOneError`]. Equal seeds give equal
/// training sets.
///
/// ```
/// use neuropil_nn::inspect::{BiasVariance, SquaredError};
/// use neuropil_regularizers::random;
///
/// // The mean of ten numbers in (−1, 1) + 3, shrunk by a half, as an estimate of 3.
/// let study = BiasVariance::new(4_000, 42)?;
/// let estimates = study.repeat(|key| {
///     let number = |i| (random::bits(key, i) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0 + 3.0;
///     Ok::<_, neuropil_nn::Error>(vec![0.5 * (0..10).map(number).sum::<f64>() / 10.0])
/// })?;
/// let error = SquaredError::of(&estimates, &[3.0])?;
/// // Bias² = (0.5 · 3 − 3)², variance = 0.5² · 1/3 / 10.
/// assert!((error.bias - 2.25).abs() < 0.02 && (error.variance - 1.0 / 120.0).abs() < 0.001);
/// assert!((error.bias + error.variance - error.error).abs() < 1e-12);
/// # Ok::<(), neuropil_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BiasVariance {
    repetitions: usize,
    seed: u64,
}

impl BiasVariance {
    /// So many repetitions, with training sets from this seed.
    ///
    /// # Errors
    /// If there are none.
    pub fn new(repetitions: usize, seed: u64) -> Result<Self, Error> {
        if repetitions == 0 {
            let (value, expected) = ("0".into(), "at least 1");
            return Err(Error::Setting { name: "the number of repetitions", value, expected });
        }
        Ok(Self { repetitions, seed })
    }

    /// Trains on as many rows as there are, drawn with replacement, again and again: the bootstrap.
    /// `train` gets the rows of a repetition and gives its predictions. A row of
    /// [`Dataset::take`](neuropil_data::Dataset) may be named several times.
    ///
    /// Source: Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
    ///
    /// # Errors
    /// If there are no rows; what `train` fails with.
    pub fn bootstrap<P, E: From<Error>>(
        &self,
        rows: usize,
        mut train: impl FnMut(&[u32]) -> Result<Vec<P>, E>,
    ) -> Result<Vec<Vec<P>>, E> {
        if rows == 0 || u32::try_from(rows).is_err() {
            let (value, expected) = (rows.to_string(), "1 to 2³² − 1");
            return Err(Error::Setting { name: "the number of rows", value, expected }.into());
        }
        let mut drawn = vec![0; rows];
        self.repeat(|key| {
            for (i, row) in drawn.iter_mut().enumerate() {
                let bits = u128::from(random::bits(key, i as u64));
                *row = ((bits * rows as u128) >> 64) as u32;
            }
            train(&drawn)
        })
    }

    /// Calls `train` with a number for each repetition that is its own, and the same for equal seeds: a
    /// seed, or the key of a [`random`] stream. It gives its predictions.
    ///
    /// # Errors
    /// What `train` fails with.
    pub fn repeat<P, E>(
        &self,
        train: impl FnMut(u64) -> Result<Vec<P>, E>,
    ) -> Result<Vec<Vec<P>>, E> {
        let keys = (0..self.repetitions as u64).map(|i| random::key(&[self.seed, i]));
        keys.map(train).collect()
    }
}

/// The expected squared error, in parts that add up to it.
///
/// error = noise + bias + variance, each the mean over the test rows:
/// bias = (mean of the predictions − target)², variance = mean of (prediction − their mean)²
///
/// Source: Geman, Bienenstock and Doursat, "Neural Networks and the Bias/Variance Dilemma" (1992).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquaredError {
    /// The whole.
    pub error: f64,
    /// The variance of targets, which no model can get below; 0 unless it was given.
    pub noise: f64,
    /// The square of the bias: what the mean of all models is off.
    pub bias: f64,
    /// How far models are from their mean.
    pub variance: f64,
}

impl SquaredError {
    /// Takes the error apart, from the predictions of each repetition and the target of each row. If
    /// targets are noisy, their noise is counted as bias: give true values and
    /// [`noise`](SquaredError::noise), where they are known.
    ///
    /// ```
    /// use neuropil_nn::inspect::SquaredError;
    ///
    /// let error = SquaredError::of(&[vec![1.0, 5.0], vec![3.0, 5.0]], &[2.0, 4.0])?;
    /// assert_eq!((error.bias, error.variance, error.error), (0.5, 0.5, 1.0));
    /// assert_eq!(error.noise(0.25)?.error, 1.25);
    /// # Ok::<(), neuropil_nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are no repetitions or rows, or not as many predictions as targets.
    pub fn of(predictions: &[Vec<f64>], targets: &[f64]) -> Result<Self, Error> {
        check(predictions, targets.len())?;
        let (repetitions, rows) = (predictions.len() as f64, targets.len() as f64);
        let (mut error, mut bias, mut variance) = (0.0, 0.0, 0.0);
        for (row, &target) in targets.iter().enumerate() {
            let of_row = || predictions.iter().map(|of_all| of_all[row]);
            let mean = of_row().sum::<f64>() / repetitions;
            error += of_row().map(|y| (y - target).powi(2)).sum::<f64>() / repetitions;
            variance += of_row().map(|y| (y - mean).powi(2)).sum::<f64>() / repetitions;
            bias += (mean - target).powi(2);
        }
        let [error, bias, variance] = [error, bias, variance].map(|sum| sum / rows);
        Ok(Self { error, noise: 0.0, bias, variance })
    }

    /// The same for targets that are true values with noise of this variance.
    ///
    /// # Errors
    /// If it is NaN, infinite or negative.
    pub fn noise(self, variance: f64) -> Result<Self, Error> {
        if !(variance.is_finite() && variance >= 0.0) {
            let (value, expected) = (variance.to_string(), "a finite number of at least 0");
            return Err(Error::Setting { name: "the variance of the noise", value, expected });
        }
        Ok(Self { error: self.error - self.noise + variance, noise: variance, ..self })
    }
}

/// The expected share of wrong classes, in parts.
///
/// error = bias + net variance, each the mean over the test rows, targets taken as free of noise
///
/// The main prediction of a row is the class that most repetitions give it, the lowest of several. Bias
/// is 1 where it is wrong. Variance is how often a repetition differs from it: where the main prediction
/// is right, that makes mistakes; where it is wrong, it may mend them. So the net variance is that of
/// rows without bias, less the share of right answers on rows with it, and may be negative.
///
/// Source: Domingos, "A Unified Bias-Variance Decomposition for Zero-One and Squared Loss" (2000).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZeroOneError {
    /// The whole: the share of wrong predictions.
    pub error: f64,
    /// The share of rows whose main prediction is wrong.
    pub bias: f64,
    /// How often predictions differ from the main one.
    pub variance: f64,
    /// What variance adds to the error.
    pub net_variance: f64,
}

impl ZeroOneError {
    /// Takes the error apart, from the classes that each repetition predicts and the right ones.
    ///
    /// ```
    /// use neuropil_nn::inspect::ZeroOneError;
    ///
    /// // Row 0: mostly right; row 1: mostly wrong.
    /// let error = ZeroOneError::of(&[vec![0, 0], vec![0, 1], vec![1, 0], vec![0, 2]], &[0, 1])?;
    /// assert_eq!((error.error, error.bias), (0.5, 0.5));
    /// assert_eq!((error.variance, error.net_variance), (0.375, 0.0)); // 1/4 - 1/4 on the two rows
    /// # Ok::<(), neuropil_nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are no repetitions or rows, or not as many predictions as labels.
    pub fn of(predictions: &[Vec<u32>], labels: &[u32]) -> Result<Self, Error> {
        check(predictions, labels.len())?;
        let (repetitions, rows) = (predictions.len() as f64, labels.len() as f64);
        let [mut error, mut bias, mut variance, mut net_variance] = [0.0; 4];
        let mut of_row = Vec::with_capacity(predictions.len());
        for (row, &label) in labels.iter().enumerate() {
            of_row.clear();
            of_row.extend(predictions.iter().map(|of_all| of_all[row]));
            of_row.sort_unstable();
            let mut main = (0, 0);
            for class in of_row.chunk_by(|a, b| a == b) {
                if class.len() > main.1 {
                    main = (class[0], class.len());
                }
            }
            let right = of_row.iter().filter(|&&class| class == label).count() as f64 / repetitions;
            let differing = 1.0 - main.1 as f64 / repetitions;
            error += 1.0 - right;
            variance += differing;
            if main.0 == label {
                net_variance += differing;
            } else {
                bias += 1.0;
                net_variance -= right;
            }
        }
        let [error, bias, variance, net_variance] =
            [error, bias, variance, net_variance].map(|sum| sum / rows);
        Ok(Self { error, bias, variance, net_variance })
    }
}

/// Whether each repetition has a prediction for each row.
fn check<P>(predictions: &[Vec<P>], rows: usize) -> Result<(), Error> {
    if predictions.is_empty() {
        return Err(Error::Empty { what: "the list of repetitions".into() });
    }
    if rows == 0 {
        return Err(Error::Empty { what: "the list of test rows".into() });
    }
    match predictions.iter().position(|of_rows| of_rows.len() != rows) {
        None => Ok(()),
        Some(repetition) => Err(Error::Length {
            what: format!("the predictions of repetition {repetition}"),
            found: predictions[repetition].len(),
            expected: rows,
        }),
    }
}
