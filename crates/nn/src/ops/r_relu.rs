//! The rectified linear unit with a random slope, as an op.

use crate::inspect::Role;
use crate::op::{Backward, Forward, Mode, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_activations::{Activation, RRelu};
use neuropil_regularizers::random;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = x if x > 0, else a x, with a drawn for each number in training, uniform between two bounds, and
/// their mean in inference; dx += dy (1 or a).
///
/// The draws are a function of the run's seed and step, the op's path and the element's place: they are
/// made again in backward, not kept. PyTorch's `torch.nn.functional.rrelu`.
///
/// ```
/// use neuropil_activations::RRelu;
/// use neuropil_nn::{Graph, Mode, Params, Plan, ops::RReluOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [100]);
/// let y = x.op(RReluOp(RRelu::new().bounds(0.25, 0.75)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).fill(-4.0);
/// run.forward()?;
/// assert!(run.value(y).iter().all(|&y| y == -2.0));
/// run.mode(Mode::Training);
/// run.forward()?;
/// assert!(run.value(y).iter().all(|&y| (-3.0..=-1.0).contains(&y)));
/// assert!(run.value(y).iter().any(|&y| y != -2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RReluOp(pub RRelu);

/// Numbers that are drawn for at once.
const BLOCK: usize = 64;

/// A number in [0, 1) for each place from `start` on, a multiple of 2^-24.
fn draw<T: Float>(key: u64, start: usize, draws: &mut [T]) {
    for (index, u) in (start as u64..).zip(draws) {
        *u = T::of((random::bits(key, index) >> 40) as f64 / (1_u64 << 24) as f64);
    }
}

impl<T: Float> Op<T> for RReluOp {
    fn name(&self) -> String {
        "RRelu".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("RRelu")
    }

    fn role(&self) -> Role {
        Role::of_activation(&self.0.mean())
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, key) = (step.x.get(0), step.random);
        parallel::rows(step.y, 1, |piece, y| {
            let x = &x[piece.clone()];
            if step.mode == Mode::Inference {
                return self.0.mean().forward(1, x, y);
            }
            let mut draws = [T::ZERO; BLOCK];
            for (i, (x, y)) in x.chunks(BLOCK).zip(y.chunks_mut(BLOCK)).enumerate() {
                let draws = &mut draws[..x.len()];
                draw(key, piece.start + i * BLOCK, draws);
                self.0.forward(x, draws, y);
            }
        });
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, y, key, mode) = (step.x.get(0), step.y, step.random, step.mode);
        let dy = &*step.dy;
        let Some(dx) = step.dx.get(0) else { return };
        parallel::rows(dx, 1, |piece, dx| {
            let (x, dy) = (&x[piece.clone()], &dy[piece.clone()]);
            if mode == Mode::Inference {
                let mean = self.0.mean();
                return mean.backward(1, x, &y[piece], dy, dx);
            }
            let mut draws = [T::ZERO; BLOCK];
            let blocks = x.chunks(BLOCK).zip(dy.chunks(BLOCK)).zip(dx.chunks_mut(BLOCK));
            for (i, ((x, dy), dx)) in blocks.enumerate() {
                let draws = &mut draws[..x.len()];
                draw(key, piece.start + i * BLOCK, draws);
                self.0.backward(x, draws, dy, dx);
            }
        });
    }
}
