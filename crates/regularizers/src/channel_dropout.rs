//! Dropout of whole channels.

use crate::masked::{MaskedUnits, Scaled, check_units, probability, threshold};
use crate::{RegularizerError, UnitNoise};
use neuropil_simd::{Float, dispatch};

/// Dropout of units of several numbers: in training each channel is dropped as a whole with probability
/// `rate`, and those that stay are scaled so that the expectation remains.
///
/// y = x · mask / (1 − rate), with the gradient dx = dy · mask / (1 − rate)
///
/// where mask is one number for all of a unit: 1 with probability 1 − rate, else 0. In inference leave
/// it out: y = x. Where neighbours are alike (pixels of a feature map), single numbers that are dropped
/// can be guessed from those beside them; a channel cannot. With a whole row as a unit it is stochastic
/// depth (drop path). A dropped unit is 0 whatever it was, NaN and infinity too. The default is 0.5.
///
/// Units are drawn for as single numbers are by [`Dropout`](crate::Dropout): the unit of index i in the
/// stream takes the half of `random::bits(stream, i / 2)` that number i would.
///
/// Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks" (2015); for
/// rows Huang et al., "Deep Networks with Stochastic Depth" (2016). PyTorch's `nn.Dropout1d`,
/// `nn.Dropout2d` and `nn.Dropout3d`, Keras's `SpatialDropout1D` to `3D`.
///
/// ```
/// use neuropil_regularizers::{ChannelDropout, random};
///
/// let dropout = ChannelDropout::new(0.5)?;
/// let (x, mut y) = ([1.0_f32; 12], [0.0; 12]);
/// dropout.forward(random::key(&[42, 7]), 0, 3, &x, &mut y); // four channels of three numbers
/// assert!(y.chunks(3).all(|channel| channel == [0.0; 3] || channel == [2.0; 3]));
/// assert!(ChannelDropout::new(-0.1).is_err());
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[doc(alias = "Dropout1d")]
#[doc(alias = "Dropout2d")]
#[doc(alias = "Dropout3d")]
#[doc(alias = "SpatialDropout2D")]
#[doc(alias = "DropPath")]
#[doc(alias = "StochasticDepth")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelDropout {
    rate: f64,
}

impl ChannelDropout {
    /// Drops with this probability.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rate: probability("ChannelDropout", rate)? })
    }

    /// The probability with which a unit is dropped.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// y = x · mask / (1 − rate) for units of `width` numbers, the first of which has index `offset`.
    ///
    /// # Panics
    /// If the lengths differ or are no whole units.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, width: usize, x: &[T], y: &mut [T]) {
        check_units("ChannelDropout", width, x.len(), y.len());
        let outcome = Scaled { scale: T::of(1.0 / (1.0 - self.rate)) };
        match threshold(self.rate) {
            None => y.fill(T::ZERO),
            Some(threshold) => {
                let kernel =
                    MaskedUnits::<T, _, false> { stream, offset, threshold, width, outcome, x, y };
                dispatch(kernel);
            }
        }
    }

    /// dx += dy · mask / (1 − rate), with the mask of [`forward`](Self::forward).
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
        check_units("ChannelDropout", width, dy.len(), dx.len());
        let outcome = Scaled { scale: T::of(1.0 / (1.0 - self.rate)) };
        if let Some(threshold) = threshold(self.rate) {
            let (x, y) = (dy, dx);
            let kernel =
                MaskedUnits::<T, _, true> { stream, offset, threshold, width, outcome, x, y };
            dispatch(kernel);
        }
    }
}

impl Default for ChannelDropout {
    fn default() -> Self {
        Self { rate: 0.5 }
    }
}

impl UnitNoise for ChannelDropout {
    fn name(&self) -> &'static str {
        "ChannelDropout"
    }

    fn forward<T: Float>(&self, stream: u64, offset: u64, width: usize, x: &[T], y: &mut [T]) {
        Self::forward(self, stream, offset, width, x, y);
    }

    fn backward<T: Float>(&self, stream: u64, offset: u64, width: usize, dy: &[T], dx: &mut [T]) {
        Self::backward(self, stream, offset, width, dy, dx);
    }
}
