//! What every member computes, as numbers to compare: of one run with another, of one level of
//! instructions with another.

use crate::cases::{MixtureCase, RegularizerKind};
use crate::faces::{ActivationIn, ConstraintIn, LossIn, OptimizerIn, PenaltyIn, RuleIn};
use crate::losses::samples::Sample;
use crate::modules::graphs;
use crate::numbers::{bits, doubles, numbers};
use crate::optimizers::Tensor;
use crate::{
    activations, averages, constraints, joint_losses, losses, mixtures, modules, optimizers,
    regularizers,
};
use neuropil::Real;
use neuropil::losses::Weights;
use neuropil::regularizers::Mix;
use neuropil::simd::{Float, Level};
use std::fmt::Write;

/// The environment variable with the path of a file to write [`text`] to.
pub const FILE_VARIABLE: &str = "NEUROPIL_REGISTRY_OUTPUTS";

/// Numbers that one member has computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub what: String,
    /// The last place of a number near 1.
    pub epsilon: f64,
    pub bits: Vec<u64>,
}

/// The outputs of all members in both types.
pub fn all() -> Vec<Output> {
    let mut outputs = Vec::new();
    of_type::<f32>(&mut outputs, |case| &*case.f, |case| &*case.loss, |case| &*case.optimizer);
    of_type::<f64>(&mut outputs, |case| &*case.f, |case| &*case.loss, |case| &*case.optimizer);
    joint_losses::outputs::<f32>(|loss| loss, &mut |what, numbers| {
        push::<f32>(&mut outputs, what, numbers)
    });
    joint_losses::outputs::<f64>(|loss| loss, &mut |what, numbers| {
        push::<f64>(&mut outputs, what, numbers)
    });
    for case in regularizers::cases() {
        match &case.kind {
            RegularizerKind::Penalty(penalty, _) => {
                of_penalty::<f32>(&mut outputs, &**penalty);
                of_penalty::<f64>(&mut outputs, &**penalty);
            }
            RegularizerKind::Rule(rule) => {
                of_rule::<f32>(&mut outputs, &**rule);
                of_rule::<f64>(&mut outputs, &**rule);
            }
        }
    }
    for case in constraints::cases() {
        of_constraint::<f32>(&mut outputs, &*case.constraint);
        of_constraint::<f64>(&mut outputs, &*case.constraint);
    }
    for case in averages::cases() {
        let (single, double) =
            (averages::averaged(&*case.average, 5, 70), averages::averaged(&*case.average, 5, 70));
        push::<f32>(&mut outputs, &case.average, &doubles::<f32>(&single));
        push::<f64>(&mut outputs, &case.average, &doubles::<f64>(&double));
    }
    for case in mixtures::cases() {
        for mix in mixtures::drawn(&case).take(5) {
            of_mix::<f32>(&mut outputs, &case, &mix);
            of_mix::<f64>(&mut outputs, &case, &mix);
        }
    }
    outputs
}

fn push<T: Float>(outputs: &mut Vec<Output>, what: impl std::fmt::Debug, numbers: &[f64]) {
    let (what, epsilon) = (format!("{what:?} {}", T::NAME), T::EPSILON.to_f64());
    outputs.push(Output { what, epsilon, bits: bits(numbers) });
}

/// Widths that leave tails at every level, and one beyond a block of a sum.
const WIDTHS: [usize; 4] = [2, 18, 40, 150];

