//! Vectors taken apart and put beside each other.

use crate::inspect::Role;
use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// y = the numbers `first..first + len` of each vector of x: `[.., width]` to `[.., len]`. PyTorch's
/// `Tensor.narrow` along the last axis.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::PartOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [4]);
/// let y = x.op(PartOp { first: 1, len: 2 })?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [2.0, 3.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PartOp {
    /// The first number.
    pub first: usize,
    /// How many there are.
    pub len: usize,
}

/// y = the vectors of all inputs beside each other: `[.., a]` and `[.., b]` to `[.., a + b]`. PyTorch's
/// `torch.cat` along the last axis.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::ConcatOp, prelude::*};
///
/// let graph = Graph::new();
/// let (a, b) = (graph.input("a", [1]), graph.input("b", [2]));
/// let y = a.op_with([b], ConcatOp)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(a).copy_from_slice(&[1.0]);
/// run.input(b).copy_from_slice(&[2.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [1.0, 2.0, 3.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ConcatOp;

/// The shape with another last axis.
fn with_width(shape: Shape, width: usize) -> Shape {
    let dims = shape.dims();
    dims[..dims.len() - 1].iter().copied().chain([width]).collect()
}

impl<T: Float> Op<T> for PartOp {
    fn name(&self) -> String {
        format!("Part({}..{})", self.first, self.first + self.len)
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let name = Op::<T>::name(self);
        let x = inputs[0].numbers(&name)?;
        let end = self.first + self.len;
        match x.shape.dims().last() {
            Some(&width) if self.len > 0 && end <= width => {
                Ok(x.with_shape(with_width(x.shape, self.len)))
            }
            _ => {
                let expected =
                    format!("a last axis of {end} numbers or more, and a part of one or more");
                Err(ShapeError::unsupported(name, x.shape, expected))
            }
        }
    }

    fn role(&self) -> Role {
        Role::Identity
    }

    fn forward(&self, step: Forward<'_, T>) {
        let width = step.x.spec(0).width();
        let x = step.x.get(0).chunks_exact(width);
        for (y, x) in step.y.chunks_exact_mut(self.len).zip(x) {
            y.copy_from_slice(&x[self.first..self.first + self.len]);
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let width = step.x.spec(0).width();
        if let Some(dx) = step.dx.get(0) {
            for (dx, dy) in dx.chunks_exact_mut(width).zip(step.dy.chunks_exact(self.len)) {
                let dx = &mut dx[self.first..self.first + self.len];
                dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
            }
        }
    }
}

impl<T: Float> Op<T> for ConcatOp {
    fn name(&self) -> String {
        "Concat".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let first = inputs[0].numbers("Concat")?;
        let rank = first.shape.rank();
        if rank == 0 {
            return Err(ShapeError::unsupported("Concat", first.shape, "an axis or more"));
        }
        let mut width = 0;
        for &x in inputs {
            let x = x.numbers("Concat")?;
            let dims = x.shape.dims();
            let fits = x.per_row == first.per_row
                && dims.len() == rank
                && dims[..rank - 1] == first.shape.dims()[..rank - 1];
            if !fits {
                return Err(ShapeError::mismatch("Concat", first.shape, x.shape));
            }
            width += dims[rank - 1];
        }
        Ok(first.with_shape(with_width(first.shape, width)))
    }

    fn role(&self) -> Role {
        Role::Identity
    }

    fn forward(&self, step: Forward<'_, T>) {
        let all: usize = (0..step.x.len()).map(|i| step.x.spec(i).width()).sum();
        let mut first = 0;
        for i in 0..step.x.len() {
            let width = step.x.spec(i).width();
            let x = step.x.get(i).chunks_exact(width);
            for (y, x) in step.y.chunks_exact_mut(all).zip(x) {
                y[first..first + width].copy_from_slice(x);
            }
            first += width;
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let all: usize = (0..step.x.len()).map(|i| step.x.spec(i).width()).sum();
        let mut first = 0;
        for i in 0..step.x.len() {
            let width = step.x.spec(i).width();
            if let Some(dx) = step.dx.get(i) {
                for (dx, dy) in dx.chunks_exact_mut(width).zip(step.dy.chunks_exact(all)) {
                    let dy = &dy[first..first + width];
                    dx.iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy);
                }
            }
            first += width;
        }
    }
}
