//! Dropout with one mask for all steps.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::VariationalDropoutOp;
use neuropil_regularizers::{Dropout as Rule, RegularizerError};

/// y = x m / (1 - rate) in training, where m has a number for each feature of a row, 0 with probability
/// `rate`, else 1, the same at all steps: `[.., features]` to the same shape. In inference y = x.
///
/// Before and between recurrent layers a feature is silent for a whole sequence then, where
/// [`Dropout`](crate::Dropout) would blink. For the recurrence itself take
/// [`DropConnect`](crate::DropConnect) of `weight_hh_l0`. Where a sequence is trained in pieces, each piece
/// has a mask of its own.
///
/// Source: Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural
/// Networks" (2016). PyTorch has none; Keras's `Dropout` with a `noise_shape`, or `SpatialDropout1D`, whose
/// channels come last.
///
/// ```
/// use neuropil_nn::{VariationalDropout, prelude::*};
///
/// let layers = Sequential::new().then(VariationalDropout::new(0.3)?).then(Lstm::new(3, 8));
/// let mut net = Network::new(layers, [5, 3], 42)?;
/// assert_eq!(net.predict(&[1.0; 15])?, net.predict(&[1.0; 15])?);
/// assert!(VariationalDropout::new(-0.3).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "LockedDropout")]
#[derive(Clone, Copy, Debug)]
pub struct VariationalDropout {
    rule: Rule,
}

impl VariationalDropout {
    /// Drops this share.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        let Ok(rule) = Rule::new(rate) else {
            let (regularizer, setting) = ("VariationalDropout", "rate");
            return Err(RegularizerError::NotProbability { regularizer, setting, value: rate });
        };
        Ok(Self { rule })
    }
}

impl Module for VariationalDropout {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(VariationalDropoutOp(self.rule))
    }
}