fn of_type<T: Real>(
    outputs: &mut Vec<Output>,
    activation: fn(&crate::cases::ActivationCase) -> &dyn ActivationIn<T>,
    loss: fn(&crate::cases::LossCase) -> &dyn LossIn<T>,
    optimizer: fn(&crate::cases::OptimizerCase) -> &dyn OptimizerIn<T>,
) {
    for case in activations::cases() {
        let f = activation(&case);
        for width in WIDTHS {
            let output_width = f.output_width(width).expect("even widths are taken by all");
            let (x, dy) = (numbers(3 * width, 6.0, 1), numbers(3 * output_width, 1.0, 2));
            let (mut y, mut dx) = (vec![T::NAN; 3 * output_width], vec![T::ONE; 3 * width]);
            f.forward(width, &x, &mut y);
            f.backward(width, &x, &y, &dy, &mut dx);
            push::<T>(outputs, f, &doubles(&y));
            push::<T>(outputs, f, &doubles(&dx));
        }
    }
    for case in losses::cases() {
        let loss = loss(&case);
        for sample in WIDTHS.into_iter().flat_map(|width| Sample::<T>::all(loss, (3, width), 1)) {
            let (mut row, mut dx) = (vec![T::NAN; 3], vec![T::NAN; sample.x.len()]);
            let weights = Weights::uniform(T::ONE);
            loss.rows(sample.width, &sample.x, sample.plain(), weights, &mut row, None);
            let value = loss.both(sample.width, &sample.x, sample.target(), &mut dx);
            push::<T>(outputs, loss, &doubles(&row));
            push::<T>(outputs, loss, &[value.expect("a good sample")]);
            push::<T>(outputs, loss, &doubles(&dx));
        }
    }
    for case in optimizers::cases() {
        let optimizer = optimizer(&case);
        let mut tensor = Tensor::new(optimizer, 37);
        for count in 1..=5 {
            tensor.step(optimizer, count, &[]);
        }
        push::<T>(outputs, optimizer, &doubles(&tensor.w));
        for slot in tensor.slots {
            push::<T>(outputs, optimizer, &doubles(&slot));
        }
    }
    for case in modules::layers() {
        for numbers in graphs::training::<T>(&case) {
            push::<T>(outputs, &case.module, &numbers);
        }
    }
    for case in modules::ops() {
        for numbers in graphs::training::<T>(&case) {
            push::<T>(outputs, case.describe(), &numbers);
        }
    }
}

fn of_penalty<T: Float>(outputs: &mut Vec<Output>, penalty: &dyn PenaltyIn<T>) {
    for n in [1, 70, 5_000] {
        let (w, mut dw) = (numbers::<T>(n, 3.0, 1), numbers::<T>(n, 1.0, 2));
        push::<T>(outputs, penalty, &[penalty.penalty(&w)]);
        penalty.backward(&w, &mut dw);
        push::<T>(outputs, penalty, &doubles(&dw));
    }
}

fn of_constraint<T: Float>(outputs: &mut Vec<Output>, constraint: &dyn ConstraintIn<T>) {
    for units in constraints::layouts() {
        let mut w = numbers::<T>(units.len(), 3.0, 1);
        constraint.project(units, &mut w);
        push::<T>(outputs, constraint, &doubles(&w));
    }
}

fn of_mix<T: Float>(outputs: &mut Vec<Output>, case: &MixtureCase, mix: &Mix) {
    let len: usize = case.sample.iter().product();
    let mut x = numbers::<T>(2 * len, 3.0, 1);
    mix.inputs(&mut x, &numbers::<T>(2 * len, 3.0, 2));
    push::<T>(outputs, &case.mixture, &doubles(&x));
}

fn of_rule<T: Float>(outputs: &mut Vec<Output>, rule: &dyn RuleIn<T>) {
    let (x, mut y, mut dx) = (numbers::<T>(200, 3.0, 1), vec![T::NAN; 200], vec![T::ONE; 200]);
    rule.forward(&x, &mut y);
    rule.backward(&x, &mut dx);
    push::<T>(outputs, rule, &doubles(&y));
    push::<T>(outputs, rule, &doubles(&dx));
}

/// The level, then a line for each output.
pub fn text(outputs: &[Output]) -> String {
    let mut text = format!("{}\n", Level::current());
    for Output { what, epsilon, bits } in outputs {
        let _ = write!(text, "{what}\t{epsilon:e}");
        for bits in bits {
            let _ = write!(text, "\t{bits:x}");
        }
        text.push('\n');
    }
    text
}

/// Reads a [`text`]: the level's name and the outputs.
pub fn parse(text: &str) -> Option<(&str, Vec<Output>)> {
    let (level, lines) = text.split_once('\n')?;
    let output = |line: &str| {
        let mut fields = line.split('\t');
        let (what, epsilon) = (fields.next()?.to_owned(), fields.next()?.parse().ok()?);
        let bits = fields.map(|field| u64::from_str_radix(field, 16).ok());
        Some(Output { what, epsilon, bits: bits.collect::<Option<_>>()? })
    };
    Some((level, lines.lines().map(output).collect::<Option<_>>()?))
}

/// Nothing depends on what memory held before, on a clock, or on threads.
#[test]
fn running_again_gives_the_same_bits() {
    let outputs = all();
    assert_eq!(outputs, all());
    let text = text(&outputs);
    assert_eq!(parse(&text).expect("what was written can be read").1, outputs);
    for Output { what, bits, .. } in &outputs {
        assert!(bits.iter().all(|&x| f64::from_bits(x).is_finite()), "{what}");
    }
    if let Some(path) = std::env::var_os(FILE_VARIABLE) {
        std::fs::write(path, text).expect("a writable file");
    }
}
