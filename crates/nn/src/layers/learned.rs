//! The weight of an activation that learns.

use crate::error::BuildError;
use crate::graph::Node;
use neuropil_initializers::Constant;

/// A weight for each of so many channels, all of which start at `init`.
pub(super) fn weight<'g>(
    x: Node<'g>,
    layer: &str,
    name: &str,
    channels: usize,
    init: f64,
) -> Result<Node<'g>, BuildError> {
    let refuse = |message| Err(BuildError::Option { path: x.path(), message });
    if channels == 0 {
        return refuse(format!("{layer}: channels must be at least 1, but is 0"));
    }
    if !(init as f32).is_finite() {
        return refuse(format!("{layer}: init must be a finite number in f32, but is {init}"));
    }
    x.graph().param(name, [channels], Constant(init))
}
