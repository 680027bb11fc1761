//! The Kullback-Leibler divergence.

use crate::elementwise::product;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, Prediction, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The Kullback-Leibler divergence of a target distribution from logarithms of probabilities:
/// loss_r = 1/n Σ_i t_i (ln t_i - x_i) for a row of n numbers, where 0 ln 0 is 0; with
/// [`log_target`](KlDivergence::log_target) the targets are logarithms, too, and
/// loss_r = 1/n Σ_i e^(t_i) (t_i - x_i). The gradient is -t_i/n, or -e^(t_i)/n. PyTorch's `KLDivLoss`.
///
/// The divergence proper is the sum over a row: [`batch_mean`](KlDivergence::batch_mean) is its mean over
/// the rows. As in PyTorch, the default is the mean over all numbers, which is smaller by the width; and
/// targets are probabilities. Targets are values, `[rows, width]`. A class of probability 0 in the target
/// costs nothing, whatever x.
///
/// ```
/// use neuropil_losses::{KlDivergence, Loss, Target};
///
/// let (p, q) = ([0.5_f64, 0.5, 0.0], [0.25_f64, 0.5, 0.25]);
/// let loss = KlDivergence::new().batch_mean();
/// let value = loss.value(3, &q.map(f64::ln), Target::Values(&p))?;
/// assert!((value - 0.5 * 2.0_f64.ln()).abs() < 1e-15);
/// let value = loss.log_target().value(3, &q.map(f64::ln), Target::Values(&p.map(f64::ln)))?;
/// assert!((value - 0.5 * 2.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KlDivergence {
    reduction: Reduction,
    log_target: bool,
}

impl KlDivergence {
    /// The mean over all numbers, of targets that are probabilities.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes targets as logarithms of probabilities.
    pub fn log_target(self) -> Self {
        Self { log_target: true, ..self }
    }
}

reductions!(KlDivergence);

impl ElementwiseLoss for KlDivergence {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn prediction(&self) -> Prediction {
        Prediction::LogProbabilities
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        if self.log_target { product(math::exp(t), t - x) } else { product(t, math::ln(t) - x) }
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, t: V) -> V {
        let p = if self.log_target { math::exp(t) } else { t };
        -p
    }
}
