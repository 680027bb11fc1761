//! The first axis made the last.

use crate::op::{Backward, Forward, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y[.., c] = x[c, ..] of each row: `[channels, ..]` to `[.., channels]`; dx[c, ..] += dy[.., c].
/// PyTorch's `movedim(1, -1)`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::ChannelsLastOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [2, 3]);
/// let y = x.op(ChannelsLastOp)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChannelsLastOp;

impl<T: Float> Op<T> for ChannelsLastOp {
    fn name(&self) -> String {
        "ChannelsLast".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let x = inputs[0].numbers("ChannelsLast")?;
        match x.shape.dims() {
            [channels, places @ ..] if !places.is_empty() => {
                let dims = places.iter().copied().chain([*channels]);
                Ok(x.with_shape(dims.collect::<neuropil_tensor::Shape>()))
            }
            _ => {
                let expected = "channels and at least one further axis";
                Err(ShapeError::unsupported("ChannelsLast", x.shape, expected))
            }
        }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, shape) = (step.x.get(0), step.x.spec(0).shape);
        let (len, channels) = (shape.len(), shape[0]);
        parallel::rows(step.y, len, |rows, y| {
            let x = &x[rows.start * len..rows.end * len];
            for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
                for (c, x) in x.chunks_exact(len / channels).enumerate() {
                    for (y, &x) in y[c..].iter_mut().step_by(channels).zip(x) {
                        *y = x;
                    }
                }
            }
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (dy, shape) = (&*step.dy, step.x.spec(0).shape);
        let (len, channels) = (shape.len(), shape[0]);
        if let Some(dx) = step.dx.get(0) {
            parallel::rows(dx, len, |rows, dx| {
                let dy = &dy[rows.start * len..rows.end * len];
                for (dx, dy) in dx.chunks_exact_mut(len).zip(dy.chunks_exact(len)) {
                    for (c, dx) in dx.chunks_exact_mut(len / channels).enumerate() {
                        for (dx, &dy) in dx.iter_mut().zip(dy[c..].iter().step_by(channels)) {
                            *dx += dy;
                        }
                    }
                }
            });
        }
    }
}
