//! The logarithm of the hyperbolic cosine of the difference.

use crate::reductions::reductions;
use crate::{ElementwiseLoss, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The log-cosh loss: loss_r = 1/n Σ_i ln cosh(x_i - t_i) for a row of n numbers, with the gradient
/// 1/n tanh(x_i - t_i). About d²/2 near the target, about |d| - ln 2 far from it. Keras' `LogCosh`.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers. It is as
/// precise for tiny differences as for those whose cosh would overflow.
///
/// Source: Keras, `keras.losses.LogCosh`.
///
/// ```
/// use neuropil_losses::{LogCosh, Loss, Target};
///
/// let value = LogCosh::new().value(2, &[1000.0_f64, 1e-8], Target::Values(&[0.0, 0.0]))?;
/// assert!((value - (1000.0 - 2.0_f64.ln()) / 2.0).abs() < 1e-12);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCosh {
    reduction: Reduction,
}

impl LogCosh {
    /// The mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(LogCosh);

impl ElementwiseLoss for LogCosh {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (a, one) = ((x - t).abs(), V::splat(T::ONE));
        // ln(1 + 2 sinh²(a/2)) near 0, and a + ln(1 + e^-2a) - ln 2 where that cancels nothing.
        let e = math::expm1(one.min(a) * V::of(0.5));
        let sinh = (e + e / (e + one)) * V::of(0.5);
        let near = math::log1p(V::of(2.0) * sinh * sinh);
        let far = a - V::of(std::f64::consts::LN_2) + math::softplus(V::of(-2.0) * a);
        V::select(a.lt(one), near, far)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        math::tanh(x - t)
    }
}
