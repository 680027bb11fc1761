//! Convolutions as ops, around the plan of [`neuropil_tensor::convolution`].

use crate::inspect::Role;
use crate::lend::{Gradients, Target};
use crate::op::{Backward, FinishRef, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_simd::{Float, reduce};
use neuropil_tensor::convolution::{After, Convolution};
use neuropil_tensor::{Shape, ShapeError};

/// y = the convolution of x with w, plus b for each output channel: inputs x `[channels, ..]`, w
/// `[outputs, channels / groups, ..]` and, if there is one, b `[outputs]`.
///
/// PyTorch's `functional.conv2d`; formulas in [`neuropil_tensor::convolution`].
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::ConvOp, prelude::*};
/// use neuropil_tensor::{Window, convolution::Convolution};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 4]);
/// let w = graph.param("w", [1, 1, 3], Ones)?;
/// let y = x.op_with([w], ConvOp(Convolution::new([1, 4], 1, &[Window::new(3)], 1)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [6.0, 9.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvOp(pub Convolution);

/// y = the transposed convolution of x with w, plus b: the gradient of a convolution's input, taken
/// as a function. Inputs x `[outputs, ..]` of that convolution, w `[outputs, channels / groups, ..]`
/// and, if there is one, b `[channels]`.
///
/// PyTorch's `functional.conv_transpose2d`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::ConvTransposeOp, prelude::*};
/// use neuropil_tensor::{Window, convolution::Convolution};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 2]);
/// let w = graph.param("w", [1, 1, 2], Ones)?;
/// let twice = Window { stride: 2, ..Window::new(2) };
/// let y = x.op_with([w], ConvTransposeOp(Convolution::new([1, 4], 1, &[twice], 1)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [1.0, 1.0, 2.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConvTransposeOp(pub Convolution);

/// The output's spec, if the inputs are those that the plan was made for.
fn output(
    op: &str,
    inputs: &[Spec],
    (x, weight, y): (Shape, Shape, Shape),
) -> Result<Spec, ShapeError> {
    let found = inputs[0].numbers(op)?;
    if found.shape != x {
        let expected = format!("{x}, for which it was made");
        return Err(ShapeError::unsupported(op, found.shape, expected));
    }
    for (what, input, expected) in
        [("weight", inputs.get(1), weight), ("bias", inputs.get(2), y[0].into())]
    {
        if let Some(input) = input
            && (input.shape != expected || input.per_row)
        {
            let (op, what) =
                (format!("{op}: {what}"), format!("{expected}, the same for all rows"));
            return Err(ShapeError::unsupported(op, input.shape, what));
        }
    }
    Ok(found.with_shape(y))
}

fn images(rows: usize, x: Spec) -> usize {
    if x.per_row { rows } else { 1 }
}

/// Numbers to be written or added to, as the kernels take them.
type Lent<'a, T> = Option<(&'a mut [T], bool)>;

fn lent<T>(target: Option<Target<'_, T>>) -> Lent<'_, T> {
    target.map(|target| (target.values, !target.first))
}

/// The gradients of x, w and, if there is one, b.
fn all<'a, T: Float>(dx: &'a mut Gradients<'_, T>, inputs: usize) -> [Lent<'a, T>; 3] {
    match inputs {
        2 => {
            let [dx, dw] = dx.targets();
            [lent(dx), lent(dw), None]
        }
        _ => dx.targets::<3>().map(lent),
    }
}

/// Lends what comes after the sums: a bias, and what was folded and fused behind.
fn with_after<T: Float>(
    bias: Option<&[T]>,
    affine: Option<(&[T], &[T])>,
    finish: Option<FinishRef<'_, T>>,
    run: impl FnOnce(After<'_, T>),
) {
    let after = After { bias, affine, ..After::NOTHING };
    match finish {
        None => run(after),
        Some(finish) if finish.0.is_relu() => run(After { relu: true, ..after }),
        Some(finish) => run(After { finish: Some(&|y| finish.0.apply(y)), ..after }),
    }
}

impl<T: Float> Op<T> for ConvOp {
    fn name(&self) -> String {
        self.0.name()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let shapes = (self.0.input(), self.0.weight(), self.0.output());
        output(&self.0.name(), inputs, shapes)
    }

    fn role(&self) -> Role {
        Role::Linear { weight: 1, bias: 2 }
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let scratch = self.0.scratch_len::<T>(images(rows, inputs[0]));
        Memory { scratch, ..Memory::default() }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn takes_affine(&self, _output: Spec) -> bool {
        true
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, w) = (step.x.get(0), step.x.get(1));
        let bias = (step.x.len() > 2).then(|| step.x.get(2));
        with_after(bias, step.affine, step.finish, |after| {
            self.0.forward(x, w, after, step.y, step.scratch);
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, w, dy) = (step.x.get(0), step.x.get(1), &*step.dy);
        let [dx, dw, db] = all(&mut step.dx, step.x.len());
        if let Some((dx, adds)) = dx {
            self.0.input_gradient(dy, w, adds, dx, step.scratch);
        }
        if dw.is_some() || db.is_some() {
            self.0.weight_gradient(x, dy, dw, db, step.scratch);
        }
    }
}

impl<T: Float> Op<T> for ConvTransposeOp {
    fn name(&self) -> String {
        transposed_name(&self.0)
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let shapes = (self.0.output(), self.0.weight(), self.0.input());
        output(&transposed_name(&self.0), inputs, shapes)
    }

    fn role(&self) -> Role {
        Role::Linear { weight: 1, bias: 2 }
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let scratch = self.0.scratch_len::<T>(images(rows, inputs[0]));
        Memory { scratch, ..Memory::default() }
    }

    fn takes_finish(&self) -> bool {
        true
    }

    fn takes_affine(&self, _output: Spec) -> bool {
        true
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, w) = (step.x.get(0), step.x.get(1));
        let bias = (step.x.len() > 2).then(|| step.x.get(2));
        with_after(bias, step.affine, step.finish, |after| {
            self.0.transposed(x, w, after, step.y, step.scratch);
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, w, dy) = (step.x.get(0), step.x.get(1), &*step.dy);
        let [dx, dw, db] = all(&mut step.dx, step.x.len());
        if let Some((dx, adds)) = dx {
            self.0.forward_adding(dy, w, adds, dx, step.scratch);
        }
        if dw.is_some() {
            self.0.weight_gradient(dy, x, dw, None, step.scratch);
        }
        if let Some((db, adds)) = db {
            let channels = self.0.input();
            add_planes(dy, db, adds, channels.len() / channels[0]);
        }
    }
}

/// db = the sum of dy over images and places: planes in the canonical order, images in theirs.
fn add_planes<T: Float>(dy: &[T], db: &mut [T], adds: bool, plane: usize) {
    if !adds {
        db.fill(T::ZERO);
    }
    for dy in dy.chunks_exact(db.len() * plane) {
        for (db, dy) in db.iter_mut().zip(dy.chunks_exact(plane)) {
            *db += reduce::sum(dy);
        }
    }
}

/// The name of the convolution whose gradient it is, from its outputs to its inputs.
fn transposed_name(of: &Convolution) -> String {
    format!("ConvTranspose of {}", of.name())
}
