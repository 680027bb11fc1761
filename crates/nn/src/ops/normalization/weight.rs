//! Weight normalization as an op.

use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_regularizers::weight_norm;
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// w = g v/‖v‖, with a length g and a norm for each place of one axis of v, or one of each for all.
///
/// Inputs v, a single value, and g, of as many numbers as the axis has places, or `[]`. For dv and dg see
/// [`weight_norm`]. PyTorch's `torch._weight_norm`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::WeightNormOp, prelude::*};
///
/// let graph = Graph::new();
/// let v = graph.param("v", [1, 2], Ones)?;
/// let g = graph.param("g", [1, 1], Ones)?;
/// let w = v.op_with([g], WeightNormOp::of_axis(0))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// params.get_mut("v")?.copy_from_slice(&[3.0, 4.0]);
/// params.get_mut("g")?.copy_from_slice(&[10.0]);
/// let mut plan = Plan::inference(&graph, &[w])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.forward()?;
/// assert_eq!(run.value(w), [6.0, 8.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WeightNormOp {
    /// `None` for one norm of all.
    axis: Option<usize>,
}

impl WeightNormOp {
    /// A norm for each place of this axis.
    pub fn of_axis(axis: usize) -> Self {
        Self { axis: Some(axis) }
    }

    /// One norm of the whole weight.
    pub fn of_all() -> Self {
        Self { axis: None }
    }

    /// `[outer, n, inner]`.
    pub(crate) fn shape(&self, v: Shape) -> [usize; 3] {
        around(v, self.axis)
    }
}

/// A shape as `[outer, n, inner]` around an axis; all is inner where there is none.
pub(crate) fn around(shape: Shape, axis: Option<usize>) -> [usize; 3] {
    match axis {
        None => [1, 1, shape.len()],
        Some(axis) => {
            let dims = shape.dims();
            [dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product()]
        }
    }
}

impl<T: Float> Op<T> for WeightNormOp {
    fn name(&self) -> String {
        "WeightNorm".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (op, v, g) = ("WeightNorm", inputs[0].numbers("WeightNorm")?, inputs[1]);
        if v.per_row || v.shape.is_empty() || self.axis.is_some_and(|axis| axis >= v.shape.rank()) {
            let what = match self.axis {
                None => "a weight, the same for all rows".into(),
                Some(axis) => format!("a weight with an axis {axis}, the same for all rows"),
            };
            return Err(ShapeError::unsupported(op, v.shape, what));
        }
        let n = self.shape(v.shape)[1];
        if g.per_row || g.indices || g.shape.len() != n {
            return Err(ShapeError::unsupported(
                format!("{op}: g"),
                g.shape,
                format!("{n} lengths"),
            ));
        }
        Ok(v)
    }

    /// Saved are the norms.
    fn memory(&self, _rows: usize, inputs: &[Spec]) -> Memory {
        let [_, n, _] = self.shape(inputs[0].shape);
        Memory { saved: n, scratch: n, words: 0 }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let shape = self.shape(step.x.spec(0).shape);
        let (v, g) = (step.x.get(0), step.x.get(1));
        weight_norm::forward(shape, v, g, step.y, &mut step.saved[..shape[1]]);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let shape = self.shape(step.x.spec(0).shape);
        let (given, dw) = ((step.x.get(0), step.x.get(1), &step.saved[..shape[1]]), &*step.dy);
        let [dv, dg] = step.dx.all();
        weight_norm::backward(shape, given, dw, &mut step.scratch[..shape[1]], dv, dg);
    }
}
