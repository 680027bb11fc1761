//! Noise that is added.

use crate::noise::Noise;
use crate::random::normals;
use crate::{BLOCK, RegularizerError};
use neuropil_simd::Float;

/// Gaussian noise: in training each number gets a normal draw added to it.
///
/// y = x + σ z, with the gradient dx = dy
///
/// where z is drawn from N(0, 1), independently for each number. In inference leave it out: y = x.
/// There is no default σ; 0 changes nothing. Most often it stands on the data, as a kind of
/// augmentation.
///
/// The draw of the number of index i is that of [`normals`](crate::random::normals); the sum is made in
/// `f64` and rounded.
///
/// Source: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization" (1995). Keras's
/// `GaussianNoise`; PyTorch has none.
///
/// ```
/// use neuropil_regularizers::{GaussianNoise, random};
///
/// let (x, mut y) = ([3.0_f32; 4], [0.0; 4]);
/// GaussianNoise::new(0.1)?.forward(random::key(&[42]), 0, &x, &mut y);
/// assert!(y.iter().all(|&y| y != 3.0 && (y - 3.0).abs() < 0.5));
/// assert!(GaussianNoise::new(-1.0).is_err());
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianNoise {
    deviation: f64,
}

impl GaussianNoise {
    /// Noise of this standard deviation, σ.
    ///
    /// # Errors
    /// [`RegularizerError`] if it is NaN, infinite or below zero.
    pub fn new(deviation: f64) -> Result<Self, RegularizerError> {
        if deviation >= 0.0 && deviation.is_finite() {
            return Ok(Self { deviation });
        }
        let (regularizer, setting) = ("GaussianNoise", "deviation");
        Err(RegularizerError::NotStrength { regularizer, setting, value: deviation })
    }

    /// The standard deviation.
    #[must_use]
    pub const fn deviation(&self) -> f64 {
        self.deviation
    }

    /// y = x + σ z, with the draws of `stream` from index `offset` on.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        assert!(y.len() == x.len(), "y has {} numbers, but x has {}", y.len(), x.len());
        let mut z = [0.0; BLOCK];
        for (i, (x, y)) in x.chunks(BLOCK).zip(y.chunks_mut(BLOCK)).enumerate() {
            let z = &mut z[..x.len()];
            normals(stream, offset.wrapping_add((i * BLOCK) as u64), z);
            for ((y, &x), &z) in y.iter_mut().zip(x).zip(&*z) {
                *y = T::of(x.to_f64() + self.deviation * z);
            }
        }
    }

    /// dx += dy.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn backward<T: Float>(&self, dy: &[T], dx: &mut [T]) {
        assert!(dx.len() == dy.len(), "dx has {} numbers, but dy has {}", dx.len(), dy.len());
        for (dx, &dy) in dx.iter_mut().zip(dy) {
            *dx += dy;
        }
    }
}

impl Noise for GaussianNoise {
    fn name(&self) -> &'static str {
        "GaussianNoise"
    }

    fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
        Self::forward(self, stream, offset, x, y);
    }

    fn backward<T: Float>(&self, _stream: u64, _offset: u64, dy: &[T], dx: &mut [T]) {
        Self::backward(self, dy, dx);
    }
}
