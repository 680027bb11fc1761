//! The weights to evaluate with, where the optimizer keeps others than it trains.

use super::Trainer;
use crate::real::Real;

impl<T: Real> Trainer<'_, T> {
    /// Puts the weights to evaluate and to keep in the place of those in training, if the optimizer has
    /// others ([`Optimizer::has_evaluation_weights`](neuropil_optimizers::Optimizer)): the averages of
    /// [`Asgd`](neuropil_optimizers::Asgd) and
    /// [`ScheduleFreeAdamW`](neuropil_optimizers::ScheduleFreeAdamW). Says whether it has.
    ///
    /// Call it when the training is over, and only once: a training that goes on needs the weights that it
    /// had. The validation of [`fit`](Trainer::fit), the weights that early stopping keeps, and the best
    /// of a [`Checkpoint`](crate::Checkpoint) are these by themselves.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_optimizers::ScheduleFreeAdamW;
    ///
    /// let data = Dataset::with_values([1], vec![0.0, 1.0], [1], vec![0.0, 1.0])?;
    /// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
    /// let mut trainer =
    ///     Trainer::new(&mut net, MeanSquaredError::new(), ScheduleFreeAdamW::new())?.rate(0.05);
    /// trainer.fit(&data, Fit::epochs(200))?;
    /// assert!(trainer.evaluation_weights());
    /// assert!((net.predict(&[1.0])?[0] - 1.0).abs() < 0.05);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn evaluation_weights(&mut self) -> bool {
        self.put_evaluation_weights().is_some()
    }

    /// The same; gives the weights in training, for [`put_back`](Self::put_back).
    pub(super) fn put_evaluation_weights(&mut self) -> Option<Vec<T>> {
        // Before the first update there is no state yet; and the best epoch's are such weights already.
        let weights = self.net.params.weights();
        let are_there = self.past.best.as_ref().is_some_and(|best| best.weights[..] == *weights);
        if self.updates() == 0 || are_there {
            return None;
        }
        let trained = self.updates.put_evaluation_weights(&mut self.net.params)?;
        // They lie beside those that the constraints have seen.
        self.rules.project(&mut self.net.params);
        Some(trained)
    }

    /// Goes back to the weights in training.
    pub(super) fn put_back(&mut self, trained: Option<Vec<T>>) {
        if let Some(trained) = trained {
            self.net.params.weights_mut().copy_from_slice(&trained);
        }
    }
}
