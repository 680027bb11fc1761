//! Gumbel softmax as an op.

use crate::op::{Backward, Forward, Memory, Mode, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_activations::GumbelSoftmax;
use neuropil_regularizers::random;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = softmax((x + g)/τ) over the last axis, with Gumbel noise g in training and without in inference;
/// dx_i += y_i (dy_i - Σ_j dy_j y_j)/τ. If `hard`, y has a one for the largest of each row and zeros, and
/// the gradient is that of the soft form.
///
/// The noise is a function of the run's seed and step, the op's path and the element's place. PyTorch's
/// `torch.nn.functional.gumbel_softmax`, which draws it always.
///
/// ```
/// use neuropil_activations::GumbelSoftmax;
/// use neuropil_nn::{Graph, Mode, Params, Plan, ops::GumbelSoftmaxOp, prelude::*};
///
/// let graph = Graph::new();
/// let x = graph.input("x", [3]);
/// let y = x.op(GumbelSoftmaxOp { rule: GumbelSoftmax::new(), hard: true })?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.mode(Mode::Training);
/// run.input(x).copy_from_slice(&[0.0, 1.0, 0.0]);
/// run.forward()?;
/// assert_eq!(run.value(y).iter().sum::<f32>(), 1.0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GumbelSoftmaxOp {
    /// With its temperature.
    pub rule: GumbelSoftmax,
    /// Whether y has ones and zeros alone.
    pub hard: bool,
}

/// A number in (0, 1) for each place from `start` on, an odd multiple of 2^-24.
fn draw<T: Float>(key: u64, start: usize, draws: &mut [T]) {
    for (index, u) in (start as u64..).zip(draws) {
        let bits = (random::bits(key, index) >> 41) as f64;
        *u = T::of((bits + 0.5) / (1_u64 << 23) as f64);
    }
}

impl<T: Float> Op<T> for GumbelSoftmaxOp {
    fn name(&self) -> String {
        "GumbelSoftmax".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("GumbelSoftmax")
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let len = inputs[0].len(rows);
        Memory { saved: if self.hard { len } else { 0 }, scratch: len, ..Memory::default() }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, width, key) = (step.x.get(0), step.x.spec(0).width(), step.random);
        let noise = match step.mode {
            Mode::Inference => None,
            Mode::Training => {
                let noise = &mut step.scratch[..x.len()];
                parallel::rows(noise, 1, |piece, noise| {
                    draw(key, piece.start, noise);
                    GumbelSoftmax::noise(noise);
                });
                Some(&*noise)
            }
        };
        let soft = if self.hard { &mut step.saved[..x.len()] } else { &mut *step.y };
        parallel::rows(soft, width, |at, soft| {
            let at = at.start * width..at.end * width;
            self.rule.soft(width, &x[at.clone()], noise.map(|noise| &noise[at]), soft);
        });
        if self.hard {
            let soft = &*step.saved;
            parallel::rows(step.y, width, |at, y| {
                GumbelSoftmax::hard(width, &soft[at.start * width..at.end * width], y);
            });
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (width, dy) = (step.x.spec(0).width(), &*step.dy);
        let soft = if self.hard { step.saved } else { step.y };
        let Some(dx) = step.dx.get(0) else { return };
        parallel::rows(dx, width, |at, dx| {
            let at = at.start * width..at.end * width;
            self.rule.backward(width, &soft[at.clone()], &dy[at], dx);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::GumbelSoftmaxOp;
    use crate::ops::Multiply;
    use crate::{Graph, Mode, Params, Plan, prelude::*};
    use neuropil_activations::GumbelSoftmax;

    /// y and the gradient of x, in training, of 400 rows.
    fn train(hard: bool) -> (Vec<f64>, Vec<f64>) {
        let graph = Graph::new();
        let (x, t) = (graph.input("x", [3]), graph.input("t", [3]));
        let y = x.op(GumbelSoftmaxOp { rule: GumbelSoftmax::new(), hard }).expect("a shape");
        let cost = y.loss(MeanSquaredError::new(), t).expect("a loss");
        let mut params = Params::<f64>::new(&[&graph], 1).expect("no weights");
        let mut plan = Plan::training(&graph, cost, &[y]).expect("a plan");
        plan.track(x);
        let mut run = plan.run(&mut params, 400).expect("rows");
        run.mode(Mode::Training);
        for row in run.input(x).chunks_exact_mut(3) {
            row.copy_from_slice(&[0.0, 2_f64.ln(), 0.0]);
        }
        run.input(t).fill(0.0);
        run.forward().expect("a run");
        run.backward();
        let (y, dx) = (run.value(y).to_vec(), run.gradient(x).expect("it is tracked").to_vec());
        (y, dx)
    }

    #[test]
    fn hard_samples_are_the_largest_of_soft_ones_and_follow_the_logits() {
        let ((soft, _), (hard, _)) = (train(false), train(true));
        for (soft, hard) in soft.chunks(3).zip(hard.chunks(3)) {
            let largest = soft.iter().copied().fold(0.0, f64::max);
            let expected: Vec<f64> = soft.iter().map(|&y| f64::from(y == largest)).collect();
            assert_eq!(hard, expected);
        }
        // Probabilities are 1/4, 1/2, 1/4: 200 of 400, give or take four deviations of 10.
        let middle: f64 = hard.chunks(3).map(|row| row[1]).sum();
        assert!((160.0..=240.0).contains(&middle), "{middle}");
    }

    #[test]
    fn the_gradient_of_hard_samples_is_that_of_soft_ones() {
        // With a target of zero, dy is 2 y / 1200: the same formula from what forward gave.
        let ((soft, _), (hard, dx)) = (train(false), train(true));
        for (row, dx) in dx.chunks(3).enumerate() {
            let at = row * 3..row * 3 + 3;
            let dy: Vec<f64> = hard[at.clone()].iter().map(|y| 2.0 * y / 1200.0).collect();
            let y = &soft[at];
            let mean: f64 = y.iter().zip(&dy).map(|(y, dy)| y * dy).sum();
            for i in 0..3 {
                assert!((dx[i] - y[i] * (dy[i] - mean)).abs() < 1e-15, "row {row}");
            }
        }
    }

    #[test]
    fn it_stands_among_other_ops() {
        let graph = Graph::new();
        let x = graph.input("x", [4]);
        let y = x.op(GumbelSoftmaxOp { rule: GumbelSoftmax::new(), hard: true }).expect("a shape");
        let y = y.op_with([x], Multiply).expect("equal shapes");
        let mut params = Params::<f32>::new(&[&graph], 1).expect("no weights");
        let mut plan = Plan::inference(&graph, &[y]).expect("a plan");
        let mut run = plan.run(&mut params, 1).expect("rows");
        run.input(x).copy_from_slice(&[1.0, 5.0, 2.0, 5.0]);
        run.forward().expect("a run");
        assert_eq!(run.value(y), [0.0, 5.0, 0.0, 0.0]);
    }
}
