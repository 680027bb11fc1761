//! A gentle start in front of any schedule, and the whole run in three parts.

use std::sync::Arc;

use crate::{
    Anneal, OptimizerError, Schedule,
    error::{non_negative, share, some},
};

/// Rises along a straight line to the first rate of another schedule, which begins then:
///
/// rate(t) = s(0) · (start + (1 − start) · t/steps) for t < steps, s(t − steps) after that
///
/// By default start = 0: the first step then only fills the optimizer's moments. A warm-up keeps the first steps of Adam,
/// whose moments know few gradients yet, and of large batches small.
///
/// Source: Goyal and others, "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour" (2017), section 2.2. PyTorch has
/// it as `SequentialLR` of a `LinearLR` and another, where start may not be 0.
///
/// ```
/// use neuropil_optimizers::{Cosine, Schedule, Warmup};
///
/// let schedule = Warmup::new(10, Cosine::new(0.1, 90)?)?;
/// assert_eq!([0, 5, 10, 100].map(|step| schedule.rate(step)), [0.0, 0.05, 0.1, 0.0]);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Warmup {
    steps: u64,
    start: f64,
    then: Arc<dyn Schedule>,
}

impl Warmup {
    /// From zero to the schedule's first rate in so many steps, in front of it.
    ///
    /// # Errors
    /// [`OptimizerError`] if `steps` is 0.
    pub fn new(steps: u64, then: impl Schedule) -> Result<Self, OptimizerError> {
        Ok(Self { steps: some("Warmup", "steps", steps)?, start: 0.0, then: Arc::new(then) })
    }

    /// The share of the schedule's first rate to begin with.
    ///
    /// # Errors
    /// [`OptimizerError`] unless `start` is at least 0 and at most 1.
    pub fn start(self, start: f64) -> Result<Self, OptimizerError> {
        Ok(Self { start: share("Warmup", "start", start)?, ..self })
    }
}

impl Schedule for Warmup {
    fn rate(&self, step: u64) -> f64 {
        match step.checked_sub(self.steps) {
            Some(since) => self.then.rate(since),
            None => {
                let (peak, progress) = (self.then.rate(0), step as f64 / self.steps as f64);
                Anneal::Linear.between(self.start * peak, peak, progress)
            }
        }
    }
}

/// Rises along a straight line, stays, and falls to `floor`:
///
/// rate(t) = rate · t/warm_up, then rate for `stable` steps, then down to floor within `decay` steps, where it stays
///
/// By default it falls along half a cosine to floor = 0. Unlike a cosine over the whole run, the stable part can go on
/// for as long as there is data, and be ended at any time.
///
/// Source: Hu and others, "MiniCPM: Unveiling the Potential of Small Language Models with Scalable Training Strategies"
/// (2024). PyTorch has no such schedule; it is the `get_wsd_schedule` of Transformers with its default curves.
///
/// ```
/// use neuropil_optimizers::{Schedule, WarmupStableDecay};
///
/// let schedule = WarmupStableDecay::new(0.1, 10, 70, 20)?;
/// assert_eq!([0, 5, 10, 80, 100].map(|step| schedule.rate(step)), [0.0, 0.05, 0.1, 0.1, 0.0]);
/// assert!((schedule.rate(90) - 0.05).abs() < 1e-15);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmupStableDecay {
    rate: f64,
    warm_up: u64,
    stable: u64,
    decay: u64,
    floor: f64,
    anneal: Anneal,
}

impl WarmupStableDecay {
    /// To `rate`, at it, and to 0, in so many steps each.
    ///
    /// # Errors
    /// [`OptimizerError`] if `rate` is NaN, infinite or negative, or `decay` is 0.
    pub fn new(rate: f64, warm_up: u64, stable: u64, decay: u64) -> Result<Self, OptimizerError> {
        let rate = non_negative("WarmupStableDecay", "rate", rate)?;
        let decay = some("WarmupStableDecay", "decay", decay)?;
        Ok(Self { rate, warm_up, stable, decay, floor: 0.0, anneal: Anneal::Cosine })
    }

    /// The rate at the end and after it.
    ///
    /// # Errors
    /// [`OptimizerError`] if `floor` is NaN, infinite, negative or above the rate.
    pub fn floor(self, floor: f64) -> Result<Self, OptimizerError> {
        let floor = non_negative("WarmupStableDecay", "floor", floor)?;
        if floor > self.rate {
            let (of, rate) = ("WarmupStableDecay", self.rate);
            return Err(OptimizerError::FloorAboveRate { of, floor, rate });
        }
        Ok(Self { floor, ..self })
    }

    /// Along which curve it falls.
    #[must_use]
    pub const fn anneal(self, anneal: Anneal) -> Self {
        Self { anneal, ..self }
    }
}

impl Schedule for WarmupStableDecay {
    fn rate(&self, step: u64) -> f64 {
        if step < self.warm_up {
            return Anneal::Linear.between(0.0, self.rate, step as f64 / self.warm_up as f64);
        }
        let falling = (step - self.warm_up).saturating_sub(self.stable);
        self.anneal.between(self.rate, self.floor, falling as f64 / self.decay as f64)
    }
}
