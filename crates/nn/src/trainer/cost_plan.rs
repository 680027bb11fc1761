//! The plan that a trainer runs: a network with its loss, for one kind of target.

use super::erased::AnyLoss;
use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::network::Network;
use crate::plan::Plan;
use crate::real::Real;
use crate::sample::{Ends, Sample};
use crate::spec::Spec;
use neuropil_data::{Batch, Dataset, TargetKind as DataKind};
use neuropil_losses::{Target, TargetKind, Weighted};
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
    /// Whether the objective is more than the cost: layers lay prices on activations.
    pub is_priced: bool,
}

/// The kind of a data set's targets, as losses name it.
pub(crate) fn kind<T: Copy>(data: &Dataset<T>) -> TargetKind {
    match data.target_kind() {
        DataKind::Labels { .. } => TargetKind::Labels,
        DataKind::Values { .. } => TargetKind::Values,
    }
}

impl Aim {
    /// What fits a data set, given what its targets are counted by.
    pub fn of<T: Copy>(data: &Dataset<T>, positions: Positions) -> Self {
        let target = match data.target_kind() {
            DataKind::Labels { shape, .. } => Spec::indices(shape),
            DataKind::Values { shape } => Spec::per_row(shape),
        };
        Self { target, weighted: positions.weighs(data) }
    }

    /// What a network with this output and a loss would be trained on, without data at hand.
    pub fn guess<T: Real>(
        loss: &dyn AnyLoss<T>,
        output: Shape,
        kind: TargetKind,
        positions: Positions,
    ) -> Self {
        let outer = outer(output);
        let target = match kind {
            TargetKind::Labels => Spec::indices(outer),
            TargetKind::Values => {
                let width = loss.target_width(output.width());
                Spec::per_row(outer.dims().iter().copied().chain([width]).collect::<Shape>())
            }
        };
        Self { target, weighted: positions.steps.is_some() }
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
        let objective = graph.objective(cost)?;
        let is_priced = objective.is_some();
        let plan = match objective {
            None => Plan::training(graph, cost, &[y])?,
            Some(objective) => Plan::training(graph, objective, &[y, cost])?,
        };
        let (target, y, cost) = (target.id(), y.id(), cost.id());
        let weights = weights.map(|node| node.id());
        Ok(Self { aim, plan, ends, target, weights, y, cost, is_priced })
    }
}

/// What a loss sees of a sample: one position, or several that stand along the outer axes of the
/// output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Positions {
    of_sample: usize,
    /// The steps along the first axis, where samples have lengths: those behind the end of a sequence
    /// do not count.
    steps: Option<usize>,
}

impl Positions {
    /// Those of a network's output.
    pub fn of(sample: Sample, output: Shape) -> Self {
        let outer = outer(output);
        let steps =
            || outer.dims().first().filter(|steps| sample.spec.shape.dims().first() == Some(steps));
        let steps = if sample.has_lengths { steps().copied() } else { None };
        Self { of_sample: outer.len(), steps }
    }

    /// How many there are in so many rows.
    pub fn of_rows(self, rows: usize) -> f64 {
        (rows * self.of_sample) as f64
    }

    /// Whether positions count differently.
    pub fn weighs<T: Copy>(self, data: &Dataset<T>) -> bool {
        data.is_weighted() || self.steps.is_some()
    }

    /// The weight of a row, and how many of its positions count, from the first on.
    fn of_row<T: Real>(self, data: &Dataset<T>, row: usize) -> (T, usize) {
        let weight = data.weight(row).unwrap_or(T::ONE);
        let counting = match (self.steps, data.length(row)) {
            (Some(steps), Some(length)) => self.of_sample / steps * length as usize,
            _ => self.of_sample,
        };
        (weight, counting.min(self.of_sample))
    }

    /// Writes a weight for each position of a batch: that of its row, 0 behind the end of a sequence.
    pub fn gather_weights<T: Real>(self, batch: Batch<'_, T>, weights: &mut [T]) {
        let of_sample = self.of_sample.max(1);
        for (weights, &row) in weights.chunks_exact_mut(of_sample).zip(batch.rows) {
            let (weight, counting) = self.of_row(batch.data, row as usize);
            weights[..counting].fill(weight);
            weights[counting..].fill(T::ZERO);
        }
    }

    /// How much rows of a data set count: the sum over their positions of the weight, times what the
    /// loss counts the target for. Of `width` numbers is what the loss sees.
    pub fn total<T: Real>(
        self,
        loss: &dyn AnyLoss<T>,
        width: usize,
        data: &Dataset<T>,
        rows: impl Iterator<Item = usize>,
    ) -> f64 {
        let (classes, ignored) = (loss.classes(width), loss.ignored_label());
        let mut total = 0.0;
        for row in rows {
            let (weight, counting) = self.of_row(data, row);
            let weight = weight.to_f64();
            match data.labels(row) {
                Some(labels) => {
                    for (place, &label) in labels.iter().take(counting).enumerate() {
                        // What names no class is refused later.
                        let is_known = (label as usize) < classes || Some(label) == ignored;
                        let target = Target::Labels(labels);
                        total += if is_known { weight * loss.count(target, place) } else { weight };
                    }
                }
                None => {
                    let target = Target::Values(data.target_values(row).unwrap_or_default());
                    let counts = (0..counting).map(|place| loss.count(target, place));
                    total += weight * counts.sum::<f64>();
                }
            }
        }
        total
    }
}

/// Shows the rows that count, in runs, where a loss ignores some label: what others measure knows
/// nothing of it.
pub(super) fn counting<'a, T: Real>(
    ignored: Option<u32>,
    width: usize,
    y: &'a [T],
    target: Weighted<'a, T>,
    mut seen: impl FnMut(&'a [T], Weighted<'a, T>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (Some(ignored), Target::Labels(labels)) = (ignored, target.target) else {
        return seen(y, target);
    };
    let mut start = 0;
    for run in labels.split_inclusive(|&label| label == ignored) {
        let end = start + run.len();
        let last = end - usize::from(run.last() == Some(&ignored));
        if last > start {
            let weights = target.weights.map(|weights| &weights[start..last]);
            let target = Weighted { target: target.target.rows(start, last, width), weights };
            seen(&y[start * width..last * width], target)?;
        }
        start = end;
    }
    Ok(())
}
