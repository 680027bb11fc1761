//! Dropout that keeps mean and variance of what SELU makes.

use crate::masked::{Masked, Scaled, Shifted, probability, threshold};
use crate::{Noise, RegularizerError};
use neuropil_simd::{Float, dispatch};

/// λα of SELU: what it comes to far to the left, below zero.
const SATURATION: f64 = 1.758_099_340_847_376_6;

/// Scale a, shift b, and what a dropped unit becomes, of a rate below 1.
#[derive(Clone, Copy)]
pub(crate) struct Coefficients {
    pub scale: f64,
    pub shift: f64,
    pub floor: f64,
}

impl Coefficients {
    pub(crate) fn of(rate: f64) -> Self {
        let scale = 1.0 / ((1.0 - rate) * (1.0 + rate * SATURATION * SATURATION)).sqrt();
        let shift = scale * rate * SATURATION;
        Self { scale, shift, floor: shift - scale * SATURATION }
    }

    pub(crate) fn outcome<T: Float>(self) -> Shifted<T> {
        let Self { scale, shift, floor } = self;
        Shifted { scale: T::of(scale), shift: T::of(shift), floor: T::of(floor) }
    }

    pub(crate) fn slope<T: Float>(self) -> Scaled<T> {
        Scaled { scale: T::of(self.scale) }
    }
}

/// Alpha dropout, for networks of SELU: in training a dropped unit becomes what SELU saturates at, and
/// all are then scaled and shifted so that numbers of mean 0 and variance 1 stay so.
///
/// y = a · (x · mask − α · (1 − mask)) + b, with the gradient dx = dy · a · mask
///
/// where mask is 1 with probability 1 − rate, else 0; α = 1.7580993408473766, the product of SELU's
/// two constants; a = 1/√((1 − rate)(1 + rate α²)) and b = a rate α. In inference leave it out: y = x. A
/// dropped unit is forgotten whatever it was, NaN and infinity too. A rate of 0 keeps all, a rate of 1 makes
/// zeros. The default is 0.5.
///
/// The mask is that of [`Dropout`](crate::Dropout) for the same stream and place.
///
/// Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017). PyTorch's `nn.AlphaDropout`.
///
/// ```
/// use neuropil_regularizers::{AlphaDropout, random};
///
/// // Numbers of mean 0 and variance 1 stay such, half of them dropped.
/// let x: Vec<f64> = (0..100_000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
/// let mut y = vec![0.0; x.len()];
/// AlphaDropout::new(0.5)?.forward(random::key(&[42]), 0, &x, &mut y);
/// let mean = y.iter().sum::<f64>() / 1e5;
/// let square = y.iter().map(|y| y * y).sum::<f64>() / 1e5;
/// assert!(mean.abs() < 0.02 && (square - 1.0).abs() < 0.02);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlphaDropout {
    rate: f64,
}

impl AlphaDropout {
    /// Drops with this probability.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rate: probability("AlphaDropout", rate)? })
    }

    /// The probability with which a unit is dropped.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// y = a · (x · mask − α · (1 − mask)) + b, with the mask of `stream` from index `offset` on.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        assert!(y.len() == x.len(), "y has {} numbers, but x has {}", y.len(), x.len());
        match threshold(self.rate) {
            None => y.fill(T::ZERO),
            Some(threshold) => {
                let outcome = Coefficients::of(self.rate).outcome();
                dispatch(Masked::<T, _, false> { stream, offset, threshold, outcome, x, y });
            }
        }
    }

    /// dx += dy · a · mask, with the mask of [`forward`](Self::forward).
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]) {
        assert!(dx.len() == dy.len(), "dx has {} numbers, but dy has {}", dx.len(), dy.len());
        if let Some(threshold) = threshold(self.rate) {
            let outcome = Coefficients::of(self.rate).slope();
            dispatch(Masked::<T, _, true> { stream, offset, threshold, outcome, x: dy, y: dx });
        }
    }
}

impl Default for AlphaDropout {
    fn default() -> Self {
        Self { rate: 0.5 }
    }
}

impl Noise for AlphaDropout {
    fn name(&self) -> &'static str {
        "AlphaDropout"
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
