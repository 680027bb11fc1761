//! What the perceptron rule makes small.

use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes};

/// The perceptron criterion: loss_r = 1/n Σ_i max(0, -t_i x_i) for a row of n scores: what is on the wrong
/// side costs its distance. The gradient is -t_i/n where t_i x_i ≤ 0, else 0: a step of rate n along it is
/// the perceptron rule. At a score of 0, where there is no derivative, the one of the wrong side is
/// taken, or weights of zero would never learn.
///
/// Targets are values, `[rows, width]`, 1 or -1. By default the loss is the mean over all numbers.
///
/// Source: Rosenblatt, "The perceptron: a probabilistic model for information storage and organization
/// in the brain", 1958.
///
/// ```
/// use neuropil_losses::{Loss, PerceptronCriterion, Target};
///
/// let mut dx = [0.0_f32; 4];
/// let target = Target::Values(&[1.0, 1.0, -1.0, -1.0]);
/// let value = PerceptronCriterion::new().sum().both(4, &[2.0, -0.5, 0.0, -1.0], target, &mut dx)?;
/// assert_eq!((value, dx), (0.5, [0.0, -1.0, 1.0, 0.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerceptronCriterion {
    reduction: Reduction,
}

impl PerceptronCriterion {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(PerceptronCriterion);

impl ElementwiseLoss for PerceptronCriterion {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        V::splat(T::ZERO).max(-(t * x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        V::select((t * x).le(V::splat(T::ZERO)), -t, V::splat(T::ZERO))
    }
}
