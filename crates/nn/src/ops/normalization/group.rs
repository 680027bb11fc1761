//! Group normalization as an op.

use super::{check_affine, finished, place, positive, rows_of};
use crate::inspect::Role;
use crate::lend::{Gradients, Target};
use crate::op::{Backward, FinishRef, Forward, Memory, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::{RegularizerError, group_norm};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use std::ops::Range;

/// y = (x - μ)/√(σ² + ε) γ + β, where μ and σ² are mean and variance of a group of channels of a row, and
/// channels are the first axis.
///
/// Inputs x `[channels, ..]` and, if there are any, γ and β `[channels]`. By default ε is 10⁻⁵. For dx, dγ
/// and dβ see [`group_norm`]. PyTorch's `functional.group_norm`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::GroupNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [4]);
/// let y = x.op(GroupNormOp::new(2, 4))?; // two groups of two channels
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
pub struct GroupNormOp {
    groups: usize,
    channels: usize,
    epsilon: f64,
}

impl GroupNormOp {
    /// So many groups of so many channels in all, with ε = 10⁻⁵.
    pub fn new(groups: usize, channels: usize) -> Self {
        Self { groups, channels, epsilon: group_norm::EPSILON }
    }

    /// What is added to the variance.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.epsilon = positive("GroupNorm", epsilon)?;
        Ok(self)
    }

    fn groups(&self, rows: usize, x: Spec) -> Groups {
        Groups::of(rows, x, self.channels, self.groups)
    }
}

/// `[rows, channels, inner]` in groups.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    pub shape: [usize; 3],
    pub groups: usize,
}

/// Two numbers for each group or channel, mean and deviation or two sums.
type Pair<'a, T> = (&'a [T], &'a [T]);

impl Groups {
    pub fn of(rows: usize, x: Spec, channels: usize, groups: usize) -> Self {
        let inner = x.shape.len() / channels.max(1);
        Self { shape: [rows_of(rows, x), channels, inner], groups }
    }

    /// Numbers of a row.
    fn width(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// Groups of all rows.
    pub fn count(&self) -> usize {
        self.shape[0] * self.groups
    }

    /// Channels of all rows.
    pub fn planes(&self) -> usize {
        self.shape[0] * self.shape[1]
    }

    pub fn forward<T: Float>(
        &self,
        x: &[T],
        affine: Option<Pair<'_, T>>,
        epsilon: f64,
        slices: [&mut [T]; 3],
        finish: Option<FinishRef<'_, T>>,
    ) {
        let (groups, width) = (self.groups, self.width());
        let shape = |rows: usize| [rows, self.shape[1], self.shape[2]];
        let widths = [width, groups, groups];
        parallel::rows_of_three(slices, (widths, width), &|rows, [y, mean, rstd]| {
            let x = &x[place(&rows, width)];
            finished(y, width, finish, |rows, y| {
                let (at, of) = (place(&rows, width), place(&rows, groups));
                let (mean, rstd) = (&mut mean[of.clone()], &mut rstd[of]);
                let shape = shape(rows.len());
                group_norm::forward(shape, groups, &x[at], affine, epsilon, y, mean, rstd);
            });
        });
    }

    /// The gradients of x and, if there are any, of γ and β; `sums` has room for two numbers a plane.
    pub fn backward<T: Float>(
        &self,
        (x, dy): Pair<'_, T>,
        (mean, rstd): Pair<'_, T>,
        gain: Option<&[T]>,
        sums: &mut [T],
        gradients: &mut Gradients<'_, T>,
    ) {
        let [dx, dgain, dshift] = match gain {
            None => {
                let [dx] = gradients.targets();
                [dx, None, None]
            }
            Some(_) => gradients.targets(),
        };
        let (groups, channels, width) = (self.groups, self.shape[1], self.width());
        let (sum, moment) = sums[..2 * self.planes()].split_at_mut(self.planes());
        let work = |rows: Range<usize>, sums: [&mut [T]; 2], dx: Option<(&mut [T], bool)>| {
            let (at, of) = (place(&rows, width), place(&rows, groups));
            let shape = [rows.len(), channels, self.shape[2]];
            let (slices, of_group) = ((&x[at.clone()], &dy[at]), (&mean[of.clone()], &rstd[of]));
            let [sum, moment] = sums;
            group_norm::backward(shape, groups, slices, of_group, gain, (sum, moment), dx);
        };
        match dx {
            Some(Target { values, first }) => {
                let slices = [values, &mut *sum, &mut *moment];
                let widths = [width, channels, channels];
                parallel::rows_of_three(slices, (widths, width), &|rows, [dx, sum, moment]| {
                    work(rows, [sum, moment], Some((dx, !first)));
                });
            }
            None => {
                let slices = [&mut *sum, &mut *moment, &mut []];
                let widths = [channels, channels, 0];
                parallel::rows_of_three(slices, (widths, width), &|rows, [sum, moment, _]| {
                    work(rows, [sum, moment], None);
                });
            }
        }
        let [dgain, dshift] = [dgain, dshift].map(|target| target.map(Target::cleared));
        group_norm::backward_affine(groups, (sum, moment), rstd, dgain, dshift);
    }
}

impl<T: Float> Op<T> for GroupNormOp {
    fn name(&self) -> String {
        "GroupNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let Self { groups, channels, .. } = *self;
        let op = format!("GroupNorm({groups}, {channels})");
        let x = inputs[0].numbers(&op)?;
        if groups == 0 || channels == 0 || !channels.is_multiple_of(groups) {
            let what =
                format!("{channels} channels in {groups} groups, at least one and all alike");
            return Err(ShapeError::unsupported(op, x.shape, what));
        }
        if x.shape.dims().first() != Some(&channels) {
            let what = format!("{channels} channels, then any axes");
            return Err(ShapeError::unsupported(op, x.shape, what));
        }
        check_affine(&op, inputs, &[channels])?;
        Ok(x)
    }

    fn role(&self) -> Role {
        Role::Normalization { over_rows: false }
    }

    /// Saved are mean and reciprocal deviation; scratch are sums of each channel of each row.
    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let groups = self.groups(rows, inputs[0]);
        Memory { saved: 2 * groups.count(), scratch: 2 * groups.planes(), words: 0 }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn forward(&self, step: Forward<'_, T>) {
        let groups = self.groups(step.rows, step.x.spec(0));
        let affine = (step.x.len() > 1).then(|| (step.x.get(1), step.x.get(2)));
        let (mean, rstd) = step.saved[..2 * groups.count()].split_at_mut(groups.count());
        let slices = [step.y, mean, rstd];
        groups.forward(step.x.get(0), affine, self.epsilon, slices, step.finish);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let groups = self.groups(step.rows, step.x.spec(0));
        let gain = (step.x.len() > 1).then(|| step.x.get(1));
        let of_group = step.saved[..2 * groups.count()].split_at(groups.count());
        let slices = (step.x.get(0), &*step.dy);
        groups.backward(slices, of_group, gain, step.scratch, &mut step.dx);
    }
}
