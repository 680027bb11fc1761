//! The families' traits without their generic methods, so that one list can hold all members: a
//! face for each number type, which every member has by itself.

use neuropil::activations::{Activation, Reads};
use neuropil::losses::{
    Loss, LossError, Prediction, Reduction, Target, TargetKind, Weighted, Weights,
};
use neuropil::optimizers::{Optimizer, Sgd, Step};
use neuropil::regularizers::{Constraint, Noise, Regularizer, UnitNoise, Units};
use neuropil::simd::Float;
use neuropil::{Error, Group, Module, Network, Trainer};
use std::fmt::Debug;

/// An [`Activation`] in one type.
pub trait ActivationIn<T>: Debug {
    fn name(&self) -> String;
    fn reads(&self) -> Reads;
    fn output_width(&self, width: usize) -> Option<usize>;
    fn forward(&self, width: usize, x: &[T], y: &mut [T]);
    fn backward(&self, width: usize, x: &[T], y: &[T], dy: &[T], dx: &mut [T]);
    fn is_elementwise(&self) -> bool;
    fn apply_in_place(&self, y: &mut [T]);
    fn scale_by_slope(&self, y: &[T], dy: &mut [T]);
    fn clamp(&self) -> Option<(f64, f64)>;
    fn is_relu(&self) -> bool;
}

impl<T: Float, A: Activation> ActivationIn<T> for A {
    fn name(&self) -> String {
        Activation::name(self)
    }
    fn reads(&self) -> Reads {
        Activation::reads(self)
    }
    fn output_width(&self, width: usize) -> Option<usize> {
        Activation::output_width(self, width)
    }
    fn forward(&self, width: usize, x: &[T], y: &mut [T]) {
        Activation::forward(self, width, x, y);
    }
    fn backward(&self, width: usize, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        Activation::backward(self, width, x, y, dy, dx);
    }
    fn is_elementwise(&self) -> bool {
        Activation::is_elementwise(self)
    }
    fn apply_in_place(&self, y: &mut [T]) {
        Activation::apply_in_place(self, y);
    }
    fn scale_by_slope(&self, y: &[T], dy: &mut [T]) {
        Activation::scale_by_slope(self, y, dy);
    }
    fn clamp(&self) -> Option<(f64, f64)> {
        Activation::clamp(self)
    }
    fn is_relu(&self) -> bool {
        Activation::is_relu(self)
    }
}

/// An [`Activation`] in both types, and as the module that it is.
pub trait AnyActivation: ActivationIn<f32> + ActivationIn<f64> + Module {}

impl<A: Activation> AnyActivation for A {}

