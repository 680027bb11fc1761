//! Gradients of everything in the list against central differences, in `f64`: fused and unfused,
//! written over NaN and added to other numbers.

use crate::registry::{MEMBERS, Member};
use neuropil_nn::prelude::*;

#[test]
fn activations_and_layers() -> Result<(), String> {
    for member in MEMBERS {
        let Member::Module(name, samples) = member else {
            continue;
        };
        for (module, shape) in samples() {
            let fail = |error| format!("{name} on {shape}: {error}");
            gradcheck(&*module, shape, 1).map_err(fail)?;
            gradcheck(&BehindLinear(&*module), shape, 2).map_err(fail)?;
        }
    }
    Ok(())
}

#[test]
fn ops_and_losses() -> Result<(), String> {
    for member in MEMBERS {
        if let Member::Op(name, check) | Member::Loss(name, check) = member {
            check().map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(())
}

/// A module behind a product, with which it may be fused, and before another.
#[derive(Debug)]
struct BehindLinear<'m>(&'m dyn Module);

impl Module for BehindLinear<'_> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let y = x.named("first", &Linear::new(x.width(), x.width()))?;
        let y = y.named("module", self.0)?;
        y.named("last", &Linear::new(y.width(), 2))
    }
}
