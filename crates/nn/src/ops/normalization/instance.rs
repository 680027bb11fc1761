//! Instance normalization as an op.

use super::group::Groups;
use super::{check_affine, finished, place, positive};
use crate::inspect::Role;
use crate::lend::{Inputs, States, Target};
use crate::op::{Affine, Backward, Forward, Memory, Mode, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::{RegularizerError, batch_norm, group_norm};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = (x - μ)/√(σ² + ε) γ + β, where μ and σ² are mean and variance of a channel of a row, over its
/// places, and channels are the first axis.
///
/// Inputs x `[channels, ..]` and, if there are any, γ and β `[channels]`. With
/// [`running_statistics`](InstanceNormOp::running_statistics), states running mean and running variance
/// `[channels]` and a counter that stays 0, as PyTorch's does: a training run that writes states makes
/// r = (1 - m) r + m s of each, where s is the mean over the rows of their means, or of their variances
/// without bias; and inference normalizes by them. By default there are none, ε is 10⁻⁵ and m is 0.1. For
/// dx, dγ and dβ see [`group_norm`]. PyTorch's `functional.instance_norm`.
///
/// A channel of a single place has no variance: y is β then, dx is zero, and the states stay, where
/// PyTorch raises an error.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::InstanceNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2, 2]);
/// let y = x.op(InstanceNormOp::new(2))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 3.0, 7.0, 7.0]);
/// run.forward()?;
/// assert!((run.value(y)[0] + 1.0).abs() < 1e-5 && (run.value(y)[1] - 1.0).abs() < 1e-5);
/// assert_eq!(run.value(y)[2..], [0.0, 0.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InstanceNormOp {
    channels: usize,
    epsilon: f64,
    momentum: f64,
    tracks: bool,
}

impl InstanceNormOp {
    /// For so many channels, with ε = 10⁻⁵, and m = 0.1 where statistics run.
    pub fn new(channels: usize) -> Self {
        let (epsilon, momentum) = (group_norm::EPSILON, batch_norm::MOMENTUM);
        Self { channels, epsilon, momentum, tracks: false }
    }

    /// What is added to the variance.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.epsilon = positive("InstanceNorm", epsilon)?;
        Ok(self)
    }

    /// The weight of a batch in the running statistics.
    ///
    /// # Errors
    /// If m is not in [0, 1].
    pub fn momentum(mut self, momentum: f64) -> Result<Self, RegularizerError> {
        if !(0.0..=1.0).contains(&momentum) {
            let (regularizer, setting) = ("InstanceNorm", "momentum");
            return Err(RegularizerError::NotProbability { regularizer, setting, value: momentum });
        }
        self.momentum = momentum;
        Ok(self)
    }

    /// Running statistics, by which inference normalizes.
    #[must_use]
    pub fn running_statistics(mut self) -> Self {
        self.tracks = true;
        self
    }

    /// Whether there are running statistics.
    pub(crate) fn tracks(&self) -> bool {
        self.tracks
    }

    fn groups(&self, rows: usize, x: Spec) -> Groups {
        Groups::of(rows, x, self.channels, self.channels)
    }

    /// Whether statistics are the running ones.
    fn by_running(&self, mode: Mode) -> bool {
        self.tracks && mode == Mode::Inference
    }

    /// Takes the statistics of all rows into the running ones; `scratch` has room for two numbers a plane.
    fn update<T: Float>(
        &self,
        groups: Groups,
        x: &[T],
        scratch: &mut [T],
        states: &mut States<'_, T>,
    ) {
        let ([rows, channels, inner], planes) = (groups.shape, groups.planes());
        if inner < 2 || rows == 0 || states.update(0).is_none() {
            return;
        }
        let (mean, variance) = scratch[..2 * planes].split_at_mut(planes);
        parallel::channels(mean, variance, (1, inner), &|first, mean, variance| {
            let x = &x[first * inner..(first + mean.len()) * inner];
            group_norm::statistics(inner, x, mean, variance);
        });
        let unbiased = inner as f64 / (inner - 1) as f64;
        for (state, factor, of_rows) in [(0, 1.0, mean), (1, unbiased, variance)] {
            // Over the rows in their order; the first one holds the sums.
            let (sum, others) = of_rows.split_at_mut(channels);
            for row in others.chunks_exact(channels) {
                for (sum, &of_row) in sum.iter_mut().zip(row) {
                    *sum += of_row;
                }
            }
            if let Some(running) = states.update(state) {
                batch_norm::update(self.momentum, factor / rows as f64, sum, running);
            }
        }
    }
}

