//! All optimizers, in each of their forms.

use super::Member;
use crate::cases::{OptimizerCase, optimizer};
use neuropil::optimizers::{Adam, OptimizerError, Sgd};

/// All of them.
pub fn all() -> Vec<Member<OptimizerCase>> {
    forms().expect("good settings")
}

fn forms() -> Result<Vec<Member<OptimizerCase>>, OptimizerError> {
    let heavy = Sgd::new().momentum(0.9)?;
    Ok(vec![
        Member::of::<Adam>([
            optimizer(Adam::new()),
            optimizer(Adam::new().weight_decay(0.01)?),
            optimizer(Adam::new().betas(0.5, 0.9)?.epsilon(1e-4)?),
        ]),
        Member::of::<Sgd>([
            optimizer(Sgd::new()),
            optimizer(Sgd::new().weight_decay(0.01)?),
            optimizer(heavy),
            optimizer(heavy.dampening(0.5)?),
            optimizer(heavy.nesterov()?),
        ]),
    ])
}
