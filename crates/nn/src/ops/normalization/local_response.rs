//! Local response normalization as an op.

use super::{finished, place, rows_of};
use crate::op::{Backward, Forward, Memory, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::RegularizerError;
use neuropil_regularizers::local_response_norm::{self, Response};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = x (k + α/size Σ x²)^-β, where the sum is over a window of `size` channels around each, and channels
/// are the first axis.
///
/// Input x `[channels, ..]`. By default α is 10⁻⁴, β is 0.75 and k is 1. For the window and dx see
/// [`local_response_norm`]. PyTorch's `functional.local_response_norm`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::LocalResponseNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2]);
/// let y = x.op(LocalResponseNormOp::new(1)?.alpha(3.0)?.beta(0.5)?)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 0.0]);
/// run.forward()?;
/// assert!((run.value(y)[0] - 0.5).abs() < 1e-6); // 1/√(1 + 3)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LocalResponseNormOp {
    of: Response,
}

impl LocalResponseNormOp {
    /// Over windows of so many channels, with α = 10⁻⁴, β = 0.75 and k = 1.
    ///
    /// # Errors
    /// If the window is empty.
    pub fn new(size: usize) -> Result<Self, RegularizerError> {
        if size == 0 {
            let (regularizer, setting) = ("LocalResponseNorm", "size");
            return Err(RegularizerError::NotCount { regularizer, setting });
        }
        Ok(Self { of: Response::new(size) })
    }

    /// What the mean of the squares is multiplied with.
    ///
    /// # Errors
    /// If α is NaN, infinite or below zero.
    pub fn alpha(mut self, alpha: f64) -> Result<Self, RegularizerError> {
        self.of.alpha = strength("alpha", alpha)?;
        Ok(self)
    }

    /// The exponent.
    ///
    /// # Errors
    /// If β is NaN, infinite or below zero.
    pub fn beta(mut self, beta: f64) -> Result<Self, RegularizerError> {
        self.of.beta = strength("beta", beta)?;
        Ok(self)
    }

    /// What is added to the squares.
    ///
    /// # Errors
    /// If k is NaN, infinite or below zero.
    pub fn k(mut self, k: f64) -> Result<Self, RegularizerError> {
        self.of.k = strength("k", k)?;
        Ok(self)
    }

    fn shape(rows: usize, x: Spec) -> [usize; 3] {
        let channels = x.shape.dims().first().copied().unwrap_or(1);
        [rows_of(rows, x), channels, x.shape.len() / channels.max(1)]
    }
}

fn strength(setting: &'static str, value: f64) -> Result<f64, RegularizerError> {
    if value >= 0.0 && value.is_finite() {
        return Ok(value);
    }
    Err(RegularizerError::NotStrength { regularizer: "LocalResponseNorm", setting, value })
}

impl<T: Float> Op<T> for LocalResponseNormOp {
    fn name(&self) -> String {
        "LocalResponseNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let op = format!("LocalResponseNorm({})", self.of.size);
        let x = inputs[0].numbers(&op)?;
        if x.shape.rank() == 0 || x.shape.is_empty() {
            return Err(ShapeError::unsupported(op, x.shape, "channels, then any axes"));
        }
        Ok(x)
    }

    /// Saved is what x is divided by, before the exponent.
    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let len = inputs[0].len(rows);
        Memory { saved: len, scratch: len, words: 0 }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, finish) = (step.x.get(0), step.finish);
        let [_, channels, inner] = Self::shape(step.rows, step.x.spec(0));
        let width = channels * inner;
        let slices = [step.y, &mut step.saved[..x.len()], &mut []];
        let cost = width * (4 + self.of.size);
        parallel::rows_of_three(slices, ([width, width, 0], cost), &|rows, [y, d, _]| {
            let x = &x[place(&rows, width)];
            finished(y, width, finish, |rows, y| {
                let (shape, at) = ([rows.len(), channels, inner], place(&rows, width));
                local_response_norm::forward(shape, self.of, &x[at.clone()], y, &mut d[at]);
            });
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let [_, channels, inner] = Self::shape(step.rows, step.x.spec(0));
        let (x, dy, width) = (step.x.get(0), &*step.dy, channels * inner);
        let (d, scratch) = (&step.saved[..x.len()], &mut step.scratch[..x.len()]);
        let Some(dx) = step.dx.get(0) else { return };
        let cost = width * (8 + self.of.size);
        parallel::rows_of_three([dx, scratch, &mut []], ([width, width, 0], cost), &|rows,
                                                                                     [
            dx,
            scratch,
            _,
        ]| {
            let (shape, at) = ([rows.len(), channels, inner], place(&rows, width));
            let slices = (&x[at.clone()], &d[at.clone()], &dy[at]);
            local_response_norm::backward(shape, self.of, slices, scratch, dx);
        });
    }
}
