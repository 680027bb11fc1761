//! An activation of rows over another axis than the last, as an op.

use crate::op::{Backward, Forward, Memory, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_activations::Activation;
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// y = f(x) for an [`Activation`] over one axis of a row, in each place of the others; dx += dy ∂f/∂x.
/// PyTorch's function of the activation's name with `dim = axis + 1`, the batch being its first axis.
///
/// What f reads is turned so that the axis is the last, and what it makes is turned back.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::OverAxisOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2, 3]);
/// let y = x.op(OverAxisOp { activation: Softmax, axis: 0 })?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[0.0, 500.0, 7.0, 0.0, 0.0, 7.0]); // pairs (0, 0), (500, 0), (7, 7)
/// run.forward()?;
/// assert_eq!(run.value(y), [0.5, 1.0, 0.5, 0.5, 0.0, 0.5]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OverAxisOp<A> {
    /// What is computed.
    pub activation: A,
    /// The axis of a row: 0 is the first behind the batch.
    pub axis: usize,
}

impl<A: Activation> OverAxisOp<A> {
    /// The axis' length in the input and in the output, and the numbers behind it, of an input that
    /// fits.
    fn lengths(&self, x: Spec) -> (usize, usize, usize) {
        let dims = x.shape.dims();
        let (width, inner) = (dims[self.axis], dims[self.axis + 1..].iter().product());
        (width, self.activation.output_width(width).unwrap_or(width), inner)
    }
}

/// Turns matrices of `rows` rows and `columns` columns, one after the other.
fn turn<T: Float>(rows: usize, columns: usize, from: &[T], to: &mut [T]) {
    let size = rows * columns;
    parallel::rows(to, size, |at, to| {
        let from = from[at.start * size..at.end * size].chunks_exact(size.max(1));
        for (from, to) in from.zip(to.chunks_exact_mut(size.max(1))) {
            for (j, to) in to.chunks_exact_mut(rows).enumerate() {
                for (to, row) in to.iter_mut().zip(from.chunks_exact(columns)) {
                    *to = row[j];
                }
            }
        }
    });
}

/// The same, added.
fn add_turned<T: Float>(rows: usize, columns: usize, from: &[T], to: &mut [T]) {
    let size = rows * columns;
    parallel::rows(to, size, |at, to| {
        let from = from[at.start * size..at.end * size].chunks_exact(size.max(1));
        for (from, to) in from.zip(to.chunks_exact_mut(size.max(1))) {
            for (j, to) in to.chunks_exact_mut(rows).enumerate() {
                for (to, row) in to.iter_mut().zip(from.chunks_exact(columns)) {
                    *to += row[j];
                }
            }
        }
    });
}

impl<T: Float, A: Activation> Op<T> for OverAxisOp<A> {
    fn name(&self) -> String {
        self.activation.name()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let (name, axis) = (self.activation.name(), self.axis);
        let x = inputs[0].numbers(&name)?;
        let mut dims = x.shape.dims().to_vec();
        let Some(&width) = dims.get(axis) else {
            let what = format!("an axis {axis}");
            return Err(ShapeError::unsupported(name, x.shape, what));
        };
        let Some(output_width) = self.activation.output_width(width) else {
            let what = format!("another length of axis {axis} than {width}");
            return Err(ShapeError::unsupported(name, x.shape, what));
        };
        dims[axis] = output_width;
        Ok(x.with_shape(dims.into_iter().collect::<Shape>()))
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let x = inputs[0];
        let (width, output_width, inner) = self.lengths(x);
        if inner == 1 {
            return Memory::default();
        }
        let numbers = x.len(rows);
        let outputs = numbers / width.max(1) * output_width;
        // Backward turns x, y and dy, and has dx to turn back.
        Memory { scratch: 2 * (numbers + outputs), ..Memory::default() }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, f) = (step.x.get(0), &self.activation);
        let (width, output_width, inner) = self.lengths(step.x.spec(0));
        if inner == 1 {
            return parallel::rows(step.y, output_width, |at, y| {
                f.forward(width, &x[at.start * width..at.end * width], y);
            });
        }
        let (turned, rest) = step.scratch.split_at_mut(x.len());
        let made = &mut rest[..step.y.len()];
        turn(width, inner, x, turned);
        let turned = &*turned;
        parallel::rows(made, output_width, |at, y| {
            f.forward(width, &turned[at.start * width..at.end * width], y);
        });
        turn(inner, output_width, made, step.y);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (f, reads) = (&self.activation, self.activation.reads());
        let (width, output_width, inner) = self.lengths(step.x.spec(0));
        let (mut x, mut y, mut dy) = (step.x.get(0), step.y, &*step.dy);
        let Some(dx) = step.dx.get(0) else { return };
        let (turned_x, rest) = step.scratch.split_at_mut(if inner == 1 { 0 } else { x.len() });
        let (turned_dx, rest) = rest.split_at_mut(if inner == 1 { 0 } else { x.len() });
        let (turned_y, rest) = rest.split_at_mut(if inner == 1 { 0 } else { y.len() });
        if inner != 1 {
            let turned_dy = &mut rest[..dy.len()];
            turn(output_width, inner, dy, turned_dy);
            dy = turned_dy;
            if reads.input() {
                turn(width, inner, x, turned_x);
                x = turned_x;
            }
            if reads.output() {
                turn(output_width, inner, y, turned_y);
                y = turned_y;
            }
            turned_dx.fill(T::ZERO);
        }
        let target = if inner == 1 { &mut *dx } else { &mut *turned_dx };
        parallel::rows(target, width, |at, dx| {
            let wide = at.start * width..at.end * width;
            let narrow = at.start * output_width..at.end * output_width;
            f.backward(width, &x[wide], &y[narrow.clone()], &dy[narrow], dx);
        });
        if inner != 1 {
            add_turned(inner, width, turned_dx, dx);
        }
    }
}
