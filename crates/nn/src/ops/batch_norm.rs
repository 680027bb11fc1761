//! Batch normalization as an op.

mod groups;

use crate::inspect::Role;
use crate::lend::{Inputs, States, Target};
use crate::op::{Affine, Backward, Forward, Memory, Mode, Op};
use crate::parallel;
use crate::spec::Spec;
use groups::Groups;
use neuropil_regularizers::{RegularizerError, batch_norm};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = (x - μ)/√(σ² + ε) γ + β for each channel, the first axis of a row's shape: in training with the
/// mean and variance over all rows of the batch and all places of the channel, in inference with the
/// running ones.
///
/// Inputs x `[channels, ..]` and, if there are any, γ and β `[channels]`. States, unless they are left
/// out: running mean and running variance `[channels]`, and a counter of the batches. A training run
/// that writes states makes r = (1 - m) r + m s of each: s is that of the batch, its variance without
/// bias. By default ε is 10⁻⁵ and m is 0.1. For dx, dγ and dβ see [`batch_norm`]. PyTorch's
/// `functional.batch_norm`.
///
/// A batch of a single number for each channel has no variance: y is β then, dx is zero, and the states
/// stay as they are, where PyTorch raises an error.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::BatchNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2]);
/// let states = [
///     graph.state("running_mean", [2], 5.0)?,
///     graph.state("running_var", [2], 4.0)?,
///     graph.counter("num_batches_tracked")?,
/// ];
/// let y = graph.record(BatchNormOp::new(2), &[x], &states)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[5.0, 9.0]);
/// run.forward()?;
/// assert!(run.value(y)[0].abs() < 1e-5 && (run.value(y)[1] - 2.0).abs() < 1e-5);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BatchNormOp {
    channels: usize,
    epsilon: f64,
    /// `None` for the mean of all batches.
    momentum: Option<f64>,
    tracks: bool,
}

impl BatchNormOp {
    /// The op for so many channels, with ε = 10⁻⁵ and m = 0.1.
    pub fn new(channels: usize) -> Self {
        let (epsilon, momentum) = (batch_norm::EPSILON, Some(batch_norm::MOMENTUM));
        Self { channels, epsilon, momentum, tracks: true }
    }

    /// What is added to the variance.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        let single = epsilon as f32;
        if !(single > 0.0 && single.is_finite()) {
            let (regularizer, setting) = ("BatchNorm", "epsilon");
            return Err(RegularizerError::NotPositive { regularizer, setting, value: epsilon });
        }
        self.epsilon = epsilon;
        Ok(self)
    }

    /// The weight of a batch in the running statistics.
    ///
    /// # Errors
    /// If m is not in [0, 1].
    pub fn momentum(mut self, momentum: f64) -> Result<Self, RegularizerError> {
        if !(0.0..=1.0).contains(&momentum) {
            let (regularizer, setting) = ("BatchNorm", "momentum");
            return Err(RegularizerError::NotProbability { regularizer, setting, value: momentum });
        }
        self.momentum = Some(momentum);
        Ok(self)
    }

    /// Running statistics are the mean over all batches: m = 1/k in the k-th.
    #[must_use]
    pub fn cumulative(mut self) -> Self {
        self.momentum = None;
        self
    }

    /// No running statistics, and so no states: inference uses those of its batch, too, and a row's
    /// result depends on the others.
    #[must_use]
    pub fn without_running_statistics(mut self) -> Self {
        self.tracks = false;
        self
    }

    /// Whether there are running statistics.
    pub(crate) fn tracks(&self) -> bool {
        self.tracks
    }

    /// Whether statistics are those of the batch.
    fn of_batch(&self, mode: Mode) -> bool {
        mode == Mode::Training || !self.tracks
    }

    /// Takes the statistics of a batch of `count` numbers a channel into the running ones.
    fn update<T: Float>(
        &self,
        count: usize,
        mean: &[T],
        variance: &[T],
        states: &mut States<'_, T>,
    ) {
        let momentum = self.momentum.filter(|_| !states.is_renewed());
        let Some(batches) = states.update(2) else { return };
        batches[0] += T::ONE;
        let momentum = momentum.unwrap_or(1.0 / batches[0].to_f64());
        let unbiased = count as f64 / (count - 1) as f64;
        for (state, factor, of_batch) in [(0, 1.0, mean), (1, unbiased, variance)] {
            if let Some(running) = states.update(state) {
                batch_norm::update(momentum, factor, of_batch, running);
            }
        }
    }

    /// `[rows, channels, inner]`.
    fn shape(&self, rows: usize, x: Spec) -> [usize; 3] {
        let inner = x.shape.dims()[1..].iter().product();
        [if x.per_row { rows } else { 1 }, self.channels, inner]
    }
}

impl<T: Float> Op<T> for BatchNormOp {
    fn name(&self) -> String {
        "BatchNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let op = || format!("BatchNorm({})", self.channels);
        let x = inputs[0].numbers(&op())?;
        if x.shape.dims().first() != Some(&self.channels) {
            let what = format!("{} channels, then any axes", self.channels);
            return Err(ShapeError::unsupported(op(), x.shape, what));
        }
        for (weight, name) in inputs[1..].iter().zip(["weight", "bias"]) {
            if weight.shape.dims() != [self.channels] || weight.per_row || weight.indices {
                let what = format!("[{}]", self.channels);
                return Err(ShapeError::unsupported(op() + ": " + name, weight.shape, what));
            }
        }
        Ok(x)
    }

    fn role(&self) -> Role {
        Role::Normalization { over_rows: true }
    }

