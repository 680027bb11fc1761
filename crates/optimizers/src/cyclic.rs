//! Up and down between two rates, for ever.

use crate::{
    OptimizerError, Schedule,
    error::{non_negative, share, some},
};

/// Rises along a straight line from `base` to `peak` and falls back, again and again:
///
/// rate(t) = base + (peak − base) · h · a
///
/// where h goes from 0 to 1 in `up` steps and back to 0 in `down` steps, and a is 1 (triangular, the default), 1/2^c
/// in cycle c, counted from 0 ([`halving`](Cyclic::halving)), or gamma^t ([`decaying`](Cyclic::decaying)). By default
/// up = 2,000 and down = up.
///
/// The rate alone: PyTorch's turns the momentum the other way by default (`cycle_momentum`), which a schedule of the
/// rate does not do.
///
/// Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017). Equals PyTorch's
/// `CyclicLR(cycle_momentum = False)` with the modes `triangular`, `triangular2` and `exp_range`.
///
/// ```
/// use neuropil_optimizers::{Cyclic, Schedule};
///
/// let schedule = Cyclic::new(0.1, 0.5)?.steps(4, 2)?;
/// assert_eq!([0, 2, 4, 5, 6].map(|step| schedule.rate(step)), [0.1, 0.3, 0.5, 0.3, 0.1]);
/// assert_eq!(schedule.halving().rate(10), 0.3); // the second peak is half as high
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "CyclicLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cyclic {
    base: f64,
    peak: f64,
    up: u64,
    down: u64,
    height: Height,
}

/// What becomes of the peaks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Height {
    Same,
    Halving,
    Decaying(f64),
}

impl Cyclic {
    /// Between `base` and `peak`, 2,000 steps up and as many down.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is NaN, infinite or negative, or `base` lies above `peak`.
    pub fn new(base: f64, peak: f64) -> Result<Self, OptimizerError> {
        let base = non_negative("Cyclic", "base", base)?;
        let peak = non_negative("Cyclic", "peak", peak)?;
        if base > peak {
            return Err(OptimizerError::BaseAbovePeak { of: "Cyclic", base, peak });
        }
        Ok(Self { base, peak, up: 2_000, down: 2_000, height: Height::Same })
    }

    /// How many steps lead up, and how many down.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is 0.
    pub fn steps(self, up: u64, down: u64) -> Result<Self, OptimizerError> {
        Ok(Self { up: some("Cyclic", "up", up)?, down: some("Cyclic", "down", down)?, ..self })
    }

    /// Each peak is half as high above the base as the one before: PyTorch's `triangular2`.
    #[must_use]
    pub const fn halving(self) -> Self {
        Self { height: Height::Halving, ..self }
    }

    /// The height above the base shrinks by `gamma` in every step: PyTorch's `exp_range`.
    ///
    /// # Errors
    /// [`OptimizerError`] unless `gamma` is at least 0 and at most 1.
    pub fn decaying(self, gamma: f64) -> Result<Self, OptimizerError> {
        Ok(Self { height: Height::Decaying(share("Cyclic", "gamma", gamma)?), ..self })
    }
}

impl Schedule for Cyclic {
    fn rate(&self, step: u64) -> f64 {
        let cycle = self.up.saturating_add(self.down);
        let at = step % cycle;
        let share = if at <= self.up {
            at as f64 / self.up as f64
        } else {
            (cycle - at) as f64 / self.down as f64
        };
        let height = match self.height {
            Height::Same => 1.0,
            Height::Halving => 0.5_f64.powf((step / cycle) as f64),
            Height::Decaying(gamma) => gamma.powf(step as f64),
        };
        let share = share * height;
        (1.0 - share) * self.base + share * self.peak
    }
}
