//! Losses, optimizers, regularizers and constraints behind a pointer, in one number type.

use crate::error::BuildError;
use crate::graph::Node;
use crate::real::Real;
use neuropil_losses::{Loss, LossError, Reduction, Target, TargetKind, Weighted};
use neuropil_optimizers::{Optimizer, OptimizerError, Step};
use neuropil_regularizers::{Constraint, Proximal, Regularizer, Units};
use std::fmt::Debug;

pub(crate) trait AnyLoss<T>: Debug + Send + Sync {
    fn name(&self) -> String;
    fn accepts(&self, kind: TargetKind) -> bool;
    fn target_width(&self, width: usize) -> usize;
    fn classes(&self, width: usize) -> usize;
    fn numbers(&self, width: usize) -> usize;
    fn ignored_label(&self) -> Option<u32>;
    fn count(&self, target: Target<'_, T>, row: usize) -> f64;
    fn record<'g>(
        &self,
        y: Node<'g>,
        target: Node<'g>,
        weights: Option<Node<'g>>,
    ) -> Result<Node<'g>, BuildError>;
    fn value(&self, width: usize, y: &[T], target: Weighted<'_, T>) -> Result<f64, LossError>;
    /// What the mean of rows is divided by, which have been checked.
    fn total(&self, rows: usize, target: Weighted<'_, T>) -> f64;
    /// Whether the cost is a mean over rows, of what they count, and not their sum.
    fn is_mean(&self) -> bool;
}

impl<T: Real, L: Loss> AnyLoss<T> for L {
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

    fn numbers(&self, width: usize) -> usize {
        Loss::numbers(self, width)
    }

    fn ignored_label(&self) -> Option<u32> {
        Loss::ignored_label(self)
    }

    fn count(&self, target: Target<'_, T>, row: usize) -> f64 {
        Loss::count(self, target, row)
    }

    fn record<'g>(
        &self,
        y: Node<'g>,
        target: Node<'g>,
        weights: Option<Node<'g>>,
    ) -> Result<Node<'g>, BuildError> {
        match weights {
            None => y.loss(self.clone(), target),
            Some(weights) => y.weighted_loss(self.clone(), target, weights),
        }
    }

    fn value(&self, width: usize, y: &[T], target: Weighted<'_, T>) -> Result<f64, LossError> {
        Loss::value(self, width, y, target)
    }

    fn total(&self, rows: usize, Weighted { target, weights }: Weighted<'_, T>) -> f64 {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row].to_f64());
        (0..rows).map(|row| weight(row) * Loss::count(self, target, row)).sum()
    }

    fn is_mean(&self) -> bool {
        self.reduction() != Reduction::Sum
    }
}

pub(crate) trait AnyOptimizer<T>: Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn is_elementwise(&self) -> bool;
    fn slot_names(&self) -> &'static [&'static str];
    fn check_shape(&self, shape: &[usize]) -> Result<(), OptimizerError>;
    fn has_evaluation_weights(&self) -> bool;
    fn evaluation_weights(&self, w: &mut [T], state: &[&[T]]);
    fn step(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]);
}

impl<T: Real, O: Optimizer> AnyOptimizer<T> for O {
    fn name(&self) -> &'static str {
        Optimizer::name(self)
    }

    fn is_elementwise(&self) -> bool {
        Optimizer::is_elementwise(self)
    }

    fn slot_names(&self) -> &'static [&'static str] {
        Optimizer::slot_names(self)
    }

    fn check_shape(&self, shape: &[usize]) -> Result<(), OptimizerError> {
        Optimizer::check_shape(self, shape)
    }

    fn has_evaluation_weights(&self) -> bool {
        Optimizer::has_evaluation_weights(self)
    }

    fn evaluation_weights(&self, w: &mut [T], state: &[&[T]]) {
        Optimizer::evaluation_weights(self, w, state);
    }

    fn step(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        Optimizer::step(self, at, w, dw, state);
    }
}

pub(crate) trait AnyRegularizer<T>: Debug + Send + Sync {
    fn penalty(&self, units: Units, w: &[T]) -> f64;
    fn backward(&self, units: Units, w: &[T], dw: &mut [T]);
}

impl<T: Real, R: Regularizer> AnyRegularizer<T> for R {
    fn penalty(&self, units: Units, w: &[T]) -> f64 {
        self.penalty_of_units(units, w)
    }

    fn backward(&self, units: Units, w: &[T], dw: &mut [T]) {
        self.backward_of_units(units, w, dw);
    }
}

pub(crate) trait AnyProximal<T>: Debug + Send + Sync {
    fn penalty(&self, units: Units, w: &[T]) -> f64;
    fn shrink(&self, units: Units, rate: f64, w: &mut [T]);
}

impl<T: Real, P: Proximal> AnyProximal<T> for P {
    fn penalty(&self, units: Units, w: &[T]) -> f64 {
        self.penalty_of_units(units, w)
    }

    fn shrink(&self, units: Units, rate: f64, w: &mut [T]) {
        Proximal::shrink(self, units, rate, w);
    }
}

pub(crate) trait AnyConstraint<T>: Debug + Send + Sync {
    fn project(&self, units: Units, w: &mut [T]);
}

impl<T: Real, C: Constraint> AnyConstraint<T> for C {
    fn project(&self, units: Units, w: &mut [T]) {
        Constraint::project(self, units, w);
    }
}
