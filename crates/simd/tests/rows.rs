//! Functions of rows at every level: against plain `f64` code, every width, alone and among others.

use neuropil_simd::reduce::within as reduce;
use neuropil_simd::rows::{self, within};
use neuropil_simd::{Float, Kernel, Lanes, Level, at};

/// A function of one row at a level: softmax or its logarithm, in place or not.
struct OneRow<'a, T> {
    log: bool,
    in_place: bool,
    x: &'a [T],
}

impl<T: Float> Kernel<T> for OneRow<'_, T> {
    type Out = Vec<T>;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> Vec<T> {
        let mut y = if self.in_place { self.x.to_vec() } else { vec![T::NAN; self.x.len()] };
        match (self.log, self.in_place) {
            (false, false) => within::softmax::<T, V>(self.x, &mut y),
            (false, true) => within::softmax_in_place::<T, V>(&mut y),
            (true, false) => within::log_softmax::<T, V>(self.x, &mut y),
            (true, true) => within::log_softmax_in_place::<T, V>(&mut y),
        }
        y
    }
}

struct LogSumExp<'a, T>(&'a [T]);

impl<T: Float> Kernel<T> for LogSumExp<'_, T> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        reduce::log_sum_exp::<T, V>(self.0)
    }
}

/// Logits between -20 and 20, the same at every call.
fn logits<T: Float>(count: usize) -> Vec<T> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        T::of((state >> 33) as f64 / 2.0_f64.powi(30) * 20.0 - 20.0)
    };
    (0..count).map(|_| next()).collect()
}

fn bits<T: Float>(y: &[T]) -> Vec<u64> {
    y.iter().map(|y| y.to_f64().to_bits()).collect()
}