/// A [`Loss`] in one type.
pub trait LossIn<T: Float>: Debug {
    fn name(&self) -> String;
    fn accepts(&self, kind: TargetKind) -> bool;
    fn target_width(&self, width: usize) -> usize;
    fn classes(&self, width: usize) -> usize;
    fn prediction(&self) -> Prediction;
    fn reduction(&self) -> Reduction;
    fn rows(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    );
    fn check(&self, width: usize, x: &[T], target: Weighted<'_, T>) -> Result<(), LossError>;
    fn numbers(&self, width: usize) -> usize;
    fn ignored_label(&self) -> Option<u32>;
    fn count(&self, target: Target<'_, T>, row: usize) -> f64;
    fn weights<'a>(&self, width: usize, rows: usize, target: Weighted<'a, T>) -> Weights<'a, T>;
    fn reduce(&self, width: usize, losses: &[T], target: Weighted<'_, T>) -> f64;
    fn each(
        &self,
        width: usize,
        x: &[T],
        target: Weighted<'_, T>,
        losses: &mut [T],
    ) -> Result<(), LossError>;
    fn value(&self, width: usize, x: &[T], target: Weighted<'_, T>) -> Result<f64, LossError>;
    fn backward(
        &self,
        width: usize,
        x: &[T],
        target: Weighted<'_, T>,
        dx: &mut [T],
    ) -> Result<(), LossError>;
    fn both(
        &self,
        width: usize,
        x: &[T],
        target: Weighted<'_, T>,
        dx: &mut [T],
    ) -> Result<f64, LossError>;
}

impl<T: Float, L: Loss> LossIn<T> for L {
    fn name(&self) -> String {
        Loss::name(self)
    }
    fn accepts(&self, kind: TargetKind) -> bool {
        Loss::accepts(self, kind)
    }
    fn target_width(&self, width: usize) -> usize {
        Loss::target_width(self, width)
    }
    fn classes(&self, width: usize) -> usize {
        Loss::classes(self, width)
    }
    fn prediction(&self) -> Prediction {
        Loss::prediction(self)
    }
    fn reduction(&self) -> Reduction {
        Loss::reduction(self)
    }
    fn rows(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        Loss::rows(self, width, x, target, weights, loss, dx);
    }
    fn check(&self, width: usize, x: &[T], target: Weighted<'_, T>) -> Result<(), LossError> {
        Loss::check(self, width, x, target)
    }
    fn numbers(&self, width: usize) -> usize {
        Loss::numbers(self, width)
    }
    fn ignored_label(&self) -> Option<u32> {
        Loss::ignored_label(self)
    }
    fn count(&self, target: Target<'_, T>, row: usize) -> f64 {
        Loss::count(self, target, row)
    }
    fn weights<'a>(&self, width: usize, rows: usize, target: Weighted<'a, T>) -> Weights<'a, T> {
        Loss::weights(self, width, rows, target)
    }
    fn reduce(&self, width: usize, losses: &[T], target: Weighted<'_, T>) -> f64 {
        Loss::reduce(self, width, losses, target)
    }
    fn each(
        &self,
        width: usize,
        x: &[T],
        target: Weighted<'_, T>,
        losses: &mut [T],
    ) -> Result<(), LossError> {
        Loss::each(self, width, x, target, losses)
    }
    fn value(&self, width: usize, x: &[T], target: Weighted<'_, T>) -> Result<f64, LossError> {
        Loss::value(self, width, x, target)
    }
    fn backward(
        &self,
        width: usize,
        x: &[T],
        target: Weighted<'_, T>,
        dx: &mut [T],
    ) -> Result<(), LossError> {
        Loss::backward(self, width, x, target, dx)
    }
    fn both(
        &self,
        width: usize,
        x: &[T],
        target: Weighted<'_, T>,
        dx: &mut [T],
    ) -> Result<f64, LossError> {
        Loss::both(self, width, x, target, dx)
    }
}

/// A [`Loss`] in both types, with its gradients in a graph.
pub trait AnyLoss: LossIn<f32> + LossIn<f64> {
    fn gradcheck(&self) -> Result<(), Error>;
}

impl<L: Loss> AnyLoss for L {
    fn gradcheck(&self) -> Result<(), Error> {
        crate::losses::in_a_graph::check(self)
    }
}

/// An [`Optimizer`] in one type.
pub trait OptimizerIn<T>: Debug {
    fn slots(&self) -> usize;
    /// A shape of so many numbers that it takes: `[n]` if it can be.
    fn shape(&self, n: usize) -> Vec<usize>;
    fn step(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]);
}

impl<T: Float, O: Optimizer> OptimizerIn<T> for O {
    fn slots(&self) -> usize {
        Optimizer::slots(self)
    }
    fn shape(&self, n: usize) -> Vec<usize> {
        match self.check_shape(&[n]) {
            Ok(()) => vec![n],
            Err(_) if n.is_multiple_of(3) => vec![3, n / 3],
            Err(_) => vec![1, n],
        }
    }
    fn step(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        Optimizer::step(self, at, w, dw, state);
    }
}

/// An [`Optimizer`] in both types.
pub trait AnyOptimizer: OptimizerIn<f32> + OptimizerIn<f64> {
    fn name(&self) -> &'static str;
    fn default_rate(&self) -> f64;
    fn slot_names(&self) -> &'static [&'static str];
    fn is_elementwise(&self) -> bool;
    /// A copy as it is now.
    fn copy(&self) -> Box<dyn AnyOptimizer>;
    /// It without decay.
    fn still(&self) -> Box<dyn AnyOptimizer>;
    /// A trainer that steps with it.
    fn trainer<'n>(&self, net: &'n mut Network) -> Trainer<'n>;
}

