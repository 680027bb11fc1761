//! Layer normalization as an op.

use super::{check_affine, finished, place, positive, rows_of};
use crate::inspect::Role;
use crate::op::{Backward, Forward, Memory, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::{RegularizerError, layer_norm};
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// y = (x - μ)/√(σ² + ε) γ + β, where μ and σ² are mean and variance over the last axes of x, those of
/// the normalized shape.
///
/// Inputs x `[.., shape..]` and, if there are any, γ and β `[shape..]`; β may be left out. By default ε is
/// 10⁻⁵. For dx, dγ and dβ see [`layer_norm`]. PyTorch's `functional.layer_norm`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::LayerNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2, 2]);
/// let y = x.op(LayerNormOp::new([2]))?;
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
pub struct LayerNormOp {
    shape: Shape,
    epsilon: f64,
}

impl LayerNormOp {
    /// Over last axes of this shape, with ε = 10⁻⁵.
    pub fn new(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), epsilon: layer_norm::EPSILON }
    }

    /// What is added to the variance.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.epsilon = positive("LayerNorm", epsilon)?;
        Ok(self)
    }

    /// The rows that are normalized.
    fn rows(&self, rows: usize, x: Spec) -> usize {
        rows_of(rows, x) * (x.shape.len() / self.shape.len().max(1))
    }
}

/// The spec of x, if its last axes are those that are normalized.
pub(super) fn output(op: &str, shape: Shape, inputs: &[Spec]) -> Result<Spec, ShapeError> {
    let op = format!("{op}({shape})");
    let x = inputs[0].numbers(&op)?;
    if shape.rank() == 0 || shape.is_empty() {
        let what = "a normalized shape of at least one axis and one number";
        return Err(ShapeError::unsupported(op, shape, what));
    }
    if !x.shape.dims().ends_with(shape.dims()) {
        let what = format!("any axes, then {shape}");
        return Err(ShapeError::unsupported(op, x.shape, what));
    }
    check_affine(&op, inputs, shape.dims())?;
    Ok(x)
}

impl<T: Float> Op<T> for LayerNormOp {
    fn name(&self) -> String {
        "LayerNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        output("LayerNorm", self.shape, inputs)
    }

    fn role(&self) -> Role {
        Role::Normalization { over_rows: false }
    }

    /// Saved are mean and reciprocal deviation; scratch is a shift of zeros where there is none, or a
    /// gradient that nobody wants.
    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let saved = 2 * self.rows(rows, inputs[0]);
        Memory { saved, scratch: self.shape.len(), words: 0 }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, width, finish) = (step.x.get(0), self.shape.len(), step.finish);
        let zeros = &mut step.scratch[..width];
        zeros.fill(T::ZERO);
        let affine = match step.x.len() {
            1 => None,
            2 => Some((step.x.get(1), &*zeros)),
            _ => Some((step.x.get(1), step.x.get(2))),
        };
        let count = self.rows(step.rows, step.x.spec(0));
        let (mean, rstd) = step.saved[..2 * count].split_at_mut(count);
        let slices = [step.y, mean, rstd];
        parallel::rows_of_three(slices, ([width, 1, 1], width), &|rows, [y, mean, rstd]| {
            let x = &x[place(&rows, width)];
            finished(y, width, finish, |rows, y| {
                let (mean, rstd) = (&mut mean[rows.clone()], &mut rstd[rows.clone()]);
                let x = &x[place(&rows, width)];
                layer_norm::forward(width, x, affine, self.epsilon, y, mean, rstd);
            });
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, dy, width) = (step.x.get(0), &*step.dy, self.shape.len());
        let gain = (step.x.len() > 1).then(|| step.x.get(1));
        let count = self.rows(step.rows, step.x.spec(0));
        let (mean, rstd) = step.saved[..2 * count].split_at(count);
        let [dx, dgain, dshift] = step.dx.all();
        if let Some(dx) = dx {
            parallel::rows(dx, width, |rows, dx| {
                let (at, of) = (place(&rows, width), rows);
                let (mean, rstd) = (&mean[of.clone()], &rstd[of]);
                layer_norm::backward(width, &x[at.clone()], gain, mean, rstd, &dy[at], dx);
            });
        }
        let unwanted = &mut step.scratch[..width];
        let (dgain, dshift) = match (dgain, dshift) {
            (None, None) => return,
            (Some(dgain), Some(dshift)) => (dgain, dshift),
            (Some(dgain), None) => (dgain, unwanted),
            (None, Some(dshift)) => (unwanted, dshift),
        };
        parallel::channels(dgain, dshift, (64, count), &|first, dgain, dshift| {
            let (of_row, sums) = ((mean, rstd), (dgain, dshift));
            layer_norm::backward_affine_part(width, first, (x, dy), of_row, sums);
        });
    }
}
