//! Stochastic depth as a layer.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::{Unit, UnitNoiseOp};
use neuropil_regularizers::{ChannelDropout as Rule, RegularizerError};

/// y = x m / (1 - rate) in training, where m is one number for all of a row, 0 with probability `rate`, else
/// 1; y = x in inference. At the end of a residual branch it leaves the branch out for some rows: stochastic
/// depth.
///
/// By default each row has a draw of its own; with [`whole_batch`](DropPath::whole_batch) there is one for
/// all. It is common to let the rate rise with depth, from 0 to 0.1 or 0.2.
///
/// Source: Huang et al., "Deep Networks with Stochastic Depth" (2016), scaled in training instead of in
/// inference. timm's `DropPath`, torchvision's `StochasticDepth`; PyTorch itself has none.
///
/// ```
/// use neuropil_nn::{DropPath, prelude::*};
///
/// let branch = Sequential::new().then(Linear::new(8, 8)).then(Relu).then(DropPath::new(0.1)?);
/// let layers = Sequential::new().then(Residual::new(branch)).then(Linear::new(8, 2));
/// let mut net = Network::new(layers, [8], 42)?;
/// assert_eq!(net.predict(&[1.0; 8])?, net.predict(&[1.0; 8])?);
/// assert!(DropPath::new(2.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "StochasticDepth")]
#[derive(Clone, Copy, Debug)]
pub struct DropPath {
    rule: Rule,
    unit: Unit,
}

impl DropPath {
    /// Drops this share of the rows.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        let Ok(rule) = Rule::new(rate) else {
            let (regularizer, setting) = ("DropPath", "rate");
            return Err(RegularizerError::NotProbability { regularizer, setting, value: rate });
        };
        Ok(Self { rule, unit: Unit::Row })
    }

    /// One draw for all rows of a batch.
    #[must_use]
    pub fn whole_batch(mut self) -> Self {
        self.unit = Unit::Batch;
        self
    }
}

impl Module for DropPath {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(UnitNoiseOp::new(self.rule, self.unit))
    }
}
