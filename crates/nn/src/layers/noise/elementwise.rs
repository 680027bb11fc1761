//! Rules that draw for each number, as layers.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::NoiseOp;
use neuropil_regularizers::{
    AlphaDropout as AlphaRule, GaussianDropout as GaussianRule, GaussianNoise as NoiseRule,
    RegularizerError,
};

/// y = a (x m - α (1 - m)) + b in training, where each number of m is 0 with probability `rate`, else 1;
/// y = x in inference.
///
/// α = 1.7580993408473766 is what SELU saturates at; a = 1/√((1 - rate)(1 + rate α²)) and b = a rate α keep
/// numbers of mean 0 and variance 1 such.
///
/// Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017). PyTorch's `AlphaDropout`.
///
/// ```
/// use neuropil_nn::{AlphaDropout, prelude::*};
///
/// let layers = Sequential::new().then(Linear::new(4, 8)).then(AlphaDropout::new(0.1)?);
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.predict(&[1.0; 4])?, net.predict(&[1.0; 4])?);
/// assert!(AlphaDropout::new(-0.5).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AlphaDropout {
    rule: AlphaRule,
}

impl AlphaDropout {
    /// Drops this share.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rule: AlphaRule::new(rate)? })
    }
}

impl Module for AlphaDropout {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(NoiseOp(self.rule))
    }
}

/// y = x m in training, where each number of m is drawn from N(1, rate/(1 - rate)); y = x in inference.
///
/// Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting" (2014),
/// section 10. Keras's `GaussianDropout`; PyTorch has none.
///
/// ```
/// use neuropil_nn::{GaussianDropout, prelude::*};
///
/// let layers = Sequential::new().then(Linear::new(4, 8)).then(GaussianDropout::new(0.2)?);
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.predict(&[1.0; 4])?, net.predict(&[1.0; 4])?);
/// assert!(GaussianDropout::new(1.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GaussianDropout {
    rule: GaussianRule,
}

impl GaussianDropout {
    /// Blurs as much as dropout of this share.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1).
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rule: GaussianRule::new(rate)? })
    }
}

impl Module for GaussianDropout {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(NoiseOp(self.rule))
    }
}

/// y = x + σ z in training, where each number of z is drawn from N(0, 1); y = x in inference.
///
/// Source: Bishop, "Training with Noise is Equivalent to Tikhonov Regularization" (1995). Keras's
/// `GaussianNoise`; PyTorch has none.
///
/// ```
/// use neuropil_nn::{GaussianNoise, prelude::*};
///
/// let layers = Sequential::new().then(GaussianNoise::new(0.1)?).then(Linear::new(4, 8));
/// let mut net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.predict(&[1.0; 4])?, net.predict(&[1.0; 4])?);
/// assert!(GaussianNoise::new(f64::NAN).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GaussianNoise {
    rule: NoiseRule,
}

impl GaussianNoise {
    /// Noise of this standard deviation, σ.
    ///
    /// # Errors
    /// If it is NaN, infinite or below zero.
    pub fn new(deviation: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rule: NoiseRule::new(deviation)? })
    }
}

impl Module for GaussianNoise {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(NoiseOp(self.rule))
    }
}
