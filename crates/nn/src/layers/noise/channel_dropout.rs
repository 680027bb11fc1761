//! Dropout of whole channels, as layers.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::{Unit, UnitNoiseOp};
use neuropil_regularizers::{
    ChannelDropout as Rule, FeatureAlphaDropout as AlphaRule, RegularizerError,
};

/// y = x m / (1 - rate) in training, where m is one number for each channel of a row, 0 with probability
/// `rate`, else 1: `[channels, ..]` to the same shape. In inference y = x.
///
/// For a sequence `[steps, features]` whose features are to be dropped for all steps alike, take
/// [`VariationalDropout`](crate::VariationalDropout).
///
/// Source: Tompson et al., "Efficient Object Localization Using Convolutional Networks" (2015). PyTorch's
/// `Dropout1d`, `Dropout2d` and `Dropout3d`, which differ in the axes that they accept alone.
///
/// ```
/// use neuropil_nn::{Dropout2d, prelude::*};
///
/// let layers = Sequential::new().then(Conv2d::new(1, 6, 3)).then(Relu).then(Dropout2d::new(0.2)?);
/// let mut net = Network::new(layers, [1, 8, 8], 42)?;
/// assert_eq!(net.predict(&[1.0; 64])?, net.predict(&[1.0; 64])?);
/// assert!(Dropout2d::new(1.5).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "SpatialDropout1D")]
#[doc(alias = "SpatialDropout2D")]
#[doc(alias = "SpatialDropout3D")]
#[derive(Clone, Copy, Debug)]
pub struct ChannelDropout {
    rule: Rule,
}

/// The name that PyTorch has for [`ChannelDropout`] on `[channels, length]`.
pub type Dropout1d = ChannelDropout;

/// The name that PyTorch has for [`ChannelDropout`] on `[channels, height, width]`.
pub type Dropout2d = ChannelDropout;

/// The name that PyTorch has for [`ChannelDropout`] on `[channels, depth, height, width]`.
pub type Dropout3d = ChannelDropout;

impl ChannelDropout {
    /// Drops this share.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rule: Rule::new(rate)? })
    }
}

impl Module for ChannelDropout {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(UnitNoiseOp::new(self.rule, Unit::Channel))
    }
}

/// y = a (x m - α (1 - m)) + b in training, where m is one number for each channel of a row, 0 with
/// probability `rate`, else 1: `[channels, ..]` to the same shape. In inference y = x.
///
/// a, b and α are those of [`AlphaDropout`](crate::AlphaDropout): for images in networks of SELU.
///
/// Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017). PyTorch's `FeatureAlphaDropout`.
///
/// ```
/// use neuropil_nn::{FeatureAlphaDropout, prelude::*};
///
/// let layers = Sequential::new().then(Conv2d::new(1, 6, 3)).then(FeatureAlphaDropout::new(0.1)?);
/// let mut net = Network::new(layers, [1, 8, 8], 42)?;
/// assert_eq!(net.predict(&[1.0; 64])?, net.predict(&[1.0; 64])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FeatureAlphaDropout {
    rule: AlphaRule,
}

impl FeatureAlphaDropout {
    /// Drops this share.
    ///
    /// # Errors
    /// If `rate` is not in [0, 1].
    pub fn new(rate: f64) -> Result<Self, RegularizerError> {
        Ok(Self { rule: AlphaRule::new(rate)? })
    }
}

impl Module for FeatureAlphaDropout {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(UnitNoiseOp::new(self.rule, Unit::Channel))
    }
}
