//! What a user's crate looks like that brings an activation and an op: nothing is registered, no
//! list is extended, and both run in `f32` and `f64`, at every SIMD level, checked and fused.
#![forbid(unsafe_code)]

use neuropil_activations::{Elementwise, Reads};
use neuropil_nn::{Backward, BuildError, Forward, Module, Node, Op, Spec};
use neuropil_simd::{Float, Lanes};
use neuropil_tensor::ShapeError;

/// y = (sqrt(x² + 1) - 1) / 2 + x
#[derive(Clone, Copy, Debug)]
pub struct BentIdentity;

impl Elementwise for BentIdentity {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        (x.mul_add(x, V::of(1.0)).sqrt() - V::of(1.0)) * V::of(0.5) + x
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        x / (x.mul_add(x, V::of(1.0)).sqrt() * V::of(2.0)) + V::of(1.0)
    }
}

/// y = x / (1 + |x|), whose slope (1 - |y|)² is known from the output, so that it can be fused behind a
/// product.
#[derive(Clone, Copy, Debug)]
pub struct Softsign;

impl Elementwise for Softsign {
    const READS: Reads = Reads::Output;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        x / (x.abs() + V::of(1.0))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, _x: V, y: V) -> V {
        let rest = V::of(1.0) - y.abs();
        rest * rest
    }
}

/// y = x gain, with a gain for each feature that is learned.
#[derive(Clone, Copy, Debug)]
pub struct Scale;

#[derive(Debug)]
struct ScaleOp;

impl Module for Scale {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let gain = x.graph().param("gain", [x.width()], neuropil_nn::prelude::Ones)?;
        x.op_with([gain], ScaleOp)
    }
}

impl<T: Float> Op<T> for ScaleOp {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        match inputs[0].width() == inputs[1].shape.len() {
            true => Ok(inputs[0]),
            false => Err(ShapeError::mismatch("Scale", inputs[0].shape, inputs[1].shape)),
        }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let gain = step.x.get(1);
        for (y, x) in
            step.y.chunks_exact_mut(gain.len()).zip(step.x.get(0).chunks_exact(gain.len()))
        {
            for ((y, &x), &gain) in y.iter_mut().zip(x).zip(gain) {
                *y = x * gain;
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, gain) = (step.x.get(0), step.x.get(1));
        let [dx, dgain] = step.dx.all::<2>();
        if let Some(dx) = dx {
            for (i, (dx, &dy)) in dx.iter_mut().zip(&*step.dy).enumerate() {
                *dx += dy * gain[i % gain.len()];
            }
        }
        if let Some(dgain) = dgain {
            for (i, (&x, &dy)) in x.iter().zip(&*step.dy).enumerate() {
                dgain[i % gain.len()] += dy * x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use neuropil_activations::Activation;
    use neuropil_nn::gradcheck::check_op;
    // The names of ours before those of the prelude.
    use super::{BentIdentity, Softsign};
    use neuropil_nn::prelude::*;

    #[test]
    fn gradients() -> Result<(), Error> {
        check_op(ScaleOp, &[Spec::per_row([7]), Spec::single([7])], 1)?;
        let layers = Sequential::new()
            .then(Linear::new(3, 20))
            .then(BentIdentity)
            .then(Scale)
            .then(Linear::new(20, 9))
            .then(Softsign);
        gradcheck(&layers, [3], 2)?;
        Ok(())
    }

    #[test]
    fn on_slices() {
        let x = [-2.0_f32, 0.0, 0.5];
        let mut y = [0.0; 3];
        Softsign.forward(3, &x, &mut y);
        assert_eq!(y, [-2.0 / 3.0, 0.0, 1.0 / 3.0]);
        BentIdentity.forward(3, &x, &mut y);
        assert_eq!(y[1], 0.0);
    }

    #[test]
    fn it_trains() -> Result<(), Box<dyn std::error::Error>> {
        let data = Dataset::with_values([1], vec![-1.0, 0.0, 1.0], [1], vec![0.3, -0.2, 0.9])?;
        let layers = Sequential::new()
            .then(Linear::new(1, 16))
            .then(BentIdentity)
            .then(Scale)
            .then(Linear::new(16, 1));
        let mut net = Network::new(layers, [1], 1)?;
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?.rate(0.02);
        let history = trainer.fit(&data, Fit::epochs(400).batch_size(3))?;
        let cost = history.epochs.last().map(|epoch| epoch.cost);
        assert!(cost.is_some_and(|cost| cost < 1e-3), "{cost:?}");
        Ok(())
    }
}
