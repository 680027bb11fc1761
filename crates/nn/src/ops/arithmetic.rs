//! Sums, products and copies, element by element.

use crate::inspect::Role;
use crate::lend::Target;
use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = a + b, of equal shapes; da += dy, db += dy. PyTorch's `torch.add`, without broadcasting.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::Add, prelude::*};
///
/// let graph = Graph::new();
/// let (a, b) = (graph.input("a", [2]), graph.input("b", [2]));
/// let y = a.op_with([b], Add)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(a).copy_from_slice(&[2.0, 3.0]);
/// run.input(b).copy_from_slice(&[10.0, 20.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [12.0, 23.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Add;

/// y = a b, element by element, of equal shapes; da += dy b, db += dy a. PyTorch's `torch.mul`,
/// without broadcasting.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::Multiply, prelude::*};
///
/// let graph = Graph::new();
/// let (a, b) = (graph.input("a", [2]), graph.input("b", [2]));
/// let y = a.op_with([b], Multiply)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(a).copy_from_slice(&[2.0, 3.0]);
/// run.input(b).copy_from_slice(&[10.0, 20.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [20.0, 60.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Multiply;

/// y = x; dx += dy. The graph records it where one op is given the same value twice. PyTorch's
/// `torch.clone`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::Copy, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2]);
/// let y = x.op(Copy)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[2.0, 3.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [2.0, 3.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Copy;

fn equal(op: &'static str, inputs: &[Spec]) -> Result<Spec, ShapeError> {
    let (a, b) = (inputs[0].numbers(op)?, inputs[1].numbers(op)?);
    if a.shape != b.shape {
        return Err(ShapeError::mismatch(op, a.shape, b.shape));
    }
    if a != b {
        let what = "two values of which each row has one, or two single ones";
        return Err(ShapeError::unsupported(op, b.shape, what));
    }
    Ok(a)
}

impl<T: Float> Op<T> for Add {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        equal("Add", inputs)
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (a, b) = (step.x.get(0), step.x.get(1));
        for ((y, &a), &b) in step.y.iter_mut().zip(a).zip(b) {
            *y = a + b;
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        for input in 0..2 {
            add_or_copy(step.dx.target(input), step.dy);
        }
    }
}

impl<T: Float> Op<T> for Multiply {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        equal("Multiply", inputs)
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (a, b) = (step.x.get(0), step.x.get(1));
        for ((y, &a), &b) in step.y.iter_mut().zip(a).zip(b) {
            *y = a * b;
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        for input in 0..2 {
            let other = step.x.get(1 - input);
            if let Some(dx) = step.dx.get(input) {
                for ((dx, &other), &dy) in dx.iter_mut().zip(other).zip(&*step.dy) {
                    *dx += other * dy;
                }
            }
        }
    }
}

impl<T: Float> Op<T> for Copy {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("Copy")
    }

    fn role(&self) -> Role {
        Role::Identity
    }

    fn forward(&self, step: Forward<'_, T>) {
        step.y.copy_from_slice(step.x.get(0));
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        add_or_copy(step.dx.target(0), step.dy);
    }
}

/// dx += dy, or dx = dy where nothing stands yet.
pub(super) fn add_or_copy<T: Float>(dx: Option<Target<'_, T>>, dy: &[T]) {
    match dx {
        None => {}
        Some(Target { values, first: true }) => values.copy_from_slice(dy),
        Some(Target { values, first: false }) => {
            for (dx, &dy) in values.iter_mut().zip(dy) {
                *dx += dy;
            }
        }
    }
}
