//! Stochastic weight averaging.

use crate::{Average, RegularizerError};

/// Stochastic weight averaging: the plain mean of the weights along the end of a training, mostly with
/// a high rate.
///
/// average = (n · average + w)/(n + 1)
///
/// where n have been taken before. Running statistics of batch normalization belong to the weights of
/// one update; those of the average are computed anew from data.
///
/// Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization" (2018).
/// PyTorch's `torch.optim.swa_utils.AveragedModel`, updated after the updates or epochs of your choice.
///
/// ```
/// use neuropil_regularizers::{Average, Swa};
///
/// let swa = Swa::epochs(75, 5)?; // after epochs 75, 80, 85, ...
/// assert!(swa.after_epoch(75) && !swa.after_epoch(76) && swa.after_epoch(80));
/// assert!(!swa.after_update(75));
/// assert_eq!([0, 1, 3].map(|taken| swa.share(taken)), [1.0, 0.5, 0.25]);
/// assert!(Swa::updates(1_000, 0).is_err());
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swa {
    start: u64,
    every: u64,
    of_epochs: bool,
}

impl Swa {
    /// Takes the weights after `start` updates, and after each `every` updates from then on.
    ///
    /// # Errors
    /// [`RegularizerError`] if `every` is 0.
    pub fn updates(start: u64, every: u64) -> Result<Self, RegularizerError> {
        if every == 0 {
            return Err(RegularizerError::NotCount { regularizer: "Swa", setting: "every" });
        }
        Ok(Self { start, every, of_epochs: false })
    }

    /// Takes the weights after `start` epochs, and after each `every` epochs from then on.
    ///
    /// # Errors
    /// [`RegularizerError`] if `every` is 0.
    pub fn epochs(start: u64, every: u64) -> Result<Self, RegularizerError> {
        Ok(Self { of_epochs: true, ..Self::updates(start, every)? })
    }

    fn takes(&self, count: u64) -> bool {
        count >= self.start && (count - self.start).is_multiple_of(self.every)
    }
}

impl Average for Swa {
    fn name(&self) -> String {
        let unit = if self.of_epochs { "epochs" } else { "updates" };
        format!("Swa({unit}, from {}, every {})", self.start, self.every)
    }

    fn share(&self, taken: u64) -> f64 {
        1.0 / (taken as f64 + 1.0)
    }

    fn after_update(&self, updates: u64) -> bool {
        !self.of_epochs && self.takes(updates)
    }

    fn after_epoch(&self, epochs: u64) -> bool {
        self.of_epochs && self.takes(epochs)
    }
}