impl<T: Float> Op<T> for InstanceNormOp {
    fn name(&self) -> String {
        "InstanceNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let op = format!("InstanceNorm({})", self.channels);
        let x = inputs[0].numbers(&op)?;
        if self.channels == 0 || x.shape.dims().first() != Some(&self.channels) {
            let what = format!("{} channels, at least one, then any axes", self.channels);
            return Err(ShapeError::unsupported(op, x.shape, what));
        }
        check_affine(&op, inputs, &[self.channels])?;
        Ok(x)
    }

    fn role(&self) -> Role {
        Role::Normalization { over_rows: false }
    }

    /// Saved are mean and reciprocal deviation; scratch are sums of each channel of each row, or scale
    /// and shift of each channel.
    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let planes = self.groups(rows, inputs[0]).planes();
        let room = 2 * planes.max(self.channels);
        Memory { saved: room, scratch: room, words: 0 }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn as_affine(&self) -> Option<&dyn Affine<T>> {
        self.tracks.then_some(self)
    }

    fn forward(&self, mut step: Forward<'_, T>) {
        let groups = self.groups(step.rows, step.x.spec(0));
        let (x, planes, finish) = (step.x.get(0), groups.planes(), step.finish);
        let affine = (step.x.len() > 1).then(|| (step.x.get(1), step.x.get(2)));
        if self.by_running(step.mode) {
            let (scale, shift) = step.scratch[..2 * self.channels].split_at_mut(self.channels);
            let (mean, rstd) = step.saved[..2 * self.channels].split_at_mut(self.channels);
            mean.copy_from_slice(step.states.get(0));
            batch_norm::reciprocals(step.states.get(1), self.epsilon, rstd);
            scale.copy_from_slice(rstd);
            batch_norm::scale_and_shift(step.states.get(0), affine, scale, shift);
            let ([_, channels, inner], transformed) = (groups.shape, (&*scale, &*shift));
            let width = channels * inner;
            parallel::rows(step.y, width, |rows, y| {
                let x = &x[place(&rows, width)];
                finished(y, width, finish, |rows, y| {
                    let (shape, x) = ([rows.len(), channels, inner], &x[place(&rows, width)]);
                    batch_norm::transform(shape, 0..channels, x, transformed, y);
                });
            });
            return;
        }
        let (mean, rstd) = step.saved[..2 * planes].split_at_mut(planes);
        groups.forward(x, affine, self.epsilon, [step.y, mean, rstd], finish);
        if self.tracks {
            self.update(groups, x, step.scratch, &mut step.states);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let groups = self.groups(step.rows, step.x.spec(0));
        let (slices, planes) = ((step.x.get(0), &*step.dy), groups.planes());
        let gain = (step.x.len() > 1).then(|| step.x.get(1));
        if self.by_running(step.mode) {
            return self.backward_running(groups, step);
        }
        let of_plane = step.saved[..2 * planes].split_at(planes);
        groups.backward(slices, of_plane, gain, step.scratch, &mut step.dx);
    }
}

impl InstanceNormOp {
    /// In inference by running statistics, which are constants; forward has saved them for all rows.
    fn backward_running<T: Float>(&self, groups: Groups, mut step: Backward<'_, T>) {
        let shape = groups.shape;
        let (x, dy) = (step.x.get(0), &*step.dy);
        let gain = (step.x.len() > 1).then(|| step.x.get(1));
        let (mean, rstd) = step.saved[..2 * self.channels].split_at(self.channels);
        let (sum, moment) = step.scratch[..2 * self.channels].split_at_mut(self.channels);
        let [dx, dgain, dshift] = match gain {
            None => {
                let [dx] = step.dx.targets();
                [dx, None, None]
            }
            Some(_) => step.dx.targets(),
        };
        if let Some(Target { values, first }) = dx {
            let dx = (values, !first);
            batch_norm::backward_transform(shape, 0..self.channels, dy, (rstd, gain), dx);
        }
        if dgain.is_none() && dshift.is_none() {
            return;
        }
        batch_norm::sums(shape, 0, (x, dy), mean, (sum, moment));
        if let Some(dgain) = dgain {
            for (dgain, (&rstd, &moment)) in
                dgain.cleared().iter_mut().zip(rstd.iter().zip(&*moment))
            {
                *dgain += rstd * moment;
            }
        }
        if let Some(dshift) = dshift {
            for (dshift, &sum) in dshift.cleared().iter_mut().zip(&*sum) {
                *dshift += sum;
            }
        }
    }
}

impl<T: Float> Affine<T> for InstanceNormOp {
    fn channels(&self) -> usize {
        self.channels
    }

    fn scale_and_shift(
        &self,
        weights: Inputs<'_, T>,
        states: &States<'_, T>,
        scale: &mut [T],
        shift: &mut [T],
    ) {
        let affine = (weights.len() > 1).then(|| (weights.get(1), weights.get(2)));
        batch_norm::reciprocals(states.get(1), self.epsilon, scale);
        batch_norm::scale_and_shift(states.get(0), affine, scale, shift);
    }
}
