//! The exponential moving average of weights.

use crate::{Average, RegularizerError};

/// The exponential moving average of the weights, taken after each update:
///
/// average = decay · average + (1 − decay) · w
///
/// with a decay of 0.999 by default. The average begins as the weights after the first update. A
/// network with averaged weights mostly predicts better than with those of any one update, as if the
/// rate had been lowered.
///
/// Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992).
/// PyTorch's `AveragedModel` with `get_ema_multi_avg_fn(0.999)` of `torch.optim.swa_utils`, which
/// begins the same way.
///
/// ```
/// use neuropil_regularizers::{Average, Ema};
///
/// let ema = Ema::new(0.75)?;
/// assert_eq!([0, 1, 2].map(|taken| ema.share(taken)), [1.0, 0.25, 0.25]);
/// let warm = Ema::new(0.999)?.warm_up();
/// assert_eq!(warm.share(1), 1.0 - 2.0 / 11.0); // a decay of (1 + 1)/(10 + 1) at first
/// let corrected = Ema::new(0.5)?.bias_corrected();
/// assert_eq!(corrected.share(1), 0.5 / 0.75);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    decay: f64,
    start: Start,
}

/// How the first weights lose their weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Plain,
    WarmUp,
    Corrected,
}

impl Ema {
    /// With this decay.
    ///
    /// # Errors
    /// [`RegularizerError`] if `decay` is NaN or lies outside [0, 1].
    pub fn new(decay: f64) -> Result<Self, RegularizerError> {
        let decay = RegularizerError::probability("Ema", "decay", decay)?;
        Ok(Self { decay, start: Start::Plain })
    }

    /// The decay of the t-th time is min(decay, (1 + t)/(10 + t)), so that the first weights, which are
    /// the worst, soon count little: TensorFlow's `ExponentialMovingAverage(num_updates=t)`.
    #[must_use]
    pub fn warm_up(self) -> Self {
        Self { start: Start::WarmUp, ..self }
    }

    /// The average is that of an exponential one from zero, divided by 1 − decayᵗ, as Adam does with
    /// its moments: all weights count decay times less for each update that they are old, the first
    /// ones too.
    #[must_use]
    pub fn bias_corrected(self) -> Self {
        Self { start: Start::Corrected, ..self }
    }
}

impl Default for Ema {
    fn default() -> Self {
        Self { decay: 0.999, start: Start::Plain }
    }
}

impl Average for Ema {
    fn name(&self) -> String {
        format!("Ema({})", self.decay)
    }

    fn share(&self, taken: u64) -> f64 {
        let (decay, t) = (self.decay, taken as f64);
        match self.start {
            _ if taken == 0 => 1.0,
            Start::Plain => 1.0 - decay,
            Start::WarmUp => 1.0 - decay.min((1.0 + t) / (10.0 + t)),
            // (1 − d)/(1 − d^(t + 1)); a decay of 1 is the plain mean.
            Start::Corrected if decay == 1.0 => 1.0 / (t + 1.0),
            Start::Corrected => (1.0 - decay) / (1.0 - decay.powf(t + 1.0)),
        }
    }
}
