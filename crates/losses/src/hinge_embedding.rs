//! Distances to be made small, or larger than a margin.

use crate::error::check_setting;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Reduction};
use neuropil_simd::{Float, Lanes};

/// The hinge embedding loss: loss_r = 1/n Σ_i f(x_i, t_i) for a row of n distances, with f(x, 1) = x of what
/// belongs together and f(x, -1) = max(0, margin - x) of what does not. The gradient is 1/n, or -1/n
/// inside the margin. PyTorch's `HingeEmbeddingLoss`, with its default margin of 1.
///
/// Targets are values, `[rows, width]`, 1 or -1; for any other, as in PyTorch, both parts count. By default
/// the loss is the mean over all numbers.
///
/// ```
/// use neuropil_losses::{HingeEmbedding, Loss, Target};
///
/// let mut dx = [0.0_f32; 4];
/// let target = Target::Values(&[1.0, -1.0, -1.0, 1.0]);
/// let value = HingeEmbedding::new().sum().both(4, &[0.5, 0.25, 2.0, 0.0], target, &mut dx)?;
/// assert_eq!((value, dx), (0.5 + 0.75, [1.0, -1.0, 0.0, 1.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HingeEmbedding {
    reduction: Reduction,
    margin: f64,
}

impl Default for HingeEmbedding {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, margin: 1.0 }
    }
}

impl HingeEmbedding {
    /// The mean over all numbers, with a margin of 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the margin.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn margin(self, margin: f64) -> Result<Self, LossError> {
        let is_right = margin.is_finite();
        let margin = check_setting("HingeEmbedding", "margin", margin, is_right, "finite")?;
        Ok(Self { margin, ..self })
    }
}

reductions!(HingeEmbedding);

impl ElementwiseLoss for HingeEmbedding {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (zero, one) = (V::splat(T::ZERO), V::splat(T::ONE));
        let apart = V::select(t.eq(one), zero, zero.max(V::of(self.margin) - x));
        let together = V::select(t.eq(-one), zero, x);
        apart + together
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (zero, one) = (V::splat(T::ZERO), V::splat(T::ONE));
        let inside = V::select(x.lt(V::of(self.margin)), -one, zero);
        let apart = V::select(t.eq(one), zero, inside);
        let together = V::select(t.eq(-one), zero, one);
        apart + together
    }
}
