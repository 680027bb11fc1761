//! The negative logarithm of a Poisson likelihood.

use crate::elementwise::product;
use crate::error::check_positive;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The negative log-likelihood of counts t under Poisson distributions: loss_r = 1/n Σ_i f(x_i, t_i) for
/// a row of n numbers, where x is the logarithm of the expected count and f = e^x - t x; or, with
/// [`rates`](PoissonNll::rates), the expected count itself, and f = x - t ln(x + ε). The gradient is
/// 1/n (e^x - t), or 1/n (1 - t/(x + ε)). PyTorch's `PoissonNLLLoss`, with its defaults: logarithms
/// (`log_input`), ε = 1e-8, and without what does not depend on x;
/// [`full`](PoissonNll::full) adds Stirling's approximation of ln t! where t > 1:
/// t ln t - t + ln(2πt)/2.
///
/// Targets are values, `[rows, width]`; by default the loss is the mean over all numbers.
///
/// ```
/// use neuropil_losses::{Loss, PoissonNll, Target};
///
/// let target = Target::Values(&[3.0_f64]);
/// let (by_logarithm, by_rate) = (PoissonNll::new(), PoissonNll::new().rates());
/// let difference =
///     by_logarithm.value(1, &[2.0_f64.ln()], target)? - by_rate.value(1, &[2.0], target)?;
/// assert!(difference.abs() < 1e-7);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoissonNll {
    reduction: Reduction,
    rates: bool,
    full: bool,
    epsilon: f64,
}

impl Default for PoissonNll {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, rates: false, full: false, epsilon: 1e-8 }
    }
}

impl PoissonNll {
    /// The mean over all numbers, of logarithms of expected counts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes x for the expected counts, and not for their logarithms. PyTorch's `log_input=False`.
    pub fn rates(self) -> Self {
        Self { rates: true, ..self }
    }

    /// Adds Stirling's approximation of ln t!.
    pub fn full(self) -> Self {
        Self { full: true, ..self }
    }

    /// Sets ε, which keeps the logarithm of an expected count of 0 finite. PyTorch's `eps`.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, LossError> {
        Ok(Self { epsilon: check_positive("PoissonNll", "epsilon", epsilon)?, ..self })
    }
}

reductions!(PoissonNll);

impl ElementwiseLoss for PoissonNll {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let f = if self.rates {
            x - t * math::ln(x + V::of(self.epsilon))
        } else {
            math::exp(x) - product(t, x)
        };
        if self.full { f + stirling(t) } else { f }
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        if self.rates { V::splat(T::ONE) - t / (x + V::of(self.epsilon)) } else { math::exp(x) - t }
    }
}

/// t ln t - t + ln(2πt)/2 where t > 1, else 0
#[inline(always)]
fn stirling<T: Float, V: Lanes<T>>(t: V) -> V {
    let (one, half) = (V::splat(T::ONE), V::of(0.5));
    let approximation =
        t * math::ln(t) - t + half * math::ln(V::of(2.0 * std::f64::consts::PI) * t);
    V::select(one.lt(t), approximation, V::splat(T::ZERO))
}
