//! An activation as an op.

use crate::inspect::Role;
use crate::op::{Backward, Finish, Forward, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_activations::{Activation, Reads};
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};

/// y = f(x) for an [`Activation`] over the last axis; dx += dy ∂f/∂x. Equals PyTorch's function of the
/// activation's name with `dim=-1`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::Activate, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2, 2]); // two rows in each row of the batch
/// let y = x.op(Activate(Softmax))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[0.0, 0.0, 7.0, 7.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [0.5; 4]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Activate<A>(pub A);

impl<A: Activation> Activate<A> {
    fn output_width(&self, input: &Spec) -> Result<usize, ShapeError> {
        let width = input.width();
        self.0.output_width(width).ok_or_else(|| {
            let what = format!("a last axis of another length than {width}");
            ShapeError::unsupported(self.0.name(), input.shape, what)
        })
    }
}

impl<T: Float, A: Activation> Op<T> for Activate<A> {
    fn name(&self) -> String {
        self.0.name()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let width = self.output_width(&inputs[0].numbers(&self.0.name())?)?;
        let dims = inputs[0].shape.dims();
        let Some((_, outer)) = dims.split_last() else {
            return Ok(inputs[0]);
        };
        Ok(inputs[0].with_shape(outer.iter().copied().chain([width]).collect::<Shape>()))
    }

    fn role(&self) -> Role {
        Role::of_activation(&self.0)
    }

    fn forward(&self, step: Forward<'_, T>) {
        let x = step.x.get(0);
        let (width, output_width) = widths(&self.0, step.x.spec(0).width());
        parallel::rows(step.y, output_width, |rows, y| {
            self.0.forward(width, &x[rows.start * width..rows.end * width], y);
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let x = step.x.get(0);
        let (width, output_width) = widths(&self.0, step.x.spec(0).width());
        let (y, dy) = (step.y, &*step.dy);
        let Some(dx) = step.dx.get(0) else { return };
        parallel::rows(dx, width, |rows, dx| {
            let inner = rows.start * width..rows.end * width;
            let outer = rows.start * output_width..rows.end * output_width;
            self.0.backward(width, &x[inner], &y[outer.clone()], &dy[outer], dx);
        });
    }

    fn as_finish(&self) -> Option<&dyn Finish<T>> {
        let from_output = matches!(self.0.reads(), Reads::Output | Reads::Nothing);
        (self.0.is_elementwise() && from_output).then_some(self)
    }
}

fn widths(activation: &impl Activation, width: usize) -> (usize, usize) {
    // `output` has refused a width that does not fit.
    (width, activation.output_width(width).unwrap_or(width))
}

impl<T: Float, A: Activation> Finish<T> for Activate<A> {
    fn is_relu(&self) -> bool {
        self.0.is_relu()
    }

    fn apply(&self, y: &mut [T]) {
        self.0.apply_in_place(y);
    }

    fn scale_by_slope(&self, y: &[T], dy: &mut [T]) {
        self.0.scale_by_slope(y, dy);
    }
}
