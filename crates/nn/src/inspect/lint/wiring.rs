//! Layers in an order that is of no use.

use super::{Lint, Rule};
use crate::inspect::Role;
use crate::inspect::anatomy::Anatomy;
use neuropil_tensor::Shape;

pub(super) fn check(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    stacked_linear(anatomy, lint);
    bias_before_normalization(anatomy, lint);
    dropout_at_output(anatomy, lint);
}

fn stacked_linear(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    for (second, _) in anatomy.ops() {
        let Some(parts) = anatomy.linear(second) else { continue };
        let first = anatomy.origin(parts.input, true);
        let Some(before) = anatomy.linear(first) else { continue };
        let shape = |index: usize| anatomy.record.values[index].spec.shape;
        let kernels = kernel(anatomy, first).zip(kernel(anatomy, second));
        let len = |index: usize| match kernels {
            Some(_) => shape(index)[0],
            None => shape(index).len(),
        };
        let between = len(first);
        let bottleneck = between < len(before.input) && between < len(second);
        // Channels and places apart, as a depthwise and a pointwise convolution, or height and width.
        let are_factors = kernels.is_some_and(|(a, b)| {
            let is_grouped = |w: Shape, from: usize, to: usize| w[0] * w[1] < len(from) * len(to);
            is_grouped(a, before.input, first)
                || is_grouped(b, parts.input, second)
                || longer(a, b) && longer(b, a)
        });
        if bottleneck || are_factors || anatomy.only_reader(first, true) != Some(second) {
            continue;
        }
        let message = format!(
            "{} and {} with no activation between are one linear layer: put an activation between \
             them, or leave one out",
            anatomy.name(first),
            anatomy.name(second)
        );
        lint.add(Rule::StackedLinear, vec![anatomy.path(first), anatomy.path(second)], message);
    }
}

/// The shape of a convolution's weight.
fn kernel(anatomy: &Anatomy<'_>, index: usize) -> Option<Shape> {
    let weight = anatomy.linear(index)?.weight?;
    let shape = anatomy.record.weights[weight].shape;
    (shape.rank() > 2).then_some(shape)
}

/// Whether a kernel reaches along an axis along which the other does not.
fn longer(a: Shape, b: Shape) -> bool {
    a.dims()[2..].iter().zip(&b.dims()[2..]).any(|(&a, &b)| a > 1 && b == 1)
}

fn bias_before_normalization(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    for (index, _) in anatomy.ops() {
        let Some(bias) = anatomy.linear(index).and_then(|parts| parts.bias) else { continue };
        let Some(uses) = anatomy.uses(index, false) else { continue };
        let loses = |&(reader, place): &(usize, usize)| {
            place == 0 && anatomy.role(reader) == Role::Normalization { over_rows: true }
        };
        if uses.is_empty() || !uses.iter().all(loses) {
            continue;
        }
        let message = format!(
            "{} subtracts the mean over the rows and with it this bias, which gets no gradient: \
             build {} without a bias",
            anatomy.name(uses[0].0),
            anatomy.path(index)
        );
        let path = anatomy.record.weights[bias].path.clone();
        lint.add(Rule::BiasBeforeNormalization, vec![path], message);
    }
}

fn dropout_at_output(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    for prediction in anatomy.predictions() {
        let mut at = anatomy.origin(prediction, false);
        while matches!(anatomy.role(at), Role::Curve(_) | Role::Distribution) {
            let Some(input) = anatomy.first_input(at) else { break };
            at = anatomy.origin(input, false);
        }
        if anatomy.role(at) == Role::Dropout {
            let message = "drops predictions, which no later layer can make good: put it before \
                           the last layer with weights";
            lint.add(Rule::DropoutAtOutput, vec![anatomy.path(at)], message.into());
        }
    }
}

/// Weights that no output depends on: where the plan is all that they are for.
pub(super) fn check_unused(anatomy: &Anatomy<'_>, lint: &mut Lint) {
    let unused: Vec<String> = (anatomy.record.weights.iter())
        .filter(|weight| !anatomy.needed[weight.value])
        .map(|weight| weight.path.clone())
        .collect();
    if !unused.is_empty() {
        let message = "the output does not depend on them: return what is computed from them, or \
                       leave their layers out";
        lint.add(Rule::UnusedWeight, unused, message.into());
    }
}
