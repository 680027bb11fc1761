//! All optimizers, in each of their forms.

mod adaptive;
mod others;

use super::Member;
use crate::cases::{OptimizerCase, optimizer};
use crate::reference::steps as reference;
use neuropil::optimizers::{OptimizerError, Sgd};

/// All of them.
pub fn all() -> Vec<Member<OptimizerCase>> {
    [adaptive::forms(), others::forms(), forms()]
        .into_iter()
        .flat_map(|forms| forms.expect("good settings"))
        .collect()
}

fn forms() -> Result<Vec<Member<OptimizerCase>>, OptimizerError> {
    let (sgd, heavy) = (Sgd::new(), Sgd::new().momentum(0.9)?);
    Ok(vec![Member::of::<Sgd>([
        optimizer(sgd, reference::sgd(0.0, 0.0, 0.0)),
        optimizer(sgd.weight_decay(0.1)?, reference::sgd(0.0, 0.0, 0.1)),
        optimizer(heavy, reference::sgd(0.9, 0.0, 0.0)),
        optimizer(heavy.weight_decay(0.1)?, reference::sgd(0.9, 0.0, 0.1)),
        optimizer(heavy.dampening(0.3)?, reference::sgd(0.9, 0.3, 0.0)),
        optimizer(heavy.dampening(0.3)?.weight_decay(0.1)?, reference::sgd(0.9, 0.3, 0.1)),
        optimizer(heavy.nesterov()?, reference::nesterov(0.9, 0.0)),
        optimizer(heavy.nesterov()?.weight_decay(0.1)?, reference::nesterov(0.9, 0.1)),
    ])])
}
