//! What the network ends in, and what its loss takes.

use super::{Lint, Rule, Training};
use crate::inspect::Role;
use crate::inspect::anatomy::Anatomy;
use neuropil_losses::Prediction;

pub(super) fn check(anatomy: &Anatomy<'_>, training: Option<&Training<'_>>, lint: &mut Lint) {
    for (cost, takes, prediction) in anatomy.costs() {
        let last = anatomy.origin(prediction, true);
        ends(anatomy, lint, (cost, takes, prediction, last));
        if takes == Prediction::Logits && anatomy.record.values[prediction].spec.width() == 1 {
            let message = format!(
                "{} takes the softmax of one logit, which is always 1: no weight gets a gradient. \
                 Give it a logit for each class, or take a loss of one number",
                anatomy.name(cost)
            );
            lint.add(Rule::SingleClass, vec![anatomy.path(last)], message);
        }
    }
    if anatomy.program.cost.is_some() {
        no_slope(anatomy, training, lint);
    }
}

fn ends(
    anatomy: &Anatomy<'_>,
    lint: &mut Lint,
    (cost, takes, prediction, last): (usize, Prediction, usize, usize),
) {
    let (loss, name) = (anatomy.name(cost), anatomy.name(last));
    let at = vec![anatomy.path(last)];
    let role = anatomy.role(last);
    let inside = match takes {
        Prediction::Logits => Some("softmax"),
        Prediction::BinaryLogits => Some("sigmoid"),
        _ => None,
    };
    match (role, inside) {
        (Role::Distribution, Some(inside)) => {
            let message = format!(
                "{loss} takes logits and does the {inside} itself: leave {name} out, and apply it \
                 to predictions only"
            );
            lint.add(Rule::ActivatedLogits, at, message);
        }
        (Role::Curve(curve), Some(inside)) if curve.saturates() => {
            let message = format!(
                "{loss} takes logits, any number, and does the {inside} itself; {name} keeps them \
                 between {} and {}: leave it out",
                curve.left, curve.right
            );
            lint.add(Rule::ActivatedLogits, at, message);
        }
        (Role::Curve(curve), _) if curve.rectifies && curve.right.is_infinite() => {
            let message = format!(
                "an output below zero gets no gradient through {name}, and its unit may never \
                 recover: end with the layer before it, or with Softplus if nothing negative is \
                 wanted"
            );
            lint.add(Rule::RectifiedOutput, at, message);
        }
        (Role::Linear { .. }, None) if takes == Prediction::Probabilities => {
            let advice = match anatomy.record.values[prediction].spec.width() {
                1 => "Sigmoid",
                _ => "Softmax, or Sigmoid where each number is a question of its own,",
            };
            let message = format!(
                "{loss} takes probabilities, and {name} gives any number: put {advice} behind it, \
                 or take the loss of logits"
            );
            lint.add(Rule::RawProbabilities, at, message);
        }
        _ => {}
    }
}

fn no_slope(anatomy: &Anatomy<'_>, training: Option<&Training<'_>>, lint: &mut Lint) {
    for (index, role) in anatomy.ops() {
        let Role::Curve(curve) = role else { continue };
        let mut weights = anatomy.weights_of(index);
        weights.retain(|path| training.is_none_or(|training| (training.is_trained)(path)));
        if curve.blocks && !weights.is_empty() {
            let message = format!(
                "the slope of {} is 0 everywhere, so that {} cannot learn: take a function with a \
                 slope (Sigmoid, Tanh, ReLU), or freeze what stands before it",
                anatomy.name(index),
                weights.join(", ")
            );
            lint.add(Rule::NoSlope, vec![anatomy.path(index)], message);
        }
    }
}
