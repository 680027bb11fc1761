//! The plan that a trainer runs: a network with its loss, for one kind of target.

use super::erased::AnyLoss;
use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::network::Network;
use crate::plan::Plan;
use crate::real::Real;
use crate::sample::Ends;
use crate::spec::Spec;
use neuropil_data::{Batch, Dataset, TargetKind as DataKind};
use neuropil_losses::TargetKind;
use neuropil_tensor::Shape;

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    pub target: Spec,
    /// Whether the cost has a weight for each row.
    pub weighted: bool,
}

/// A training plan and its ends.
#[derive(Debug)]
pub(super) struct CostPlan<T: Real> {
    pub aim: Aim,
    pub plan: Plan<T>,
    pub ends: Ends,
    pub target: NodeId,
    pub weights: Option<NodeId>,
    pub y: NodeId,
    pub cost: NodeId,
}

/// The kind of a data set's targets, as losses name it.
pub(crate) fn kind<T: Copy>(data: &Dataset<T>) -> TargetKind {
    match data.target_kind() {
        DataKind::Labels { .. } => TargetKind::Labels,
        DataKind::Values { .. } => TargetKind::Values,
    }
}

impl Aim {
    /// What fits a data set.
    pub fn of<T: Copy>(data: &Dataset<T>) -> Self {
        let target = match data.target_kind() {
            DataKind::Labels { shape, .. } => Spec::indices(shape),
            DataKind::Values { shape } => Spec::per_row(shape),
        };
        Self { target, weighted: data.is_weighted() }
    }

    /// What a network with this output and a loss would be trained on, without data at hand.
    pub fn guess<T: Real>(loss: &dyn AnyLoss<T>, output: Shape, kind: TargetKind) -> Self {
        let outer = outer(output);
        let target = match kind {
            TargetKind::Labels => Spec::indices(outer),
            TargetKind::Values => {
                let width = loss.target_width(output.width());
                Spec::per_row(outer.dims().iter().copied().chain([width]).collect::<Shape>())
            }
        };
        Self { target, weighted: false }
    }
}

/// All axes but the last: the rows within a row that a loss sees.
fn outer(output: Shape) -> Shape {
    output.dims().split_last().map_or(&[][..], |(_, outer)| outer).into()
}

impl<T: Real> CostPlan<T> {
    pub fn new(
        graph: &Graph,
        net: &Network<T>,
        loss: &dyn AnyLoss<T>,
        aim: Aim,
    ) -> Result<Self, Error> {
        let (ends, y) = net.sample.record(graph, &*net.module)?;
        let target = graph.named_input("target", aim.target);
        let weights = aim.weighted.then(|| graph.input("weights", outer(y.shape())));
        let cost = loss.record(y, target, weights)?;
        let plan = match graph.objective(cost)? {
            None => Plan::training(graph, cost, &[y])?,
            Some(objective) => Plan::training(graph, objective, &[y, cost])?,
        };
        let (target, y, cost) = (target.id(), y.id(), cost.id());
        Ok(Self { aim, plan, ends, target, weights: weights.map(|node| node.id()), y, cost })
    }
}

/// Writes a weight for each number that a loss makes of a batch: that of its row.
pub(crate) fn gather_weights<T: Real>(batch: Batch<'_, T>, weights: &mut [T]) {
    let of_row = weights.len() / batch.rows.len();
    for (weights, &row) in weights.chunks_exact_mut(of_row.max(1)).zip(batch.rows) {
        weights.fill(batch.data.weight(row as usize).unwrap_or(T::ONE));
    }
}

/// How much a batch counts: the sum of its rows' weights, or their number.
pub(super) fn total_weight<T: Real>(batch: Batch<'_, T>) -> f64 {
    let weight = |&row: &u32| batch.data.weight(row as usize).map_or(1.0, |weight| weight.to_f64());
    batch.rows.iter().map(weight).sum()
}
