//! Samples of a categorical distribution that a gradient goes through.

use crate::error::positive;
use crate::{ActivationError, softmax};
use neuropil_simd::reduce::argmax;
use neuropil_simd::{Float, Lanes, Map, map_in_place, math, rows};

/// y = softmax((x + g)/τ) over each row, with Gumbel noise g: a relaxed sample of the distribution that
/// has the logits x, nearer to one class alone the smaller τ is. By default τ = 1.
///
/// The noise is a slice; [`noise`](GumbelSoftmax::noise) makes it of uniform numbers. The hard form has
/// a one for the largest of each row, and the gradient of the soft form (straight through). It is no
/// [`Activation`](crate::Activation), which has no noise; the layer is `GumbelSoftmax` of the crate
/// `neuropil-nn`. PyTorch's `torch.nn.functional.gumbel_softmax(tau, hard)`.
///
/// The derivative, from the soft sample: dx_i += y_i (dy_i - Σ_j dy_j y_j)/τ.
///
/// Source: Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax" (2016); Maddison,
/// Mnih and Teh, "The Concrete Distribution" (2016).
///
/// ```
/// use neuropil_activations::GumbelSoftmax;
///
/// let gumbel = GumbelSoftmax::new().tau(0.5)?;
/// let x = [0.0_f64, 3_f64.ln() / 2.0]; // one row of two
/// let (mut soft, mut hard, mut dx) = ([0.0; 2], [0.0; 2], [0.0; 2]);
/// gumbel.soft(2, &x, None, &mut soft);
/// assert!((soft[1] - 0.75).abs() < 1e-15);
/// GumbelSoftmax::hard(2, &soft, &mut hard);
/// assert_eq!(hard, [0.0, 1.0]);
///
/// let mut noise = [0.875, 0.125]; // uniform numbers
/// GumbelSoftmax::noise(&mut noise);
/// gumbel.soft(2, &x, Some(&noise), &mut soft);
/// gumbel.backward(2, &soft, &[1.0, 0.0], &mut dx);
/// assert!(soft[0] > 0.9 && dx[0] > 0.0);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GumbelSoftmax {
    tau: f64,
}

impl GumbelSoftmax {
    /// With a τ of 1.
    pub const fn new() -> Self {
        Self { tau: 1.0 }
    }

    /// The temperature τ.
    ///
    /// # Errors
    /// If τ is not positive and finite.
    pub fn tau(self, tau: f64) -> Result<Self, ActivationError> {
        Ok(Self { tau: positive("GumbelSoftmax", "tau", tau)? })
    }

    /// g = -ln(-ln u) in place of uniform numbers u in (0, 1).
    pub fn noise<T: Float>(u: &mut [T]) {
        map_in_place(Gumbel, u);
    }

    /// The relaxed sample: `x`, the noise and `y` are `[rows, width]`. Without noise it is
    /// softmax(x/τ).
    ///
    /// # Panics
    /// If `width` does not divide the length of `x`, or the lengths differ.
    pub fn soft<T: Float>(&self, width: usize, x: &[T], noise: Option<&[T]>, y: &mut [T]) {
        assert_eq!(x.len(), y.len(), "GumbelSoftmax: x has {} numbers, y {}", x.len(), y.len());
        let tau = T::of(self.tau);
        match noise {
            None => y.iter_mut().zip(x).for_each(|(y, &x)| *y = x / tau),
            Some(g) => {
                assert_eq!(g.len(), y.len(), "GumbelSoftmax: {} of noise for {}", g.len(), y.len());
                for ((y, &x), &g) in y.iter_mut().zip(x).zip(g) {
                    *y = (x + g) / tau;
                }
            }
        }
        rows::softmax_in_place(width, y);
    }

    /// A one for the largest of each row of a soft sample, the first of equal ones, and else zeros; NaN
    /// where the row is.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn hard<T: Float>(width: usize, soft: &[T], y: &mut [T]) {
        let (from, to) = (soft.len(), y.len());
        assert_eq!(from, to, "GumbelSoftmax: the soft sample has {from} numbers, y {to}");
        for (soft, y) in soft.chunks(width.max(1)).zip(y.chunks_mut(width.max(1))) {
            if soft.iter().any(|soft| soft.is_nan()) {
                y.fill(T::NAN);
            } else if let Some(largest) = argmax(soft) {
                y.fill(T::ZERO);
                y[largest] = T::ONE;
            }
        }
    }

    /// dx += dy · ∂y/∂x of the soft sample.
    ///
    /// # Panics
    /// If `width` does not divide the length of `dx`, or the lengths differ.
    pub fn backward<T: Float>(&self, width: usize, soft: &[T], dy: &[T], dx: &mut [T]) {
        let (y_len, dy_len, len) = (soft.len(), dy.len(), dx.len());
        assert!(
            width > 0 && len.is_multiple_of(width) || len == 0,
            "GumbelSoftmax: {len} numbers are no rows of {width}"
        );
        assert_eq!(y_len, len, "GumbelSoftmax: the soft sample has {y_len} numbers, dx {len}");
        assert_eq!(dy_len, len, "GumbelSoftmax: dy has {dy_len} numbers, dx {len}");
        softmax::backward(T::of(1.0 / self.tau), width, soft, dy, dx);
    }
}

impl Default for GumbelSoftmax {
    fn default() -> Self {
        Self::new()
    }
}

/// -ln(-ln u)
#[derive(Clone, Copy)]
struct Gumbel;

impl Map for Gumbel {
    #[inline(always)]
    fn map<T: Float, V: Lanes<T>>(&self, u: V) -> V {
        -math::ln(-math::ln(u))
    }
}
