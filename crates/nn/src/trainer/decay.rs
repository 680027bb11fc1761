//! Sparing biases and norms what holds weights small.

use super::{Penalty, Trainer};
use crate::error::Error;
use crate::params::Params;
use crate::real::Real;
use neuropil_regularizers::Regularizer;

impl<T: Real> Trainer<'_, T> {
    /// Lets biases and the weights of normalizations decay no more, whichever optimizer and group they
    /// have: all weights of fewer than two axes. Matrices, kernels and embeddings go on to decay.
    ///
    /// In PyTorch this is what one writes as two groups of parameters,
    /// `[{"params": [p for p in model.parameters() if p.ndim >= 2]}, {"params": [p for p in
    /// model.parameters() if p.ndim < 2], "weight_decay": 0.0}]`. It holds for groups that are made
    /// later, too.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let layers = Sequential::new().then(Linear::new(2, 8)).then(Relu).then(Linear::new(8, 1));
    /// let mut net = Network::new(layers, [2], 42)?;
    /// let adam_w = AdamW::new().weight_decay(0.1)?;
    /// let trainer = Trainer::new(&mut net, MeanSquaredError::new(), adam_w)?
    ///     .no_decay_on_biases_and_norms();
    /// assert!(trainer.lint().is_clean()); // with decay on biases it would not be
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn no_decay_on_biases_and_norms(mut self) -> Self {
        let entries = self.net.params.entries().iter().enumerate();
        let small = entries.filter(|(_, entry)| entry.shape.dims().len() < 2);
        self.updates.spare(small.map(|(place, _)| place));
        self
    }

    /// Adds a penalty on all weights but biases and those of normalizations: on all of two axes and more.
    /// Otherwise as [`penalty`](Trainer::penalty).
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let mut net = Network::new(Linear::new(2, 1), [2], 42)?;
    /// let sum: f32 = net.params().get("weight")?.iter().map(|w| w * w).sum();
    /// let trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?
    ///     .penalty_except_biases_and_norms(L2::new(0.5)?)?;
    /// assert!((trainer.penalty_value() - f64::from(sum) / 4.0).abs() < 1e-6);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are no such weights.
    pub fn penalty_except_biases_and_norms(
        mut self,
        regularizer: impl Regularizer,
    ) -> Result<Self, Error> {
        let entries = large(&self.net.params)?;
        self.penalties.push(Penalty { entries, regularizer: Box::new(regularizer) });
        Ok(self)
    }
}

/// The weights of two axes and more, never none.
fn large<T: Real>(params: &Params<T>) -> Result<Vec<usize>, Error> {
    let entries = params.entries().iter().enumerate();
    let large = entries.filter(|(_, entry)| entry.shape.dims().len() >= 2);
    let large: Vec<usize> = large.map(|(place, _)| place).collect();
    if large.is_empty() {
        return Err(Error::Setting {
            name: "the weights of a penalty except biases and norms",
            value: "none".into(),
            expected: "a network with weights of two axes and more",
        });
    }
    Ok(large)
}
