//! The way from one rate to another.

use std::f64::consts::PI;

/// How a rate goes from one value to another.
///
/// With x the share of the way, from 0 to 1, the rate is (1 − a) · from + a · to, where a is x for a straight line
/// and (1 − cos(π x))/2 for half a cosine. PyTorch's `anneal_strategy`.
///
/// ```
/// use neuropil_optimizers::{OneCycle, Anneal, Schedule};
///
/// let cosine = OneCycle::new(1.0, 101)?;
/// let linear = cosine.anneal(Anneal::Linear);
/// assert_eq!(cosine.rate(100), linear.rate(100));
/// assert!(cosine.rate(5) < linear.rate(5)); // slower at the start
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Anneal {
    /// Half a cosine, slow at both ends. The default.
    #[default]
    Cosine,
    /// A straight line.
    Linear,
}

impl Anneal {
    /// The rate after this share of the way. Both ends are exact.
    pub(crate) fn between(self, from: f64, to: f64, progress: f64) -> f64 {
        let progress = progress.clamp(0.0, 1.0);
        // What is left of the start.
        let share = match self {
            _ if progress == 1.0 => 0.0,
            Self::Cosine => (1.0 + (PI * progress).cos()) / 2.0,
            Self::Linear => 1.0 - progress,
        };
        share * from + (1.0 - share) * to
    }
}
