//! What came of each epoch.

use std::fmt;

/// One epoch of training. A number that was not asked for, or cannot be had, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Epoch {
    /// The number of the epoch, 1 for the first.
    pub number: u64,
    /// The mean cost over the batches as they were trained on, dropout and all, without
    /// penalties: the mean of what the epoch met, not what its last weights would give.
    pub cost: f64,
    /// The share of training rows that were right as they were trained on.
    pub accuracy: Option<f64>,
    /// The mean cost over the validation data after the epoch.
    pub validation_cost: Option<f64>,
    /// The accuracy on the validation data after the epoch.
    pub validation_accuracy: Option<f64>,
    /// How long the epoch took, validation included.
    pub seconds: f64,
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {:>3}: {:>6.2} s, cost {:.4}", self.number, self.seconds, self.cost)?;
        if let Some(accuracy) = self.accuracy {
            write!(f, ", accuracy {accuracy:.4}")?;
        }
        if let Some(cost) = self.validation_cost {
            write!(f, "; validation cost {cost:.4}")?;
        }
        if let Some(accuracy) = self.validation_accuracy {
            write!(f, ", accuracy {accuracy:.4}")?;
        }
        Ok(())
    }
}

/// What [`Trainer::fit`](crate::Trainer::fit) has done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
    /// The epoch whose weights early stopping kept, that of the lowest validation cost; `None`
    /// without early stopping: the network has the last epoch's.
    pub best: Option<u64>,
    /// Whether early stopping ended the training.
    pub stopped_early: bool,
}
