//! What is told of a training as it goes on.

use super::Trainer;
use crate::error::Error;
use crate::real::Real;
use std::fmt::Debug;
use std::ops::ControlFlow;

/// Something that [`Trainer::fit`] calls at each update and epoch: a log, a saver, or yours.
///
/// It may look at everything ([`Trainer::history`], [`Trainer::network`]), save, or end the
/// training by [`ControlFlow::Break`]. Callbacks are called in the order in which
/// [`Fit::callback`](crate::Fit::callback) took them. They run inside the thread pool, in the
/// midst of training: what they allocate or wait for, the training waits for. They may change
/// weights, but not [`resume`](Trainer::resume) or train.
///
/// ```
/// use neuropil_nn::{Callback, prelude::*};
/// use std::ops::ControlFlow;
///
/// /// Ends the training when it is good enough.
/// #[derive(Debug)]
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn after_epoch(&mut self, trainer: &mut Trainer<'_>) -> Result<ControlFlow<()>, Error> {
///         let last = trainer.history().epochs.last();
///         Ok(match last.is_some_and(|epoch| epoch.cost < self.0) {
///             true => ControlFlow::Break(()),
///             false => ControlFlow::Continue(()),
///         })
///     }
/// }
///
/// let data = Dataset::with_values([1], vec![1.0, 2.0], [1], vec![2.0, 4.0])?;
/// let mut net = Network::new(Linear::new(1, 1), [1], 42)?;
/// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.rate(0.1);
/// let history = trainer.fit(&data, Fit::epochs(1000).callback(GoodEnough(1e-3)))?;
/// assert!(history.epochs.len() < 1000);
/// # Ok::<(), Error>(())
/// ```
pub trait Callback<T: Real = f32>: Debug + Send {
    /// Before the first epoch of a `fit`; the history holds what was before a
    /// [`resume`](Trainer::resume).
    ///
    /// # Errors
    /// End the training.
    fn before_training(&mut self, trainer: &mut Trainer<'_, T>) -> Result<(), Error> {
        let _ = trainer;
        Ok(())
    }

    /// After each update, with the mean cost of a row of its batch or batches.
    ///
    /// # Errors
    /// End the training.
    fn after_update(
        &mut self,
        trainer: &mut Trainer<'_, T>,
        cost: f64,
    ) -> Result<ControlFlow<()>, Error> {
        let _ = (trainer, cost);
        Ok(ControlFlow::Continue(()))
    }

    /// After each epoch, validation included: the history's last is this epoch.
    ///
    /// # Errors
    /// End the training.
    fn after_epoch(&mut self, trainer: &mut Trainer<'_, T>) -> Result<ControlFlow<()>, Error> {
        let _ = trainer;
        Ok(ControlFlow::Continue(()))
    }

    /// After the last epoch, before the best weights are put back; not after an error.
    ///
    /// # Errors
    /// Are those of `fit`.
    fn after_training(&mut self, trainer: &mut Trainer<'_, T>) -> Result<(), Error> {
        let _ = trainer;
        Ok(())
    }
}
