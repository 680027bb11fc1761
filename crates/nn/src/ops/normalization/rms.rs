//! Root-mean-square normalization as an op.

use super::{finished, layer, place, positive, rows_of};
use crate::inspect::Role;
use crate::op::{Backward, Forward, Memory, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::{RegularizerError, rms_norm};
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// y = x/√(q + ε) γ, where q is the mean of the squares over the last axes of x, those of the normalized
/// shape.
///
/// Inputs x `[.., shape..]` and, if there is one, γ `[shape..]`. By default ε is the distance from 1 to the
/// next number of the type, 1.2 · 10⁻⁷ in `f32`. For dx and dγ see [`rms_norm`]. PyTorch's
/// `functional.rms_norm`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::RmsNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2]);
/// let y = x.op(RmsNormOp::new([2]))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 7.0]); // the root of the mean of 1 and 49 is 5
/// run.forward()?;
/// assert!((run.value(y)[0] - 0.2).abs() < 1e-6 && (run.value(y)[1] - 1.4).abs() < 1e-6);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RmsNormOp {
    shape: Shape,
    /// `None` for that of the number type.
    epsilon: Option<f64>,
}

impl RmsNormOp {
    /// Over last axes of this shape, with the ε of the number type.
    pub fn new(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), epsilon: None }
    }

    /// What is added to the mean of the squares.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.epsilon = Some(positive("RmsNorm", epsilon)?);
        Ok(self)
    }

    /// The rows that are normalized.
    fn rows(&self, rows: usize, x: Spec) -> usize {
        rows_of(rows, x) * (x.shape.len() / self.shape.len().max(1))
    }
}

impl<T: Float> Op<T> for RmsNormOp {
    fn name(&self) -> String {
        "RmsNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        layer::output("RmsNorm", self.shape, inputs)
    }

    fn role(&self) -> Role {
        Role::Normalization { over_rows: false }
    }

    /// Saved is the reciprocal root.
    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        Memory { saved: self.rows(rows, inputs[0]), ..Memory::default() }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, width, finish) = (step.x.get(0), self.shape.len(), step.finish);
        let gain = (step.x.len() > 1).then(|| step.x.get(1));
        let epsilon = self.epsilon.unwrap_or_else(rms_norm::epsilon::<T>);
        let count = self.rows(step.rows, step.x.spec(0));
        let slices = [step.y, &mut step.saved[..count], &mut []];
        parallel::rows_of_three(slices, ([width, 1, 0], width), &|rows, [y, rrms, _]| {
            let x = &x[place(&rows, width)];
            finished(y, width, finish, |rows, y| {
                let (x, rrms) = (&x[place(&rows, width)], &mut rrms[rows]);
                rms_norm::forward(width, x, gain, epsilon, y, rrms);
            });
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, dy, width) = (step.x.get(0), &*step.dy, self.shape.len());
        let gain = (step.x.len() > 1).then(|| step.x.get(1));
        let count = self.rows(step.rows, step.x.spec(0));
        let rrms = &step.saved[..count];
        let [dx, dgain] = step.dx.all();
        if let Some(dx) = dx {
            parallel::rows(dx, width, |rows, dx| {
                let (at, rrms) = (place(&rows, width), &rrms[rows]);
                rms_norm::backward(width, &x[at.clone()], gain, rrms, &dy[at], dx);
            });
        }
        if let Some(dgain) = dgain {
            parallel::columns(dgain, count, |first, dgain| {
                rms_norm::backward_gain(width, first, x, rrms, dy, dgain);
            });
        }
    }
}