    /// Saved are mean and reciprocal deviation.
    fn memory(&self, _rows: usize, _inputs: &[Spec]) -> Memory {
        Memory { saved: 2 * self.channels, scratch: 2 * self.channels, words: 0 }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn as_affine(&self) -> Option<&dyn Affine<T>> {
        self.tracks.then_some(self)
    }

    fn scales_dy(&self) -> bool {
        true
    }

    fn forward(&self, mut step: Forward<'_, T>) {
        let shape = self.shape(step.rows, step.x.spec(0));
        let x = step.x.get(0);
        let affine = (step.x.len() > 1).then(|| (step.x.get(1), step.x.get(2)));
        let (mean, rstd) = step.saved.split_at_mut(self.channels);
        let (first, second) = step.scratch[..2 * self.channels].split_at_mut(self.channels);
        let (groups, finish) = (Groups::new(shape), step.finish);
        if !self.of_batch(step.mode) {
            mean.copy_from_slice(step.states.get(0));
            batch_norm::reciprocals(step.states.get(1), self.epsilon, rstd);
            first.copy_from_slice(rstd);
            batch_norm::scale_and_shift(mean, affine, first, second);
            let (all, transformed) = (0..self.channels, (&*first, &*second));
            parallel::rows_of_cost(step.y, groups.of_rows(all.len()), |rows, y| {
                groups.finished(&all, (&x[groups.place(rows)], y), finish, |shape, part, x, y| {
                    batch_norm::transform(shape, part, x, transformed, y);
                });
            });
            return;
        }
        let variance = first;
        for group in groups.each() {
            let (means, variances) = (&mut mean[group.clone()], &mut variance[group.clone()]);
            let work = |first, mean: &mut [T], variance: &mut [T]| {
                batch_norm::statistics(shape, group.start + first, x, mean, variance);
            };
            parallel::channels(means, variances, groups.of_channels(), &work);
            batch_norm::reciprocals(variances, self.epsilon, &mut rstd[group.clone()]);
            let of_batch = (&*mean, &*rstd);
            parallel::rows_of_cost(step.y, groups.of_rows(group.len()), |rows, y| {
                let slices = (&x[groups.place(rows)], y);
                groups.finished(&group, slices, finish, |shape, part, x, y| {
                    batch_norm::normalize(shape, part, x, of_batch, affine, y);
                });
            });
        }
        let count = shape[0] * shape[2];
        if self.tracks && count > 1 {
            self.update(count, mean, variance, &mut step.states);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let shape = self.shape(step.rows, step.x.spec(0));
        let (x, dy) = (step.x.get(0), step.dy);
        let affine = (step.x.len() > 1).then(|| (step.x.get(1), step.x.get(2)));
        let gain = affine.map(|(gain, _)| gain);
        let (mean, rstd) = step.saved.split_at(self.channels);
        let (sum, moment) = step.scratch[..2 * self.channels].split_at_mut(self.channels);
        let [dx, dgain, dshift] = match gain {
            None => {
                let [dx] = step.dx.targets();
                [dx, None, None]
            }
            Some(_) => step.dx.targets(),
        };
        let (mut dx, through_batch) = (dx, self.of_batch(step.mode));
        let (groups, y, of_batch) = (Groups::new(shape), step.y, (mean, rstd));
        // Where ReLU has let x through is seen from x; other slopes go into dy piece by piece.
        let rectified = through_batch && step.finish.is_some_and(|finish| finish.0.is_relu());
        let finish = step.finish.filter(|_| !rectified);
        let wants_sums = through_batch && dx.is_some() || dgain.is_some() || dshift.is_some();
        for group in groups.each() {
            if let Some(finish) = finish {
                parallel::rows_of_cost(dy, groups.of_rows(group.len()), |rows, dy| {
                    let y = &y[groups.place(rows)];
                    for run in groups.runs(&group, y.len()) {
                        finish.0.scale_by_slope(&y[run.clone()], &mut dy[run]);
                    }
                });
            }
            let dy = &*dy;
            if wants_sums {
                let (sum, moment) = (&mut sum[group.clone()], &mut moment[group.clone()]);
                let work = |first, sum: &mut [T], moment: &mut [T]| {
                    let (first, slices, sums) = (group.start + first, (x, dy), (sum, moment));
                    if rectified {
                        batch_norm::sums_rectified(shape, first, slices, of_batch, affine, sums);
                    } else {
                        batch_norm::sums(shape, first, slices, mean, sums);
                    }
                };
                parallel::channels(sum, moment, groups.of_channels(), &work);
            }
            let Some(Target { values, first }) = &mut dx else { continue };
            let (adds, sums) = (!*first, (&*sum, &*moment, shape[0] * shape[2]));
            parallel::rows_of_cost(values, groups.of_rows(group.len()), |rows, dx| {
                let shape = [rows.len(), shape[1], shape[2]];
                let (at, channels, dx) = (groups.place(rows), group.clone(), (dx, adds));
                let slices = (&x[at.clone()], &dy[at]);
                if rectified {
                    batch_norm::backward_rectified(
                        shape, channels, slices, of_batch, affine, sums, dx,
                    );
                } else if through_batch {
                    batch_norm::backward(shape, channels, slices, of_batch, gain, sums, dx);
                } else {
                    batch_norm::backward_transform(shape, channels, slices.1, (rstd, gain), dx);
                }
            });
        }
        if let Some(dgain) = dgain {
            let terms = rstd.iter().zip(&*moment);
            for (dgain, (&rstd, &moment)) in dgain.cleared().iter_mut().zip(terms) {
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

impl<T: Float> Affine<T> for BatchNormOp {
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
