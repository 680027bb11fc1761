//! All optimizers, in each of their forms.

use super::Member;
use crate::cases::{OptimizerCase, optimizer};
use crate::reference::steps as reference;
use neuropil::optimizers::{Adam, OptimizerError, Sgd};

/// All of them.
pub fn all() -> Vec<Member<OptimizerCase>> {
    forms().expect("good settings")
}

fn forms() -> Result<Vec<Member<OptimizerCase>>, OptimizerError> {
    let (sgd, heavy, adam) = (Sgd::new(), Sgd::new().momentum(0.9)?, Adam::new());
    Ok(vec![
        Member::of::<Adam>([
            optimizer(adam, reference::adam([0.9, 0.999], 1e-8, 0.0)),
            optimizer(adam.weight_decay(0.1)?, reference::adam([0.9, 0.999], 1e-8, 0.1)),
            optimizer(adam.epsilon(1e-2)?, reference::adam([0.9, 0.999], 1e-2, 0.0)),
            optimizer(adam.betas(0.5, 0.9)?, reference::adam([0.5, 0.9], 1e-8, 0.0)),
            optimizer(adam.betas(0.9, 0.5)?, reference::adam([0.9, 0.5], 1e-8, 0.0)),
            optimizer(
                adam.betas(0.0, 0.99)?.epsilon(1e-2)?.weight_decay(0.1)?,
                reference::adam([0.0, 0.99], 1e-2, 0.1),
            ),
        ]),
        Member::of::<Sgd>([
            optimizer(sgd, reference::sgd(0.0, 0.0, 0.0)),
            optimizer(sgd.weight_decay(0.1)?, reference::sgd(0.0, 0.0, 0.1)),
            optimizer(heavy, reference::sgd(0.9, 0.0, 0.0)),
            optimizer(heavy.weight_decay(0.1)?, reference::sgd(0.9, 0.0, 0.1)),
            optimizer(heavy.dampening(0.3)?, reference::sgd(0.9, 0.3, 0.0)),
            optimizer(heavy.dampening(0.3)?.weight_decay(0.1)?, reference::sgd(0.9, 0.3, 0.1)),
            optimizer(heavy.nesterov()?, reference::nesterov(0.9, 0.0)),
            optimizer(heavy.nesterov()?.weight_decay(0.1)?, reference::nesterov(0.9, 0.1)),
        ]),
    ])
}
