//! The channels of a picture where losses and metrics look for classes.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::ChannelsLastOp;

/// y[.., c] = x[c, ..]: `[channels, ..]` to `[.., channels]`. PyTorch's `movedim(1, -1)`.
///
/// Losses and metrics look for the classes along the last axis, and convolutions give channels along
/// the first: a network that says what each place of a picture shows ends in this, and its labels
/// are of the shape of the picture, `[height, width]`. It is what PyTorch's losses do with
/// `[N, C, d1, ...]`.
///
/// ```
/// use neuropil_data::{Inputs, Targets};
/// use neuropil_nn::{ChannelsLast, prelude::*};
///
/// let layers = Sequential::new().then(Conv2d::new(1, 3, 3).padding(1)).then(ChannelsLast);
/// let mut net = Network::new(layers, [1, 4, 4], 42)?; // three classes for each of 4x4 places
/// let labels = (0..2 * 16).map(|i| i % 3).collect();
/// let targets = Targets::Labels { labels, classes: 3, shape: vec![4, 4] };
/// let data = Dataset::new([1, 4, 4], Inputs::Numbers(vec![0.5; 2 * 16]), targets)?;
/// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?;
/// let history = trainer.fit(&data, Fit::epochs(2))?;
/// assert!(history.epochs[1].cost < history.epochs[0].cost);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChannelsLast;

impl Module for ChannelsLast {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(ChannelsLastOp)
    }
}
