//! How the values and weights of a network are doing on a batch.

use super::audit::norm;
use super::{Role, place, table};
use crate::graph::{Record, Source};
use crate::op::Op;
use crate::params::Params;
use crate::plan::program::Step;
use crate::real::Real;
use std::fmt;

/// A number is near a bound if it is closer than this share of the way to the other bound: below
/// 0.01 or above 0.99 for a sigmoid, beyond ±0.98 for a tanh.
pub const NEAR_BOUND: f64 = 0.01;

/// An update is large if its norm is more than this share of the weight's. A thousandth is usual.
pub const LARGE_UPDATE: f64 = 0.1;

/// What [`Trainer::health`](crate::Trainer::health) saw. `Display` prints a table of layers, one
/// of weights, and the [`concerns`](Health::concerns).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// Rows of the batch.
    pub rows: usize,
    /// The mean cost, without penalties.
    pub cost: f64,
    /// What each step makes of the batch, in order.
    pub layers: Vec<LayerHealth>,
    /// The weights and the update that they would get.
    pub weights: Vec<WeightHealth>,
}

/// The output of a step over a batch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerHealth {
    /// The path of the layer.
    pub path: String,
    /// The op, and what is fused behind it.
    pub op: String,
    /// Numbers in the output of a row; of a convolution its channels.
    pub units: usize,
    /// The mean over all rows and units.
    pub mean: f64,
    /// The standard deviation over all rows and units, over n.
    pub deviation: f64,
    /// The share of numbers [near a bound](NEAR_BOUND), of a function that saturates.
    pub saturated: Option<f64>,
    /// How many units are off in all rows, and all places of a channel, of a function that
    /// rectifies.
    pub dead: Option<usize>,
}

/// A weight, its gradient, and the update that it would get.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WeightHealth {
    /// The path of the weight.
    pub path: String,
    /// The Euclidean norm of the weight.
    pub norm: f64,
    /// The norm of its gradient, penalties included.
    pub gradient: f64,
    /// The norm of the change that the next update makes, from this batch and unclipped.
    pub update: f64,
    /// Whether it is a vector or a number: a bias or a gain, not a matrix of weights.
    pub is_vector: bool,
}

impl WeightHealth {
    /// The norm of the update over that of the weight; `None` for a weight that is zero.
    pub fn ratio(&self) -> Option<f64> {
        (self.norm > 0.0).then(|| self.update / self.norm)
    }
}

impl Health {
    /// What looks ill, a sentence each: more than half of a layer's units dead or of its numbers
    /// saturated, an output that is the same everywhere, an update above [`LARGE_UPDATE`] of a
    /// matrix (biases start at zero or near it, and move far at first).
    pub fn concerns(&self) -> Vec<String> {
        let mut concerns = Vec::new();
        for layer in &self.layers {
            let place = format!("{} {}", layer.path, layer.op);
            if let Some(dead) = layer.dead.filter(|dead| 2 * dead > layer.units) {
                concerns.push(format!("{place}: {dead} of {} units are dead", layer.units));
            }
            if let Some(share) = layer.saturated.filter(|&share| share > 0.5) {
                concerns.push(format!("{place}: {:.0} % saturated", 100.0 * share));
            }
            if layer.deviation == 0.0 && self.rows * layer.units > 1 {
                concerns.push(format!("{place}: {} throughout", table::short(layer.mean)));
            }
        }
        for weight in self.weights.iter().filter(|weight| !weight.is_vector) {
            if let Some(ratio) = weight.ratio().filter(|&ratio| ratio > LARGE_UPDATE) {
                let ratio = table::short(ratio);
                concerns.push(format!("{}: the update is {ratio} of the weight", weight.path));
            }
        }
        concerns
    }
}

