//! Optimizers of other ideas.

use super::{Member, OptimizerCase, optimizer, reference};
use neuropil::optimizers::{
    Adafactor, Adan, Asgd, Ftrl, Lamb, Lion, Muon, OptimizerError, Rprop, ScheduleFreeAdamW,
};

pub fn forms() -> Result<Vec<Member<OptimizerCase>>, OptimizerError> {
    let (rprop, asgd, lion, adan) = (Rprop::new(), Asgd::new(), Lion::new(), Adan::new());
    let (ftrl, lamb, muon) = (Ftrl::new(), Lamb::new(), Muon::new());
    let (adafactor, free) = (Adafactor::new(), ScheduleFreeAdamW::new());
    // Not that of the type, which single precision could not follow.
    let known = adafactor.epsilons(0.02, 1e-3)?;
    let epsilons = [0.02, 1e-3];
    Ok(vec![
        Member::of::<Rprop>([
            optimizer(rprop, reference::rprop([0.5, 1.2], [1e-6, 50.0])).in_single(1e-4, 0.5),
            optimizer(rprop.etas(0.25, 1.5)?, reference::rprop([0.25, 1.5], [1e-6, 50.0]))
                .in_single(1e-4, 0.5),
            optimizer(rprop.step_sizes(0.01, 0.03)?, reference::rprop([0.5, 1.2], [0.01, 0.03])),
        ]),
        Member::of::<Asgd>([
            optimizer(asgd, reference::asgd(1e-4, 0.75, 1e6, 0.0)),
            optimizer(
                asgd.lambda(0.5)?.alpha(0.9)?.start(10.0)?,
                reference::asgd(0.5, 0.9, 10.0, 0.0),
            ),
            optimizer(asgd.start(0.0)?.weight_decay(0.1)?, reference::asgd(1e-4, 0.75, 0.0, 0.1)),
        ]),
        Member::of::<Lion>([
            optimizer(lion, reference::lion([0.9, 0.99], 0.0)),
            optimizer(lion.betas(0.5, 0.7)?, reference::lion([0.5, 0.7], 0.0)),
            optimizer(lion.weight_decay(0.5)?, reference::lion([0.9, 0.99], 0.5)),
        ]),
        Member::of::<Adan>([
            optimizer(adan, reference::adan([0.98, 0.92, 0.99], 1e-8, 0.0)),
            optimizer(
                adan.betas(0.9, 0.8, 0.95)?.epsilon(0.01)?,
                reference::adan([0.9, 0.8, 0.95], 0.01, 0.0),
            ),
            optimizer(adan.weight_decay(0.5)?, reference::adan([0.98, 0.92, 0.99], 1e-8, 0.5)),
        ]),
        Member::of::<Lamb>([
            optimizer(lamb, reference::lamb([0.9, 0.999], 1e-6, 0.0)),
            optimizer(lamb.betas(0.5, 0.9)?, reference::lamb([0.5, 0.9], 1e-6, 0.0)),
            optimizer(
                lamb.epsilon(0.1)?.weight_decay(0.5)?,
                reference::lamb([0.9, 0.999], 0.1, 0.5),
            ),
        ]),
        Member::of::<Ftrl>([
            optimizer(ftrl, reference::ftrl(0.1, 0.0, 0.0, 0.0)),
            optimizer(ftrl.initial_accumulator(2.0)?, reference::ftrl(2.0, 0.0, 0.0, 0.0)),
            optimizer(ftrl.beta(1.0)?.l1(0.7)?.l2(0.3)?, reference::ftrl(0.1, 1.0, 0.7, 0.3)),
        ]),
        Member::of::<ScheduleFreeAdamW>([
            optimizer(free, reference::schedule_free([0.9, 0.999], 0.0, 0)),
            optimizer(free.warmup(20), reference::schedule_free([0.9, 0.999], 0.0, 20)),
            optimizer(
                free.betas(0.5, 0.9)?.weight_decay(0.5)?,
                reference::schedule_free([0.5, 0.9], 0.5, 0),
            ),
        ]),
        Member::of::<Adafactor>([
            optimizer(known, reference::adafactor(-0.8, epsilons, 1.0, 0.0)),
            optimizer(known, reference::adafactor(-0.8, epsilons, 1.0, 0.0)).of_matrices(),
            optimizer(
                known.beta2_decay(-0.3)?.threshold(1.5)?,
                reference::adafactor(-0.3, epsilons, 1.5, 0.0),
            )
            .of_matrices(),
            optimizer(
                adafactor.epsilons(0.5, 1.0)?.weight_decay(0.5)?,
                reference::adafactor(-0.8, [0.5, 1.0], 1.0, 0.5),
            )
            .of_matrices(),
        ]),
        Member::of::<Muon>([
            optimizer(muon, reference::muon(0.95, true, 0.1, 5, 1.0)).of_matrices(),
            optimizer(
                muon.momentum(0.5)?.without_nesterov().weight_decay(0.0)?,
                reference::muon(0.5, false, 0.0, 5, 1.0),
            )
            .of_matrices(),
            optimizer(
                muon.iterations(3)?.match_rms_adamw(),
                reference::muon(0.95, true, 0.1, 3, 0.2 * 3.0_f64.sqrt()),
            )
            .of_matrices(),
        ]),
    ])
}
