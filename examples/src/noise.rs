//! Numbers that are measured a little differently each time: more data out of the same data.

use neuropil::prelude::*;
use neuropil::regularizers::random;
use neuropil::simd::Float;
use neuropil::tensor::ShapeError;
use neuropil::{Backward, Forward, Mode, Op, Spec};
use std::f64::consts::TAU;

/// In training, y = x + n with n normal around 0, independent for each number; y = x in inference.
///
/// The noise is a function of the network's seed, the step and the number's place in the batch: a
/// training is repeated to the bit, on any number of threads.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    /// The standard deviation of n.
    pub deviation: f64,
}

impl Module for Noise {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        x.op(*self)
    }
}

impl<T: Float> Op<T> for Noise {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("Noise")
    }

    fn forward(&self, step: Forward<'_, T>) {
        let x = step.x.get(0);
        if step.mode == Mode::Inference {
            return step.y.copy_from_slice(x);
        }
        for (place, (&x, y)) in x.iter().zip(step.y.iter_mut()).enumerate() {
            *y = x + T::of(self.deviation * normal(step.random, place as u64));
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let Some(dx) = step.dx.get(0) else { return };
        dx.iter_mut().zip(step.dy.iter()).for_each(|(dx, &dy)| *dx += dy);
    }
}

/// A number of mean 0 and deviation 1, by the formula of Box and Muller (1958).
fn normal(key: u64, place: u64) -> f64 {
    let bits = random::bits(key, place);
    // Above 0 and at most 1; from 0 to below 1.
    let [radius, angle] =
        [(bits >> 32) + 1, bits & 0xffff_ffff].map(|half| half as f64 / 2_f64.powi(32));
    (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use neuropil::gradcheck::check_op;

    #[test]
    fn noise_is_normal_and_the_keys() {
        let numbers: Vec<f64> = (0..40_000).map(|place| normal(7, place)).collect();
        let mean = |of: fn(f64) -> f64| numbers.iter().map(|&x| of(x)).sum::<f64>() / 40_000.0;
        // Within five standard deviations of the moments 0, 1 and 3.
        assert!(mean(|x| x).abs() < 0.025);
        assert!((mean(|x| x.powi(2)) - 1.0).abs() < 0.036);
        assert!((mean(|x| x.powi(4)) - 3.0).abs() < 0.25);
        assert_eq!(normal(7, 5), numbers[5]);
        assert_ne!(normal(8, 5), numbers[5]);
    }

    #[test]
    fn gradients_are_those_of_differences() {
        check_op(Noise { deviation: 0.5 }, &[Spec::per_row([2, 3])], 3).unwrap();
    }
}
