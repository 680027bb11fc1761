//! Losses, optimizers and regularizers behind a pointer, in one number type.

use crate::error::BuildError;
use crate::graph::Node;
use crate::real::Real;
use neuropil_losses::{Loss, LossError, Reduction, TargetKind, Weighted};
use neuropil_optimizers::{Optimizer, Step};
use neuropil_regularizers::Regularizer;
use std::fmt::Debug;

pub(crate) trait AnyLoss<T>: Debug + Send + Sync {
    fn name(&self) -> String;
    fn accepts(&self, kind: TargetKind) -> bool;
    fn target_width(&self, width: usize) -> usize;
    fn classes(&self, width: usize) -> usize;
    fn record<'g>(
        &self,
        y: Node<'g>,
        target: Node<'g>,
        weights: Option<Node<'g>>,
    ) -> Result<Node<'g>, BuildError>;
    fn value(&self, width: usize, y: &[T], target: Weighted<'_, T>) -> Result<f64, LossError>;
    /// Whether the cost is a mean over rows, and not their sum.
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

    fn is_mean(&self) -> bool {
        self.reduction() == Reduction::Mean
    }
}

pub(crate) trait AnyOptimizer<T>: Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn is_elementwise(&self) -> bool;
    fn slot_names(&self) -> &'static [&'static str];
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

    fn step(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        Optimizer::step(self, at, w, dw, state);
    }
}

pub(crate) trait AnyRegularizer<T>: Debug + Send + Sync {
    fn penalty(&self, w: &[T]) -> f64;
    fn backward(&self, w: &[T], dw: &mut [T]);
}

impl<T: Real, R: Regularizer> AnyRegularizer<T> for R {
    fn penalty(&self, w: &[T]) -> f64 {
        Regularizer::penalty(self, w)
    }

    fn backward(&self, w: &[T], dw: &mut [T]) {
        Regularizer::backward(self, w, dw);
    }
}
