//! Dropout: units silenced at random.

use crate::masked::{Masked, Scaled, probability, threshold};
use crate::{Noise, RegularizerError};
use neuropil_simd::{Float, dispatch};

/// Dropout: in training each unit is dropped with probability `rate`, and those that stay are scaled
/// so that the expectation remains.
///
/// y = x · mask / (1 − rate), with the gradient dx = dy · mask / (1 − rate)
///
/// where mask is 1 with probability 1 − rate, independently for each unit, else 0. In inference
/// leave it out: y = x. On a weight instead of a value it is DropConnect; over the steps of a sequence
/// with the same `offset` for each, variational dropout. A dropped unit is 0 whatever it was, NaN and infinity too. A rate of 0 keeps
/// all, a rate of 1 drops all. The default is 0.5.
///
/// # Where the mask comes from
///
/// The unit of index i in the stream takes 32 of the 64 bits of
/// [`random::bits`](crate::random::bits)`(stream, i / 2)`, the lower ones if i is even, and is dropped if they, as a
/// number, lie below rate · 2³². So the probability is the rate rounded to a multiple of 2⁻³², the
/// mask is the same for `f32` and `f64`, on every machine and at every level of instructions, and
/// nothing is saved for the way back: the mask is computed again.
///
/// A slice may be worked on in pieces: a piece that begins at `x[n]` has the `offset` n larger.
///
/// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting"
/// (2014), section 10, the "inverted" form. Equals PyTorch's `nn.Dropout(p = rate)`.
///
/// # The classic form
///
/// The paper's first form drops without scaling and multiplies by 1 − rate in the test instead:
/// [`classic`](Self::classic). Both carry the same in expectation as in the test: of 100 units of value 1, at a rate of one
/// half, the classic one 50, the inverted one 100.
///
/// ```
/// use neuropil_regularizers::{Dropout, random};
///
/// let dropout = Dropout::new(0.5)?;
/// let of_paper = dropout.classic();
/// let x = [1.0_f64; 100];
/// let (mut y, mut classic, mut inverted) = ([0.0; 100], 0.0, 0.0);
/// let trials = 10_000;
/// for trial in 0..trials {
///     dropout.forward(random::key(&[42, trial]), 0, &x, &mut y);
///     inverted += y.iter().sum::<f64>() / trials as f64;
///     of_paper.forward(random::key(&[42, trial]), 0, &x, &mut y);
///     classic += y.iter().sum::<f64>() / trials as f64;
/// }
/// let classic_test = of_paper.inference_scale() * x.iter().sum::<f64>();
/// assert_eq!(classic_test, 50.0);
/// assert!((classic - classic_test).abs() < 0.2); // four standard deviations of the mean
/// let inverted_test = x.iter().sum::<f64>();
/// assert!((inverted - inverted_test).abs() < 0.4);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[doc(alias = "DropConnect")]
#[doc(alias = "VariationalDropout")]
#[doc(alias = "SpatialDropout")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    rate: f64,
    classic: bool,
}

impl Dropout {
    /// Drops with this probability.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rate: probability("Dropout", rate)?, classic: false })
    }

    /// The first form of the paper: y = x · mask in training, and y = x · (1 − rate) in inference.
    #[must_use]
    pub const fn classic(mut self) -> Self {
        self.classic = true;
        self
    }

    /// What inference multiplies with: 1, or 1 − rate in the classic form.
    #[must_use]
    pub const fn inference_scale(&self) -> f64 {
        if self.classic { 1.0 - self.rate } else { 1.0 }
    }

    /// The probability with which a unit is dropped.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// y = x · mask / (1 − rate), with the mask of `stream` from index `offset` on.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        assert!(y.len() == x.len(), "y has {} numbers, but x has {}", y.len(), x.len());
        let outcome = Scaled { scale: self.scale() };
        match threshold(self.rate) {
            Some(threshold) => {
                dispatch(Masked::<T, _, false> { stream, offset, threshold, outcome, x, y });
            }
            None => y.fill(T::ZERO),
        }
    }

    /// dx += dy · mask / (1 − rate), with the mask that [`forward`](Self::forward) took from the
    /// same `stream` and `offset`.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]) {
        assert!(dx.len() == dy.len(), "dx has {} numbers, but dy has {}", dx.len(), dy.len());
        if let Some(threshold) = threshold(self.rate) {
            let outcome = Scaled { scale: self.scale() };
            dispatch(Masked::<T, _, true> { stream, offset, threshold, outcome, x: dy, y: dx });
        }
    }

    fn scale<T: Float>(&self) -> T {
        T::of(if self.classic { 1.0 } else { 1.0 / (1.0 - self.rate) })
    }
}

impl Default for Dropout {
    fn default() -> Self {
        Self { rate: 0.5, classic: false }
    }
}

impl Noise for Dropout {
    fn name(&self) -> &'static str {
        "Dropout"
    }

    fn silences(&self) -> bool {
        true
    }

    fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        Self::forward(self, stream, offset, x, y);
    }

    fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]) {
        Self::backward(self, stream, offset, dy, dx);
    }
}
