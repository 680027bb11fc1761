//! Once up and down, and far below where it began.

use crate::{
    Anneal, OptimizerError, Schedule,
    error::{non_negative, positive, share, some},
};

/// Rises from `peak/div` to `peak` in the first share of the steps, then falls to `peak/(div · final_div)`, where it
/// stays:
///
/// rate = peak/div → peak at step warm_up · steps − 1 → peak/(div · final_div) at step steps − 1
///
/// or, in three phases, comes back to peak/div in as many steps as it rose and falls from there. Each way is half a
/// cosine. By default warm_up = 0.3, div = 25, final_div = 10⁴, in two phases.
///
/// The rate alone: PyTorch's turns the momentum the other way by default (`cycle_momentum`), which a schedule of the
/// rate does not do.
///
/// Source: Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates"
/// (2018), which has three phases. Equals PyTorch's `OneCycleLR(max_lr = peak, total_steps = steps, pct_start =
/// warm_up, div_factor = div, final_div_factor = final_div, cycle_momentum = False)`, which is an error past the end.
///
/// ```
/// use neuropil_optimizers::{OneCycle, Schedule};
///
/// let schedule = OneCycle::new(0.5, 100)?;
/// assert_eq!(schedule.rate(0), 0.02);
/// assert_eq!(schedule.rate(29), 0.5); // 0.3 · 100 - 1
/// assert!((schedule.rate(99) - 2e-6).abs() < 1e-18 && schedule.rate(1_000) == schedule.rate(99));
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[doc(alias = "OneCycleLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    peak: f64,
    steps: u64,
    warm_up: f64,
    anneal: Anneal,
    div: f64,
    final_div: f64,
    three_phases: bool,
}

impl OneCycle {
    /// Up to `peak` and down again in so many steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `peak` is NaN, infinite or negative, or `steps` is 0.
    pub fn new(peak: f64, steps: u64) -> Result<Self, OptimizerError> {
        Ok(Self {
            peak: non_negative("OneCycle", "peak", peak)?,
            steps: some("OneCycle", "steps", steps)?,
            warm_up: 0.3,
            anneal: Anneal::Cosine,
            div: 25.0,
            final_div: 1e4,
            three_phases: false,
        })
    }

    /// The share of the steps in which the rate rises.
    ///
    /// # Errors
    /// [`OptimizerError`] unless `share` is at least 0 and at most 1.
    pub fn warm_up(self, share_of_steps: f64) -> Result<Self, OptimizerError> {
        Ok(Self { warm_up: share("OneCycle", "warm_up", share_of_steps)?, ..self })
    }

    /// Along which curve.
    #[must_use]
    pub const fn anneal(self, anneal: Anneal) -> Self {
        Self { anneal, ..self }
    }

    /// How many times smaller than the peak the first rate is, and than the first rate the last.
    ///
    /// # Errors
    /// [`OptimizerError`] if one of them is NaN, infinite, zero or negative.
    pub fn divisors(self, div: f64, final_div: f64) -> Result<Self, OptimizerError> {
        let div = positive("OneCycle", "div", div)?;
        Ok(Self { div, final_div: positive("OneCycle", "final_div", final_div)?, ..self })
    }

    /// Comes back to the first rate before it falls farther.
    #[must_use]
    pub const fn three_phases(self) -> Self {
        Self { three_phases: true, ..self }
    }
}

impl Schedule for OneCycle {
    fn rate(&self, step: u64) -> f64 {
        let first = self.peak / self.div;
        let last = first / self.final_div;
        if step >= self.steps - 1 {
            return last;
        }
        let (t, steps) = (step as f64, self.steps as f64);
        let up = self.warm_up * steps - 1.0;
        let way = |begin: f64, end: f64, from, to| {
            self.anneal.between(from, to, (t - begin) / (end - begin))
        };
        let down = 2.0 * self.warm_up * steps - 2.0;
        if t <= up {
            // A rise of a single step is done at once.
            if up == 0.0 { self.peak } else { way(0.0, up, first, self.peak) }
        } else if !self.three_phases {
            way(up, steps - 1.0, self.peak, last)
        } else if t <= down {
            way(up, down, self.peak, first)
        } else {
            way(down, steps - 1.0, first, last)
        }
    }
}
