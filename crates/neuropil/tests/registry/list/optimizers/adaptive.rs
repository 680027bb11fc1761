//! Adam and its relatives.

use super::{Member, OptimizerCase, optimizer, reference};
use neuropil::optimizers::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, NAdam, OptimizerError, RAdam, RmsProp,
};

pub fn forms() -> Result<Vec<Member<OptimizerCase>>, OptimizerError> {
    let betas = [0.9, 0.999];
    let (adam, adam_w, adamax) = (Adam::new(), AdamW::new(), Adamax::new());
    let (nadam, radam) = (NAdam::new(), RAdam::new());
    let (adagrad, adadelta, rmsprop) = (Adagrad::new(), Adadelta::new(), RmsProp::new());
    Ok(vec![
        Member::of::<Adam>([
            optimizer(adam, reference::adam(betas, 1e-8, 0.0)),
            optimizer(adam.weight_decay(0.1)?, reference::adam(betas, 1e-8, 0.1)),
            optimizer(adam.epsilon(1e-2)?, reference::adam(betas, 1e-2, 0.0)),
            optimizer(adam.betas(0.5, 0.9)?, reference::adam([0.5, 0.9], 1e-8, 0.0)),
            optimizer(adam.betas(0.9, 0.5)?, reference::adam([0.9, 0.5], 1e-8, 0.0)),
            optimizer(
                adam.betas(0.0, 0.99)?.epsilon(1e-2)?.weight_decay(0.1)?,
                reference::adam([0.0, 0.99], 1e-2, 0.1),
            ),
            optimizer(adam.betas(0.9, 0.7)?.amsgrad(), reference::amsgrad([0.9, 0.7], 0.0)),
            optimizer(
                adam.betas(0.9, 0.7)?.amsgrad().weight_decay(0.1)?,
                reference::amsgrad([0.9, 0.7], 0.1),
            ),
        ]),
        Member::of::<AdamW>([
            optimizer(adam_w.weight_decay(0.5)?, reference::adam_w(betas, 1e-8, 0.5, false)),
            optimizer(adam_w.weight_decay(0.0)?, reference::adam_w(betas, 1e-8, 0.0, false)),
            optimizer(adam_w, reference::adam_w(betas, 1e-8, 0.01, false)),
            optimizer(
                adam_w.betas(0.5, 0.9)?.epsilon(1e-2)?,
                reference::adam_w([0.5, 0.9], 1e-2, 0.01, false),
            ),
            optimizer(
                adam_w.betas(0.9, 0.7)?.amsgrad().weight_decay(0.3)?,
                reference::adam_w([0.9, 0.7], 1e-8, 0.3, true),
            ),
        ]),
        Member::of::<NAdam>([
            optimizer(nadam, reference::nadam(betas, 4e-3, (0.0, false))),
            optimizer(nadam.momentum_decay(0.5)?, reference::nadam(betas, 0.5, (0.0, false))),
            optimizer(nadam.betas(0.5, 0.9)?, reference::nadam([0.5, 0.9], 4e-3, (0.0, false))),
            optimizer(nadam.weight_decay(0.2)?, reference::nadam(betas, 4e-3, (0.2, false))),
            optimizer(
                nadam.weight_decay(0.2)?.decoupled(),
                reference::nadam(betas, 4e-3, (0.2, true)),
            ),
        ]),
        Member::of::<RAdam>([
            optimizer(radam, reference::radam(betas, (0.0, false))),
            optimizer(radam.betas(0.5, 0.9)?, reference::radam([0.5, 0.9], (0.0, false))),
            // Never rectified.
            optimizer(radam.betas(0.9, 0.5)?, reference::radam([0.9, 0.5], (0.0, false))),
            optimizer(radam.weight_decay(0.2)?, reference::radam(betas, (0.2, false))),
            optimizer(radam.weight_decay(0.2)?.decoupled(), reference::radam(betas, (0.2, true))),
        ]),
        Member::of::<Adamax>([
            optimizer(adamax, reference::adamax(betas, 1e-8, 0.0)),
            optimizer(adamax.betas(0.8, 0.99)?, reference::adamax([0.8, 0.99], 1e-8, 0.0)),
            optimizer(adamax.epsilon(0.1)?.weight_decay(0.1)?, reference::adamax(betas, 0.1, 0.1)),
        ]),
        Member::of::<Adagrad>([
            optimizer(adagrad, reference::adagrad(0.0, 0.0, 1e-10, 0.0)),
            optimizer(adagrad.rate_decay(0.1)?, reference::adagrad(0.1, 0.0, 1e-10, 0.0))
                .at_rate(2.0),
            optimizer(adagrad.initial_accumulator(0.5)?, reference::adagrad(0.0, 0.5, 1e-10, 0.0)),
            optimizer(
                adagrad.epsilon(0.3)?.weight_decay(0.5)?,
                reference::adagrad(0.0, 0.0, 0.3, 0.5),
            ),
        ]),
        Member::of::<Adadelta>([
            optimizer(adadelta, reference::adadelta(0.9, 1e-6, 0.0)).at_rate(4.0),
            optimizer(adadelta.epsilon(1e-2)?, reference::adadelta(0.9, 1e-2, 0.0)),
            optimizer(
                adadelta.rho(0.5)?.epsilon(1e-2)?.weight_decay(0.5)?,
                reference::adadelta(0.5, 1e-2, 0.5),
            ),
        ]),
        Member::of::<RmsProp>([
            optimizer(rmsprop, reference::rmsprop(0.99, 0.0, false, 0.0)),
            optimizer(rmsprop.alpha(0.5)?, reference::rmsprop(0.5, 0.0, false, 0.0)),
            optimizer(rmsprop.weight_decay(0.5)?, reference::rmsprop(0.99, 0.0, false, 0.5)),
            optimizer(rmsprop.momentum(0.5)?, reference::rmsprop(0.99, 0.5, false, 0.0)),
            optimizer(rmsprop.centered(), reference::rmsprop(0.99, 0.0, true, 0.0)),
            optimizer(rmsprop.momentum(0.5)?.centered(), reference::rmsprop(0.99, 0.5, true, 0.0)),
        ]),
    ])
}