/// ln Σ e^x in `f64`.
fn exact_log_sum_exp<T: Float>(x: &[T]) -> f64 {
    let largest = x.iter().map(|x| x.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    largest + x.iter().map(|x| (x.to_f64() - largest).exp()).sum::<f64>().ln()
}

fn every_width<T: Float>() {
    let epsilon = T::EPSILON.to_f64();
    for width in (1..150).chain([1_000, 4_096, 5_000, 10_000]) {
        let x = &logits::<T>(width)[..];
        let exact = exact_log_sum_exp(x);
        for level in Level::available() {
            let row = |log, in_place| at(level, OneRow { log, in_place, x });
            let (softmax, log_softmax) = (row(false, false), row(true, false));
            assert_eq!(bits(&row(false, true)), bits(&softmax), "{level}: width {width}");
            assert_eq!(bits(&row(true, true)), bits(&log_softmax), "{level}: width {width}");

            for ((x, y), log_y) in x.iter().zip(&softmax).zip(&log_softmax) {
                let (y, log_y, exact) = (y.to_f64(), log_y.to_f64(), x.to_f64() - exact);
                // Of the exponent, that is at most 40, of the sum, and of a few roundings.
                let bound = (40.0 + 40.0 + 4.0) * epsilon;
                assert!((y / exact.exp() - 1.0).abs() <= bound, "{level}: {y} of {width}, {exact}");
                let bound = (exact.abs() + 40.0) * epsilon;
                assert!((log_y - exact).abs() <= bound, "{level}: {log_y} of {width}, {exact}");
            }
            // One plain chain of additions errs too.
            let sum: f64 = softmax.iter().map(|y| y.to_f64()).sum();
            let bound = 20.0 * epsilon + width as f64 * f64::EPSILON;
            assert!((sum - 1.0).abs() <= bound, "{level}: the sum of {width} is {sum}");

            let y = at(level, LogSumExp(x)).to_f64();
            let bound = (exact.abs() + 20.0) * epsilon;
            assert!((y - exact).abs() <= bound, "{level}: {y} of {width}, not {exact}");
        }
    }
}

#[test]
fn every_width_single() {
    every_width::<f32>();
}

#[test]
fn every_width_double() {
    every_width::<f64>();
}

/// Rows of a matrix have the bits that they have alone.
#[test]
fn rows_alone_and_among_others() {
    let level = Level::current();
    for width in [1, 2, 7, 10, 16, 33, 100] {
        let x = &logits::<f32>(9 * width)[..];
        for (log, function, in_place) in [
            (
                false,
                rows::softmax as fn(usize, &[f32], &mut [f32]),
                rows::softmax_in_place as fn(usize, &mut [f32]),
            ),
            (true, rows::log_softmax, rows::log_softmax_in_place),
        ] {
            let alone: Vec<f32> = x
                .chunks(width)
                .flat_map(|x| at(level, OneRow { log, in_place: false, x }))
                .collect();
            let mut y = vec![f32::NAN; x.len()];
            function(width, x, &mut y);
            assert_eq!(y, alone, "rows of {width}");
            y.copy_from_slice(x);
            in_place(width, &mut y);
            assert_eq!(y, alone, "rows of {width}, in place");
        }
        let mut y = [f32::NAN; 9];
        rows::log_sum_exp(width, x, &mut y);
        let mut places = [u32::MAX; 9];
        rows::argmax(width, x, &mut places);
        for ((x, &y), &place) in x.chunks(width).zip(&y).zip(&places) {
            assert_eq!(y, neuropil_simd::reduce::log_sum_exp(x));
            assert_eq!(Some(place as usize), neuropil_simd::reduce::argmax(x));
        }
    }
}

#[test]
fn rows_with_infinities() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    for level in Level::available() {
        for width in [2, 9, 40] {
            // What the first two numbers are, behind them all -∞; whether softmax is NaN; ln Σ e^x.
            for (first, undefined, log_sum_exp) in [
                ([3.0, -inf], false, 3.0),
                ([-inf, -inf], true, -inf),
                ([inf, 0.0], true, inf),
                ([inf, inf], true, inf),
                ([nan, 0.0], true, nan),
                ([inf, nan], true, nan),
                ([f32::MAX, -f32::MAX], false, f32::MAX),
            ] {
                let mut x = vec![-inf; width];
                x[..2].copy_from_slice(&first);
                let y = at(level, LogSumExp(&x[..]));
                assert!(
                    y == log_sum_exp || y.is_nan() && log_sum_exp.is_nan(),
                    "{level}: {first:?}: {y}"
                );
                for in_place in [false, true] {
                    let y = at(level, OneRow { log: false, in_place, x: &x });
                    let log_y = at(level, OneRow { log: true, in_place, x: &x });
                    if undefined {
                        assert!(y.iter().chain(&log_y).all(|y| y.is_nan()), "{level}: {first:?}");
                    } else {
                        assert_eq!((y[0], log_y[0]), (1.0, 0.0), "{level}: {first:?}");
                        assert!(y[1..].iter().all(|&y| y == 0.0), "{level}: {first:?}: {y:?}");
                        assert!(
                            log_y[1..].iter().all(|&y| y == -inf),
                            "{level}: {first:?}: {log_y:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn no_rows() {
    for width in [0, 3] {
        rows::softmax::<f32>(width, &[], &mut []);
        rows::softmax_in_place::<f64>(width, &mut []);
        rows::log_softmax::<f64>(width, &[], &mut []);
        rows::log_softmax_in_place::<f32>(width, &mut []);
        rows::log_sum_exp::<f32>(width, &[], &mut []);
        rows::argmax::<f32>(width, &[], &mut []);
    }
}

#[test]
#[should_panic(expected = "softmax: 5 numbers are not whole rows of 2")]
fn half_a_row_panics() {
    rows::softmax(2, &[0.0_f32; 5], &mut [0.0; 5]);
}

#[test]
#[should_panic(expected = "log_softmax: 4 numbers are not whole rows of 0")]
fn no_width_panics() {
    rows::log_softmax_in_place(0, &mut [0.0_f32; 4]);
}

#[test]
#[should_panic(expected = "softmax: y has 3 numbers for 4 in rows of 2")]
fn a_short_result_panics() {
    rows::softmax(2, &[0.0_f32; 4], &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "argmax: y has 3 numbers for 4 in rows of 2")]
fn too_many_places_panic() {
    rows::argmax(2, &[0.0_f32; 4], &mut [0; 3]);
}