/// What can be said of a step's output; nothing of a cost or of a computed weight.
pub(crate) fn layer_health<T: Real>(record: &Record, step: &Step, y: &[T]) -> Option<LayerHealth> {
    let spec = record.values[step.output].spec;
    let last = step.finish.as_ref().unwrap_or(&step.op);
    let role = Op::<f32>::role(&**last);
    if !spec.per_row || matches!(role, Role::Loss(_)) || y.is_empty() {
        return None;
    }
    let n = y.len() as f64;
    // Around the first, so that equal numbers have the deviation 0 and not one of rounding.
    let first = y[0].to_f64();
    let from_first = || y.iter().map(|y| y.to_f64() - first);
    let mean = from_first().sum::<f64>() / n;
    let variance = from_first().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
    let mean = first + mean;
    // A channel of a convolution is a unit, at all its places; else each number is one.
    let is_kernel = |&input: &usize| {
        let value = &record.values[input];
        matches!(value.source, Source::Weight(_)) && value.spec.shape.rank() > 2
    };
    let is_linear = matches!(Op::<f32>::role(&*step.op), Role::Linear { .. });
    let units = match is_linear && step.inputs.iter().any(is_kernel) {
        true => spec.shape[0],
        false => spec.shape.len(),
    };
    let (mut saturated, mut dead) = (None, None);
    if let Role::Curve(curve) = role {
        if curve.saturates() {
            let margin = NEAR_BOUND * (curve.right - curve.left);
            let near = |y: &&T| {
                let y = y.to_f64();
                y < curve.left + margin || y > curve.right - margin
            };
            saturated = Some(y.iter().filter(near).count() as f64 / n);
        }
        if curve.rectifies {
            let off = T::of(curve.left);
            let places = spec.shape.len() / units;
            let mut is_dead = vec![true; units];
            for (i, y) in y.chunks_exact(places).enumerate() {
                is_dead[i % units] &= y.iter().all(|&y| y == off);
            }
            dead = Some(is_dead.into_iter().filter(|&is_dead| is_dead).count());
        }
    }
    let mut op = Op::<f32>::name(&*step.op);
    if let Some(finish) = &step.finish {
        op = format!("{op} + {}", Op::<f32>::name(&**finish));
    }
    let deviation = variance.sqrt();
    let path = place(record, step.output, &step.inputs);
    Some(LayerHealth { path, op, units, mean, deviation, saturated, dead })
}

/// Each weight with its gradient and the change from `before`.
pub(crate) fn weight_health<T: Real>(params: &Params<T>, before: &[T]) -> Vec<WeightHealth> {
    let of_entry = |entry: &crate::params::Entry| {
        let (old, new) = (&before[entry.range()], &params.weights()[entry.range()]);
        let change = old.iter().zip(new).map(|(old, new)| (new.to_f64() - old.to_f64()).powi(2));
        WeightHealth {
            path: entry.path.clone(),
            norm: norm(old),
            gradient: norm(&params.gradients()[entry.range()]),
            update: change.sum::<f64>().sqrt(),
            is_vector: entry.shape.rank() < 2,
        }
    };
    params.entries().iter().map(of_entry).collect()
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rows, cost {}\n", self.rows, table::short(self.cost))?;
        let none = String::new;
        let head = ["layer", "op", "units", "mean", "deviation", "saturated", "dead"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.layers.iter().map(|layer| {
            [
                layer.path.clone(),
                layer.op.clone(),
                layer.units.to_string(),
                table::short(layer.mean),
                table::short(layer.deviation),
                layer.saturated.map_or_else(none, |share| format!("{:.1} %", 100.0 * share)),
                layer.dead.map_or_else(none, |dead| dead.to_string()),
            ]
        }));
        table::write(f, [false, false, true, true, true, true, true], &rows)?;
        f.write_str("\n\n")?;
        let head = ["weight", "norm", "gradient", "update", "update/weight"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.weights.iter().map(|weight| {
            [
                weight.path.clone(),
                table::short(weight.norm),
                table::short(weight.gradient),
                table::short(weight.update),
                weight.ratio().map_or_else(none, table::short),
            ]
        }));
        table::write(f, [false, true, true, true, true], &rows)?;
        let concerns = self.concerns();
        if !concerns.is_empty() {
            write!(f, "\n\n{}", concerns.join("\n"))?;
        }
        Ok(())
    }
}
