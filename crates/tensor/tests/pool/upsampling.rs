//! Nearest numbers and numbers between neighbours, from their definitions.

use crate::numbers;
use neuropil_simd::Float;
use neuropil_tensor::pool::{Interpolation, Upsampling};

const ALL: [Interpolation; 3] = [
    Interpolation::Nearest,
    Interpolation::Linear { align_corners: false },
    Interpolation::Linear { align_corners: true },
];

/// The weight of each place of an axis in output `i`.
fn weights(i: usize, input: usize, output: usize, interpolation: Interpolation) -> Vec<f64> {
    let mut weights = vec![0.0; input];
    let at = match interpolation {
        Interpolation::Nearest => {
            weights[i * input / output] = 1.0;
            return weights;
        }
        Interpolation::Linear { align_corners: true } if output == 1 => 0.0,
        Interpolation::Linear { align_corners: true } => {
            (i * (input - 1)) as f64 / (output - 1) as f64
        }
        Interpolation::Linear { align_corners: false } => {
            (i as f64 + 0.5) * input as f64 / output as f64 - 0.5
        }
    };
    let at = at.clamp(0.0, (input - 1) as f64);
    for (place, weight) in weights.iter_mut().enumerate() {
        *weight = (1.0 - (at - place as f64).abs()).max(0.0);
    }
    weights
}

/// The weight of each number of a channel in each output.
fn matrix(input: &[usize], output: &[usize], interpolation: Interpolation) -> Vec<Vec<f64>> {
    let mut all = vec![vec![1.0]];
    for (&input, &output) in input.iter().zip(output) {
        all = all
            .iter()
            .flat_map(|outer| {
                let row = |i| {
                    let of_axis = weights(i, input, output, interpolation);
                    let product = |outer: &f64| -> Vec<f64> {
                        of_axis.iter().map(|weight| outer * weight).collect()
                    };
                    outer.iter().flat_map(product).collect()
                };
                (0..output).map(row).collect::<Vec<Vec<f64>>>()
            })
            .collect();
    }
    all
}

fn check<T: Float, const N: usize>(input: [usize; N], output: [usize; N]) {
    for interpolation in ALL {
        let what = format!("{interpolation:?}, {input:?} to {output:?} in {}", T::NAME);
        let shape = [&[3], &input[..]].concat();
        let plan = Upsampling::new(shape, output, interpolation).expect(&what);
        assert_eq!(plan.output().dims()[1..], output);
        let matrix = matrix(&input, &output, interpolation);
        let (from, to) = (input.iter().product::<usize>(), output.iter().product::<usize>());
        let (x, dy) = (numbers::<T>(6 * from, 9, 1), numbers::<T>(6 * to, 9, 2));
        let (mut y, mut dx) = (vec![T::NAN; 6 * to], vec![T::ONE; 6 * from]);
        plan.forward(&x, &mut y);
        plan.backward(&dy, &mut dx);
        let allowed = 256.0 * T::EPSILON.to_f64();
        for (i, y) in y.iter().enumerate() {
            let x = &x[i / to * from..][..from];
            let expected: f64 = matrix[i % to].iter().zip(x).map(|(w, x)| w * x.to_f64()).sum();
            assert!((y.to_f64() - expected).abs() < allowed, "{what}: y[{i}] is {y}, {expected}");
        }
        for (i, dx) in dx.iter().enumerate() {
            let dy = &dy[i / from * to..][..to];
            let terms = matrix.iter().zip(dy).map(|(w, dy)| w[i % from] * dy.to_f64());
            let expected = 1.0 + terms.sum::<f64>();
            assert!(
                (dx.to_f64() - expected).abs() < allowed,
                "{what}: dx[{i}] is {dx}, {expected}"
            );
        }
    }
}

#[test]
fn outputs_and_gradients_are_those_of_the_weights() {
    for (input, output) in [(1, 1), (1, 5), (4, 8), (5, 15), (5, 7), (7, 3), (9, 1), (20, 40)] {
        check::<f32, 1>([input], [output]);
        check::<f64, 1>([input], [output]);
    }
    for (input, output) in [([2, 3], [4, 6]), ([3, 5], [9, 5]), ([4, 4], [7, 9]), ([5, 9], [3, 2])]
    {
        check::<f32, 2>(input, output);
        check::<f64, 2>(input, output);
    }
    check::<f32, 3>([2, 3, 2], [4, 5, 6]);
    check::<f64, 3>([2, 1, 3], [1, 2, 6]);
}
