//! Dropout of weights.

use crate::error::BuildError;
use crate::graph::{Computed, Drawn, Node};
use crate::module::Module;
use crate::ops::DropoutOp;
use neuropil_regularizers::{Dropout as Rule, RegularizerError};
use std::sync::Arc;

/// A layer with the weight w' = w m / (1 - rate) in training, where each number of m is 0 with probability
/// `rate`, else 1, and w' = w in inference: a dense layer, a convolution, the recurrence of an LSTM, any that
/// asks for a weight of this name of its own.
///
/// By default the weight's name is `weight`. There is one mask for all rows of a batch, and, on a
/// recurrent weight (`weight_hh_l0`), for all steps; the paper draws one for each row. Names and files are
/// those of the layer alone. Inference copies the weight in each run.
///
/// Source: Wan et al., "Regularization of Neural Networks using DropConnect" (2013), scaled in training
/// instead of corrected in inference; on recurrent weights Merity, Keskar and Socher, "Regularizing and
/// Optimizing LSTM Language Models" (2018). PyTorch has none.
///
/// ```
/// use neuropil_nn::{DropConnect, prelude::*};
///
/// let recurrent = DropConnect::new(Lstm::new(3, 8), 0.5)?.of("weight_hh_l0");
/// let layers = Sequential::new().then(recurrent).then(DropConnect::new(Linear::new(8, 2), 0.2)?);
/// let net = Network::new(layers, [5, 3], 42)?;
/// assert!(net.params().paths().any(|path| path == "1.weight"));
/// assert!(DropConnect::new(Linear::new(8, 2), -0.2).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "WeightDrop")]
#[derive(Clone, Debug)]
pub struct DropConnect<M> {
    module: M,
    name: String,
    rule: Rule,
}

impl<M: Module> DropConnect<M> {
    /// Around a layer, dropping this share of its weight.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(module: M, rate: f64) -> Result<Self, RegularizerError> {
        let Ok(rule) = Rule::new(rate) else {
            let (regularizer, setting) = ("DropConnect", "rate");
            return Err(RegularizerError::NotProbability { regularizer, setting, value: rate });
        };
        Ok(Self { module, name: "weight".into(), rule })
    }

    /// Of the weight of this name.
    #[must_use]
    pub fn of(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }
}

impl<M: Module> Module for DropConnect<M> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let computed = Arc::new(Dropped(self.rule));
        x.graph().computing(&self.name, computed, "DropConnect", || self.module.build(x))
    }
}

#[derive(Debug)]
struct Dropped(Rule);

impl Computed for Dropped {
    fn compute<'g>(&self, w: Node<'g>, _drawn: &Drawn) -> Result<Node<'g>, BuildError> {
        w.op(DropoutOp(self.0))
    }
}
