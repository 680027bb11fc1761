//! What comes after the sums is what would be done to them afterwards.

use crate::runs::{bits, case, forward, fused, input_gradient, numbers, window};
use neuropil_simd::{Float, Level};
use neuropil_tensor::convolution::{After, Convolution};

/// Shapes that go to strips and to the output at once, with padding, strides, groups and images side
/// by side.
fn shapes() -> Vec<Convolution> {
    let (plain, padded) = (window(3, 1, 1, 0, 0), window(3, 1, 1, 1, 1));
    let strided = window(3, 2, 1, 1, 1);
    [
        case([3, 7, 1], &[9, 8], &[window(1, 1, 1, 0, 0); 2]),
        case([3, 7, 1], &[9, 8], &[padded; 2]),
        case([2, 13, 1], &[9, 20], &[plain; 2]),
        case([4, 6, 2], &[7, 7], &[strided; 2]),
        case([3, 2, 1], &[3, 4], &[padded; 2]),
        case([2, 7, 1], &[3000], &[plain]),
        case([2, 7, 1], &[21], &[strided]),
        case([2, 3, 1], &[4, 5, 6], &[strided, padded, plain]),
        // Places to which no term comes are finished, too.
        case([3, 5, 1], &[9, 8], &[window(1, 2, 1, 0, 0); 2]),
    ]
    .map(|(of, _)| of)
    .into()
}

/// Each combination of bias, affine, relu and finish.
fn combinations() -> impl Iterator<Item = [bool; 4]> {
    (0..16).map(|bits| [0, 1, 2, 3].map(|bit| bits >> bit & 1 == 1))
}

/// A step that no other order of the same steps gives.
fn finish<T: Float>(y: &mut [T]) {
    for y in y {
        *y = *y * T::of(2.0) + T::of(0.25);
    }
}

/// a b + c rounded once.
fn mul_add<T: Float>(a: T, b: T, c: T) -> T {
    match size_of::<T>() {
        4 => T::of(f64::from((a.to_f64() as f32).mul_add(b.to_f64() as f32, c.to_f64() as f32))),
        _ => T::of(a.to_f64().mul_add(b.to_f64(), c.to_f64())),
    }
}

/// What of the sums is expected, number by number.
fn afterwards<T: Float>(sums: &[T], plane: usize, after: After<'_, T>) -> Vec<T> {
    let channels = |i: usize, of: &[T]| of[i / plane % of.len()];
    let mut y: Vec<T> = sums
        .iter()
        .enumerate()
        .map(|(i, &sum)| {
            let mut y = after.bias.map_or(sum, |bias| sum + channels(i, bias));
            if let Some((scale, shift)) = after.affine {
                y = mul_add(y, channels(i, scale), channels(i, shift));
            }
            if after.relu && y < T::ZERO { T::ZERO } else { y }
        })
        .collect();
    if let Some(finish) = after.finish {
        finish(&mut y);
    }
    y
}

/// Numbers that are equal; zeros of both signs are.
#[track_caller]
fn assert_equal<T: Float>(what: &str, found: &[T], expected: &[T]) {
    let plus: fn(&[T]) -> Vec<T> = |x| x.iter().map(|&x| x + T::ZERO).collect();
    assert_eq!(bits(&plus(found)), bits(&plus(expected)), "{what}");
}

fn check<T: Float>(level: Level) {
    const IMAGES: usize = 3;
    for of in shapes() {
        let w: Vec<T> = numbers(of.weight().len(), 3);
        let mut scratch = vec![T::NAN; of.scratch_len::<T>(IMAGES)];
        for transposed in [false, true] {
            let (from, to) = match transposed {
                false => (of.input(), of.output()),
                true => (of.output(), of.input()),
            };
            let (channels, plane) = (to[0], to.len() / to[0]);
            let x: Vec<T> = numbers(IMAGES * from.len(), 1);
            let sums = match transposed {
                false => forward(level, &of, &x, &w, false),
                true => input_gradient(level, &of, &x, &w, false),
            };
            let [bias, scale, shift] = [4, 5, 6].map(|seed| numbers::<T>(channels, seed));
            for [with_bias, with_affine, relu, with_finish] in combinations() {
                let after = After {
                    bias: with_bias.then_some(&bias[..]),
                    affine: with_affine.then_some((&scale[..], &shift[..])),
                    relu,
                    finish: with_finish.then_some(&|y: &mut [T]| finish(y)),
                };
                let mut y = vec![T::NAN; IMAGES * to.len()];
                match transposed {
                    false => of.forward_at(level, &x, &w, after, false, &mut y, &mut scratch),
                    true => {
                        of.input_gradient_at(level, &x, &w, after, false, &mut y, &mut scratch);
                    }
                }
                let what = format!("{}, transposed: {transposed}, {after:?}, {level}", of.name());
                assert_equal(&what, &y, &afterwards(&sums, plane, after));
            }
        }
    }
}

#[test]
fn after_the_sums_is_afterwards() {
    for level in fused() {
        check::<f32>(level);
        check::<f64>(level);
    }
}

/// NaN goes through `relu`, as in PyTorch.
#[test]
fn relu_lets_nan_through() {
    let (of, _) = case([1, 1, 1], &[4], &[window(1, 1, 1, 0, 0)]);
    let mut scratch = vec![0.0; of.scratch_len::<f32>(1)];
    for level in Level::available() {
        let mut y = [0.0; 4];
        let after = After { relu: true, ..After::NOTHING };
        of.forward_at(
            level,
            &[f32::NAN, -1.0, 2.0, -0.0],
            &[1.0],
            after,
            false,
            &mut y,
            &mut scratch,
        );
        assert!(y[0].is_nan() && y[1..] == [0.0, 2.0, 0.0], "{y:?} at {level}");
    }
}
