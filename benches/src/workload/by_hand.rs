//! What a user would write instead of a tiny network: loops over constant arrays.

use std::hint::black_box;

use super::{Inference, Workload, numbers};
use crate::scale::Work;

/// A layer whose weights stand in the program.
struct Layer<const IN: usize, const OUT: usize> {
    weight: [[f32; OUT]; IN],
    bias: [f32; OUT],
}

impl<const IN: usize, const OUT: usize> Layer<IN, OUT> {
    /// Numbers in [-0.5, 0.5) that look arbitrary.
    const fn new(seed: u32) -> Self {
        let mut layer = Self { weight: [[0.0; OUT]; IN], bias: [0.0; OUT] };
        let (mut state, mut i) = (seed, 0);
        while i <= IN {
            let mut o = 0;
            while o < OUT {
                // A linear congruential generator, of which the upper bits are good.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let x = (state >> 8) as f32 / (1 << 24) as f32 - 0.5;
                if i < IN {
                    layer.weight[i][o] = x;
                } else {
                    layer.bias[o] = x;
                }
                o += 1;
            }
            i += 1;
        }
        layer
    }

    /// y = b + x W, with the outputs in the inner loop, which the compiler makes vectors of.
    fn apply(&self, x: &[f32; IN]) -> [f32; OUT] {
        let mut y = self.bias;
        for (x, w) in x.iter().zip(&self.weight) {
            for (y, w) in y.iter_mut().zip(w) {
                *y += x * w;
            }
        }
        y
    }
}

static FIRST: Layer<6, 64> = Layer::new(1);
static SECOND: Layer<64, 8> = Layer::new(2);
static THIRD: Layer<8, 4> = Layer::new(3);

/// The network of [`Inference::G3`] on one sample.
fn answer(x: &[f32; 6]) -> [f32; 4] {
    let relu = |x: f32| x.max(0.0);
    THIRD.apply(&SECOND.apply(&FIRST.apply(x).map(relu)).map(relu))
}

/// The loop nest that [`Inference::G3`] must not be slower than.
#[derive(Clone, Copy, Debug)]
pub struct ByHand;

impl Workload for ByHand {
    fn name(&self) -> String {
        format!("{} by hand", Inference::G3.name())
    }

    fn work(&self) -> Work {
        Inference::G3.work()
    }

    fn is_parallel(&self) -> bool {
        false
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let x = numbers::<f32>(6, 8);
        let x: [f32; 6] = x[..].try_into().expect("six numbers");
        time(&mut || {
            black_box(answer(black_box(&x)));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, SECOND, THIRD, answer};
    use crate::workload::Inference;

    #[test]
    fn the_loops_answer_as_the_network_with_the_same_weights() {
        let mut network = Inference::G3.built();
        let params = network.params_mut();
        let mut set = |path: &str, values: &[f32]| {
            params.get_mut(path).unwrap().copy_from_slice(values);
        };
        set("0.weight", FIRST.weight.as_flattened());
        set("0.bias", &FIRST.bias);
        set("2.weight", SECOND.weight.as_flattened());
        set("2.bias", &SECOND.bias);
        set("4.weight", THIRD.weight.as_flattened());
        set("4.bias", &THIRD.bias);
        let predictor = network.predictor().unwrap();
        let x = [0.5, -1.0, 0.25, 2.0, -0.125, 1.0];
        let mut workspace = predictor.workspace(1);
        let expected = predictor.run(&mut workspace, &x).unwrap();
        let found = answer(&x);
        assert!(found.iter().any(|&y| y.abs() > 0.01), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }
}
