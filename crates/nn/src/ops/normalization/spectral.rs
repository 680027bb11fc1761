//! Spectral normalization as an op.

use super::positive;
use super::weight::around;
use crate::op::{Backward, Forward, Memory, Mode, Op};
use crate::spec::Spec;
use neuropil_regularizers::{RegularizerError, spectral_norm};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = w/σ with σ = uᵀ W v: a weight over its largest singular value, with a row of W for each place of
/// one axis of w.
///
/// Input w, a single value; states u, of as many numbers as the axis has places, and v, of as many as the
/// others have together. A training run moves both by power iterations, one by default, and keeps them if
/// it writes states; inference takes them as they are. By default ε, the least length that is divided by,
/// is 10⁻¹². For dw, in which u and v count as constants, see [`spectral_norm`]. PyTorch's
/// `nn.utils.parametrizations.spectral_norm`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::SpectralNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let w = graph.param("w", [1, 2], Ones)?;
/// let states = [graph.state("u", [1], 1.0)?, graph.state("v", [2], 0.5_f64.sqrt())?];
/// let y = graph.record(SpectralNormOp::of_axis(0), &[w], &states)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.forward()?;
/// assert!((run.value(y)[0] - 0.5_f32.sqrt()).abs() < 1e-6); // 1/√2
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpectralNormOp {
    axis: usize,
    iterations: usize,
    epsilon: f64,
}

impl SpectralNormOp {
    /// A row of W for each place of this axis.
    pub fn of_axis(axis: usize) -> Self {
        Self { axis, iterations: 1, epsilon: spectral_norm::EPSILON }
    }

    /// Power iterations of a training run.
    ///
    /// # Errors
    /// If there are none.
    pub fn iterations(mut self, iterations: usize) -> Result<Self, RegularizerError> {
        if iterations == 0 {
            let (regularizer, setting) = ("SpectralNorm", "iterations");
            return Err(RegularizerError::NotCount { regularizer, setting });
        }
        self.iterations = iterations;
        Ok(self)
    }

    /// The least length that is divided by.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        self.epsilon = positive("SpectralNorm", epsilon)?;
        Ok(self)
    }

    /// `[outer, n, inner]`.
    fn shape(&self, w: Spec) -> [usize; 3] {
        around(w.shape, Some(self.axis))
    }
}

impl<T: Float> Op<T> for SpectralNormOp {
    fn name(&self) -> String {
        "SpectralNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let w = inputs[0].numbers("SpectralNorm")?;
        if w.per_row || w.shape.is_empty() || self.axis >= w.shape.rank() || w.shape.rank() < 2 {
            let axis = self.axis;
            let what =
                format!("a weight of two axes or more with an axis {axis}, the same for all rows");
            return Err(ShapeError::unsupported("SpectralNorm", w.shape, what));
        }
        Ok(w)
    }

    /// Saved are u, v and σ.
    fn memory(&self, _rows: usize, inputs: &[Spec]) -> Memory {
        let [outer, n, inner] = self.shape(inputs[0]);
        Memory { saved: n + outer * inner + 1, ..Memory::default() }
    }

    fn forward(&self, mut step: Forward<'_, T>) {
        let shape @ [outer, n, inner] = self.shape(step.x.spec(0));
        let (u, rest) = step.saved.split_at_mut(n);
        let (v, sigma) = rest.split_at_mut(outer * inner);
        u.copy_from_slice(step.states.get(0));
        v.copy_from_slice(step.states.get(1));
        let w = step.x.get(0);
        if step.mode == Mode::Training {
            for _ in 0..self.iterations {
                spectral_norm::iterate(shape, w, self.epsilon, u, v);
            }
            for (state, moved) in [(0, &*u), (1, &*v)] {
                if let Some(kept) = step.states.update(state) {
                    kept.copy_from_slice(moved);
                }
            }
        }
        sigma[0] = spectral_norm::forward(shape, w, (u, v), step.y);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let shape @ [outer, n, inner] = self.shape(step.x.spec(0));
        let (u, rest) = step.saved.split_at(n);
        let (v, sigma) = rest.split_at(outer * inner);
        if let Some(dw) = step.dx.get(0) {
            spectral_norm::backward(shape, step.y, (u, v, sigma[0]), step.dy, dw);
        }
    }
}
