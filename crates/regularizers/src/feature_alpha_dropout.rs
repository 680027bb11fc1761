//! Alpha dropout of whole channels.

use crate::alpha_dropout::Coefficients;
use crate::masked::{MaskedUnits, check_units, probability, threshold};
use crate::{RegularizerError, UnitNoise};
use neuropil_simd::{Float, dispatch};

/// Alpha dropout of units of several numbers: in training each channel becomes, as a whole, what SELU
/// saturates at, with probability `rate`, and all are then scaled and shifted.
///
/// y = a · (x · mask − α · (1 − mask)) + b, with the gradient dx = dy · a · mask
///
/// where mask is one number for all of a unit, and a, b and α are those of
/// [`AlphaDropout`](crate::AlphaDropout). In inference leave it out: y = x. The default is 0.5.
///
/// Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017), with the masks of
/// [`ChannelDropout`](crate::ChannelDropout). PyTorch's `nn.FeatureAlphaDropout`.
///
/// ```
/// use neuropil_regularizers::{FeatureAlphaDropout, random};
///
/// let dropout = FeatureAlphaDropout::new(0.5)?;
/// let (x, mut y) = ([1.0_f32; 12], [0.0; 12]);
/// dropout.forward(random::key(&[42]), 0, 3, &x, &mut y); // four channels of three numbers
/// assert!(y.chunks(3).all(|channel| channel.iter().all(|&y| y == channel[0])));
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureAlphaDropout {
    rate: f64,
}

impl FeatureAlphaDropout {
    /// Drops with this probability.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rate: probability("FeatureAlphaDropout", rate)? })
    }

    /// The probability with which a unit is dropped.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// y = a · (x · mask − α · (1 − mask)) + b for units of `width` numbers, the first of which has index
    /// `offset`.
    ///
    /// # Panics
    /// If the lengths differ or are no whole units.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, width: usize, x: &[T], y: &mut [T]) {
        check_units("FeatureAlphaDropout", width, x.len(), y.len());
        match threshold(self.rate) {
            None => y.fill(T::ZERO),
            Some(threshold) => {
                let outcome = Coefficients::of(self.rate).outcome();
                let kernel =
                    MaskedUnits::<T, _, false> { stream, offset, threshold, width, outcome, x, y };
                dispatch(kernel);
            }
        }
    }

    /// dx += dy · a · mask, with the mask of [`forward`](Self::forward).
    ///
    /// # Panics
    /// If the lengths differ or are no whole units.
    pub fn backward<T: Float>(
        &self,
        stream: u64,
        offset: u64,
        width: usize,
        dy: &[T],
        dx: &mut [T],
    ) {
        check_units("FeatureAlphaDropout", width, dy.len(), dx.len());
        if let Some(threshold) = threshold(self.rate) {
            let (outcome, x, y) = (Coefficients::of(self.rate).slope(), dy, dx);
            let kernel =
                MaskedUnits::<T, _, true> { stream, offset, threshold, width, outcome, x, y };
            dispatch(kernel);
        }
    }
}

impl Default for FeatureAlphaDropout {
    fn default() -> Self {
        Self { rate: 0.5 }
    }
}

impl UnitNoise for FeatureAlphaDropout {
    fn name(&self) -> &'static str {
        "FeatureAlphaDropout"
    }

    fn forward<T: Float>(&self, stream: u64, offset: u64, width: usize, x: &[T], y: &mut [T]) {
        Self::forward(self, stream, offset, width, x, y);
    }

    fn backward<T: Float>(&self, stream: u64, offset: u64, width: usize, dy: &[T], dx: &mut [T]) {
        Self::backward(self, stream, offset, width, dy, dx);
    }
}
