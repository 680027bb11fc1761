//! The hinge of support vector machines.

use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes};

/// The hinge loss: loss_r = 1/n Σ_i max(0, 1 - t_i x_i) for a row of n scores, with the gradient -t_i/n
/// where t_i x_i < 1, else 0. Keras' `Hinge`.
///
/// Targets are values, `[rows, width]`, 1 or -1 (Keras turns 0 into -1; do that before). By default
/// the loss is the mean over all numbers.
///
/// Source: Cortes and Vapnik, "Support-vector networks", 1995.
///
/// ```
/// use neuropil_losses::{Hinge, Loss, Target};
///
/// let mut dx = [0.0_f32; 2];
/// let value = Hinge::new().both(2, &[0.5, 0.5], Target::Values(&[1.0, -1.0]), &mut dx)?;
/// assert_eq!((value, dx), ((0.5 + 1.5) / 2.0, [-0.5, 0.5]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hinge {
    reduction: Reduction,
}

impl Hinge {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(Hinge);

impl ElementwiseLoss for Hinge {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        V::splat(T::ZERO).max(V::splat(T::ONE) - t * x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        V::select((t * x).lt(V::splat(T::ONE)), -t, V::splat(T::ZERO))
    }
}
