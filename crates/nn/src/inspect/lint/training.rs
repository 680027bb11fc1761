//! What is trained, and what is taken from it.

use super::{Lint, Rule};
use crate::graph::Source;
use crate::inspect::Role;
use crate::inspect::anatomy::{Anatomy, reaches_cost};

/// What a trainer adds to the recorded ops.
pub(crate) struct Training<'a> {
    /// Whether the weight of a path is trained.
    pub is_trained: &'a dyn Fn(&str) -> bool,
    /// The weights that each penalty lies on, by path.
    pub penalties: &'a [Vec<&'a str>],
    /// The weights that the optimizer lets decay, by path.
    pub decayed: &'a [&'a str],
    /// The rates of some updates to come, the first of all among them.
    pub rates: &'a [f64],
}

pub(super) fn check(anatomy: &Anatomy<'_>, training: &Training<'_>, lint: &mut Lint) {
    penalized_bias(anatomy, training, lint);
    unused_weight(anatomy, training, lint);
    rate(training.rates, lint);
}

fn rate(rates: &[f64], lint: &mut Lint) {
    if let Some(rate) = rates.iter().find(|&&rate| !(rate >= 0.0 && rate.is_finite())) {
        let message = format!(
            "the schedule comes to a rate of {rate}, which makes the cost grow or all weights NaN: \
             take one of at least 0"
        );
        lint.add(Rule::Rate, Vec::new(), message);
    } else if rates.iter().all(|&rate| rate == 0.0) {
        let message = "the schedule stays at a rate of 0, and nothing learns any more: set a rate, \
                       or give the schedule as many updates as the training has";
        lint.add(Rule::Rate, Vec::new(), message.into());
    }
}

fn penalized_bias(anatomy: &Anatomy<'_>, training: &Training<'_>, lint: &mut Lint) {
    let mut spared: Vec<&str> = Vec::new();
    for (index, role) in anatomy.ops() {
        let Some((_, inputs)) = anatomy.op(index) else { continue };
        let shifts = match role {
            Role::Linear { bias, .. } => inputs.get(bias..=bias),
            Role::Normalization { .. } => inputs.get(1..),
            _ => None,
        };
        for &input in shifts.unwrap_or_default() {
            if let Source::Weight(weight) =
                anatomy.record.values[anatomy.origin(input, false)].source
            {
                spared.push(&anatomy.record.weights[weight].path);
            }
        }
    }
    let found = |paths: &[&str]| -> Vec<String> {
        let found = paths.iter().filter(|path| spared.contains(path));
        found.filter(|path| (training.is_trained)(path)).map(|path| (*path).to_owned()).collect()
    };
    let why = "biases and the weights of normalizations do not overfit, and are held from where \
               they must go";
    for penalty in training.penalties {
        let paths = found(penalty);
        if !paths.is_empty() {
            let message = format!(
                "a penalty lies on them: {why}. Choose a pattern that matches the weights of \
                 linear layers alone"
            );
            lint.add(Rule::PenalizedBias, paths, message);
        }
    }
    let paths = found(training.decayed);
    if !paths.is_empty() {
        let message = format!(
            "the optimizer lets them decay: {why}. Spare them with `no_decay_on_biases_and_norms`, or \
             lay a penalty L2 on the other weights instead"
        );
        lint.add(Rule::PenalizedBias, paths, message);
    }
}

fn unused_weight(anatomy: &Anatomy<'_>, training: &Training<'_>, lint: &mut Lint) {
    let reaches = reaches_cost(anatomy.program);
    let unused: Vec<String> = (anatomy.record.weights.iter())
        .filter(|weight| !reaches[weight.value] && (training.is_trained)(&weight.path))
        .map(|weight| weight.path.clone())
        .collect();
    if !unused.is_empty() {
        let message = "no gradient comes to them from the cost: use what is computed from them, or \
                       freeze them";
        lint.add(Rule::UnusedWeight, unused, message.into());
    }
}
