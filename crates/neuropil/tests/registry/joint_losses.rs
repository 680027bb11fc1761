//! What holds for every loss of several inputs.

mod alignments;
mod in_a_graph;
mod properties;
pub mod samples;

use crate::cases::{JointLossCase, JointLossKind};
use crate::list;
use crate::numbers::doubles;
use neuropil::losses::{Ctc, JointLoss, LossError, Reduction, Weights};
use neuropil::simd::Float;
use neuropil::{BuildError, Node};
use samples::{Fill, Sample};
use std::fmt::Debug;

/// A loss of three inputs in one type.
pub trait JointIn<T>: Debug {
    fn input_width(&self, input: usize, width: usize) -> usize;
    fn differentiates(&self, input: usize) -> bool;
    fn numbers(&self, width: usize) -> usize;
    fn reduction(&self) -> Reduction;
    fn rows(&self, width: usize, x: [&[T]; 3], loss: &mut [T], dx: [Option<&mut [T]>; 3]);
    fn each(
        &self,
        width: usize,
        x: [&[T]; 3],
        weights: Option<&[T]>,
        losses: &mut [T],
    ) -> Result<(), LossError>;
    fn value(&self, width: usize, x: [&[T]; 3], weights: Option<&[T]>) -> Result<f64, LossError>;
    fn both(
        &self,
        width: usize,
        x: [&[T]; 3],
        weights: Option<&[T]>,
        dx: [Option<&mut [T]>; 3],
    ) -> Result<f64, LossError>;
    fn reduce(&self, width: usize, losses: &[T], weights: Option<&[T]>) -> f64;
}

impl<T: Float, L: JointLoss<3>> JointIn<T> for L {
    fn input_width(&self, input: usize, width: usize) -> usize {
        JointLoss::input_width(self, input, width)
    }
    fn differentiates(&self, input: usize) -> bool {
        JointLoss::differentiates(self, input)
    }
    fn numbers(&self, width: usize) -> usize {
        JointLoss::numbers(self, width)
    }
    fn reduction(&self) -> Reduction {
        JointLoss::reduction(self)
    }
    fn rows(&self, width: usize, x: [&[T]; 3], loss: &mut [T], dx: [Option<&mut [T]>; 3]) {
        JointLoss::rows(self, width, x, Weights::uniform(T::ONE), loss, dx);
    }
    fn each(
        &self,
        width: usize,
        x: [&[T]; 3],
        weights: Option<&[T]>,
        losses: &mut [T],
    ) -> Result<(), LossError> {
        JointLoss::each(self, width, x, weights, losses)
    }
    fn value(&self, width: usize, x: [&[T]; 3], weights: Option<&[T]>) -> Result<f64, LossError> {
        JointLoss::value(self, width, x, weights)
    }
    fn both(
        &self,
        width: usize,
        x: [&[T]; 3],
        weights: Option<&[T]>,
        dx: [Option<&mut [T]>; 3],
    ) -> Result<f64, LossError> {
        JointLoss::both(self, width, x, weights, dx)
    }
    fn reduce(&self, width: usize, losses: &[T], weights: Option<&[T]>) -> f64 {
        JointLoss::reduce(self, width, losses, weights)
    }
}

/// A loss of three inputs in both types, and in a graph.
pub trait AnyJoint: JointIn<f32> + JointIn<f64> {
    fn record<'g>(&self, inputs: &[Node<'g>]) -> Result<Node<'g>, BuildError>;
    fn complains(&self, width: usize, x: [&[f64]; 3], weights: Option<&[f64]>) -> String;
}

impl<L: JointLoss<3>> AnyJoint for L {
    fn record<'g>(&self, inputs: &[Node<'g>]) -> Result<Node<'g>, BuildError> {
        inputs[0].joint_loss(self.clone(), &inputs[1..])
    }
    fn complains(&self, width: usize, x: [&[f64]; 3], weights: Option<&[f64]>) -> String {
        let error = JointLoss::check(self, width, x, weights).expect_err("it should have failed");
        let says = error.to_string();
        let value = JointLoss::value(self, width, x, weights).expect_err("it should have failed");
        assert_eq!(value.to_string(), says);
        let rest = says.strip_prefix(&format!("{}: ", self.name()));
        rest.unwrap_or_else(|| panic!("{says} does not begin with {}", self.name())).to_owned()
    }
}

/// The loss of a row of all inputs.
type OfRow = Box<dyn Fn([&[f64]; 3]) -> f64>;

/// A loss of three inputs, what it is tried on, and that of a row in `f64`.
pub struct Joint {
    pub loss: Box<dyn AnyJoint>,
    pub fill: [Fill; 3],
    pub reference: OfRow,
}

/// Those of the trait, in each of their settings.
fn joints() -> impl Iterator<Item = Joint> {
    cases().filter_map(|case| match case.kind {
        JointLossKind::Joint(joint) => Some(joint),
        JointLossKind::Ctc(_) => None,
    })
}

/// CTC in each of its settings.
fn ctcs() -> impl Iterator<Item = Ctc> {
    cases().filter_map(|case| match case.kind {
        JointLossKind::Joint(_) => None,
        JointLossKind::Ctc(ctc) => Some(ctc),
    })
}

fn cases() -> impl Iterator<Item = JointLossCase> {
    list::joint_losses::all().into_iter().flat_map(|member| member.cases)
}

/// What all of them compute, to compare.
pub fn outputs<T: Float>(
    face: fn(&dyn AnyJoint) -> &dyn JointIn<T>,
    push: &mut dyn FnMut(&dyn Debug, &[f64]),
) {
    for joint in joints() {
        let loss = face(&*joint.loss);
        for width in [2, 18, 40, 150] {
            let sample = Sample::<T>::new(loss, &joint.fill, (3, width), true, 1);
            let mut gradients = sample.gradients(loss);
            let dx = gradients.each_mut().map(|dx| dx.as_deref_mut());
            let value = loss.both(width, sample.x(), sample.weights(), dx).expect("a sample");
            push(&loss, &[value]);
            for dx in gradients.into_iter().flatten() {
                push(&loss, &doubles(&dx));
            }
        }
    }
    for ctc in ctcs() {
        let (loss, dx) = alignments::example::<T>(ctc, 30, 11);
        push(&ctc, &[loss]);
        push(&ctc, &doubles(&dx));
    }
}