impl<O: Optimizer> AnyOptimizer for O {
    fn name(&self) -> &'static str {
        Optimizer::name(self)
    }
    fn default_rate(&self) -> f64 {
        Optimizer::default_rate(self)
    }
    fn slot_names(&self) -> &'static [&'static str] {
        Optimizer::slot_names(self)
    }
    fn is_elementwise(&self) -> bool {
        Optimizer::is_elementwise(self)
    }
    fn copy(&self) -> Box<dyn AnyOptimizer> {
        Box::new(self.clone())
    }
    fn still(&self) -> Box<dyn AnyOptimizer> {
        Box::new(self.without_decay())
    }
    fn trainer<'n>(&self, net: &'n mut Network) -> Trainer<'n> {
        let loss = neuropil::losses::CrossEntropy::new();
        let trainer = Trainer::new(net, loss, self.clone()).expect("a trainer");
        match self.check_shape(&[1]) {
            Ok(()) => trainer,
            Err(_) => {
                let others = Group::optimizer(Sgd::new(), 0.05);
                trainer.group("*.bias", others).expect("biases")
            }
        }
    }
}

/// A [`Regularizer`] in one type.
pub trait PenaltyIn<T>: Debug {
    fn penalty(&self, w: &[T]) -> f64;
    fn backward(&self, w: &[T], dw: &mut [T]);
}

impl<T: Float, R: Regularizer> PenaltyIn<T> for R {
    fn penalty(&self, w: &[T]) -> f64 {
        Regularizer::penalty(self, w)
    }
    fn backward(&self, w: &[T], dw: &mut [T]) {
        Regularizer::backward(self, w, dw);
    }
}

/// A [`Regularizer`] in both types.
pub trait AnyPenalty: PenaltyIn<f32> + PenaltyIn<f64> {
    fn name(&self) -> String;
}

impl<R: Regularizer> AnyPenalty for R {
    fn name(&self) -> String {
        Regularizer::name(self)
    }
}

/// A [`Constraint`] in one type.
pub trait ConstraintIn<T>: Debug {
    fn project(&self, units: Units, w: &mut [T]);
}

impl<T: Float, C: Constraint> ConstraintIn<T> for C {
    fn project(&self, units: Units, w: &mut [T]) {
        Constraint::project(self, units, w);
    }
}

/// A [`Constraint`] in both types.
pub trait AnyConstraint: ConstraintIn<f32> + ConstraintIn<f64> {
    fn name(&self) -> String;
}

impl<C: Constraint> AnyConstraint for C {
    fn name(&self) -> String {
        Constraint::name(self)
    }
}

/// A rule that draws random numbers for each unit, at one place of one stream, in one type.
pub trait RuleIn<T>: Debug {
    fn forward(&self, x: &[T], y: &mut [T]);
    fn backward(&self, dy: &[T], dx: &mut [T]);
}

/// A random rule in both types.
pub trait AnyRule: RuleIn<f32> + RuleIn<f64> {}

impl<R: RuleIn<f32> + RuleIn<f64>> AnyRule for R {}

impl<T: Float, R: Noise> RuleIn<T> for R {
    fn forward(&self, x: &[T], y: &mut [T]) {
        Noise::forward(self, 42, 7, x, y);
    }
    fn backward(&self, dy: &[T], dx: &mut [T]) {
        Noise::backward(self, 42, 7, dy, dx);
    }
}

/// A rule for units, on units of three; a last one that is not whole is made so.
#[derive(Debug)]
pub struct OfThree<R>(pub R);

impl<T: Float, R: UnitNoise> RuleIn<T> for OfThree<R> {
    fn forward(&self, x: &[T], y: &mut [T]) {
        let (x, mut whole) = (whole(x), whole(y));
        self.0.forward(42, 7, 3, &x, &mut whole);
        y.copy_from_slice(&whole[..y.len()]);
    }
    fn backward(&self, dy: &[T], dx: &mut [T]) {
        let (dy, mut whole) = (whole(dy), whole(dx));
        self.0.backward(42, 7, 3, &dy, &mut whole);
        dx.copy_from_slice(&whole[..dx.len()]);
    }
}

/// The numbers, with zeros behind them up to a multiple of three.
fn whole<T: Float>(x: &[T]) -> Vec<T> {
    let mut whole = x.to_vec();
    whole.resize(x.len().next_multiple_of(3), T::ZERO);
    whole
}
