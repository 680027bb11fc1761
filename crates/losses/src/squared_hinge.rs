//! The squared hinge.

use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes};

/// The squared hinge loss: loss_r = 1/n Σ_i max(0, 1 - t_i x_i)² for a row of n scores, with the gradient
/// -2/n t_i max(0, 1 - t_i x_i). Keras' `SquaredHinge`.
///
/// Targets are values, `[rows, width]`, 1 or -1 (Keras turns 0 into -1; do that before). By default
/// the loss is the mean over all numbers.
///
/// Source: Chang, Hsieh and Lin, "Coordinate descent method for large-scale L2-loss linear support vector
/// machines", 2008.
///
/// ```
/// use neuropil_losses::{Loss, SquaredHinge, Target};
///
/// let mut dx = [0.0_f32; 2];
/// let value = SquaredHinge::new().both(2, &[0.5, 0.5], Target::Values(&[1.0, -1.0]), &mut dx)?;
/// assert_eq!((value, dx), ((0.25 + 2.25) / 2.0, [-0.5, 1.5]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SquaredHinge {
    reduction: Reduction,
}

impl SquaredHinge {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(SquaredHinge);

impl ElementwiseLoss for SquaredHinge {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let hinge = V::splat(T::ZERO).max(V::splat(T::ONE) - t * x);
        hinge * hinge
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let hinge = V::splat(T::ZERO).max(V::splat(T::ONE) - t * x);
        V::of(-2.0) * t * hinge
    }
}
