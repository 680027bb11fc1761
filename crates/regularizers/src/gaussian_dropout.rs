//! Dropout that blurs instead of silencing.

use crate::noise::Noise;
use crate::random::normals;
use crate::{BLOCK, RegularizerError};
use neuropil_simd::Float;

/// Gaussian dropout: in training each unit is multiplied by a normal draw of mean 1 and of the variance
/// that dropout's mask has.
///
/// y = x · m, with the gradient dx = dy · m
///
/// where m is drawn from N(1, rate/(1 − rate)), independently for each unit. In inference leave it out:
/// y = x, whose expectation is right without any scaling. A rate of 0 changes nothing. There is no
/// default rate.
///
/// The draw of the unit of index i is 1 + √(rate/(1 − rate)) times that of [`normals`](crate::random::normals);
/// it is computed in `f64` and rounded, so that it is the same for `f32` and `f64`.
///
/// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting"
/// (2014), section 10. Keras's `GaussianDropout`; PyTorch has none.
///
/// ```
/// use neuropil_regularizers::{GaussianDropout, random};
///
/// let dropout = GaussianDropout::new(0.5)?;
/// let (x, mut y) = (vec![2.0_f64; 100_000], vec![0.0; 100_000]);
/// dropout.forward(random::key(&[42]), 0, &x, &mut y);
/// let mean = y.iter().sum::<f64>() / 1e5;
/// assert!((mean - 2.0).abs() < 0.03); // 4.7 standard deviations of the mean
/// assert!(GaussianDropout::new(1.0).is_err()); // the variance would be infinite
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianDropout {
    rate: f64,
}

impl GaussianDropout {
    /// Blurs as much as dropout at this rate.
    ///
    /// # Errors
    /// [`RegularizerError`] if `rate` is NaN or lies outside [0, 1).
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        if (0.0..1.0).contains(&rate) {
            return Ok(Self { rate });
        }
        let (regularizer, setting) = ("GaussianDropout", "rate");
        Err(RegularizerError::NotBelowOne { regularizer, setting, value: rate })
    }

    /// The rate.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// The standard deviation of what units are multiplied with, √(rate/(1 − rate)).
    #[must_use]
    pub fn deviation(&self) -> f64 {
        (self.rate / (1.0 - self.rate)).sqrt()
    }

    /// y = x · m, with the draws of `stream` from index `offset` on.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        assert!(y.len() == x.len(), "y has {} numbers, but x has {}", y.len(), x.len());
        self.apply(stream, offset, x, y, |y, product| *y = product);
    }

    /// dx += dy · m, with the draws of [`forward`](Self::forward).
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]) {
        assert!(dx.len() == dy.len(), "dx has {} numbers, but dy has {}", dx.len(), dy.len());
        self.apply(stream, offset, dy, dx, |dx, product| *dx += product);
    }

    fn apply<T: Float>(
        &self,
        stream: u64,
        offset: u64,
        x: &[T],
        y: &mut [T],
        put: impl Fn(&mut T, T),
    ) {
        let (deviation, mut z) = (self.deviation(), [0.0; BLOCK]);
        for (i, (x, y)) in x.chunks(BLOCK).zip(y.chunks_mut(BLOCK)).enumerate() {
            let z = &mut z[..x.len()];
            normals(stream, offset.wrapping_add((i * BLOCK) as u64), z);
            for ((y, &x), &z) in y.iter_mut().zip(x).zip(&*z) {
                put(y, x * T::of(1.0 + deviation * z));
            }
        }
    }
}

impl Noise for GaussianDropout {
    fn name(&self) -> &'static str {
        "GaussianDropout"
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
