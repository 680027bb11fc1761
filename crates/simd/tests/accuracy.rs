//! The functions of `math` against better ones, in units in the last place, at every level.

use neuropil_simd::slices::{Exp, Ln, Sigmoid, Tanh};
use neuropil_simd::{Float, Kernel, Lanes, Level, Map, at};

/// y = f(x) at whole vectors.
struct Apply<'a, T, F>(F, &'a [T], &'a mut [T]);

impl<T: Float, F: Map> Kernel<T> for Apply<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.1.chunks_exact(V::LEN).zip(self.2.chunks_exact_mut(V::LEN)) {
            self.0.map(V::load(x)).store(y);
        }
    }
}

/// The error of `y` in units in the last place of the exact value.
fn error_single(y: f32, exact: f64) -> f64 {
    if exact.is_nan() || y.is_nan() {
        return if exact.is_nan() && y.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if y.is_infinite() && exact as f32 == y || y == 0.0 && exact == 0.0 {
        return if y.is_sign_negative() == exact.is_sign_negative() { 0.0 } else { f64::INFINITY };
    }
    let y = if y.is_infinite() { 2.0_f64.powi(128).copysign(y as f64) } else { y as f64 };
    let exponent = ((exact.to_bits() >> 52 & 0x7ff) as i32 - 1023).clamp(-126, 127);
    (y - exact).abs() / 2.0_f64.powi(exponent - 23)
}

/// The largest error of a function over bit patterns, and where.
fn sweep<F: Map>(
    level: Level,
    f: F,
    exact: fn(f64) -> f64,
    patterns: impl Iterator<Item = u32>,
) -> (f64, f32) {
    let mut worst = (0.0, 0.0);
    let (mut x, mut y) = ([0.0_f32; 4096], [0.0_f32; 4096]);
    let mut patterns = patterns.peekable();
    while patterns.peek().is_some() {
        for x in &mut x {
            *x = f32::from_bits(patterns.next().unwrap_or(0));
        }
        at(level, Apply(f, &x, &mut y));
        for (&x, &y) in x.iter().zip(&y) {
            let error = error_single(y, exact(x as f64));
            if error > worst.0 {
                worst = (error, x);
            }
        }
    }
    worst
}

/// The largest error of a function over the points of a golden file, and where.
fn golden<F: Map>(level: Level, f: F, file: &[u8]) -> (f64, f64) {
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap());
    let segments = word(0) as usize;
    let mut at_point = 8 + segments * 24;
    let (mut worst, mut points) = ((0.0, 0.0), 0);
    for segment in 0..segments {
        let [low, high, count] = [0, 8, 16].map(|field| word(8 + segment * 24 + field));
        let x: Vec<f64> = (0..count)
            .map(|i| (high - low) as u128 * i.wrapping_mul(0x9e37_79b9_7f4a_7c15) as u128)
            .map(|offset| f64::from_bits(low + (offset >> 64) as u64))
            .collect();
        let mut y = vec![0.0; x.len()];
        apply(level, f, &x, &mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let (rounded, rest) =
                (f64::from_bits(word(at_point)), file[at_point + 8] as i8 as f64 / 250.0);
            at_point += 9;
            points += 1;
            let error = ((y - rounded) / unit_double(rounded, rest) - rest).abs();
            if error.is_nan() || error > worst.0 {
                worst = (if error.is_nan() { f64::INFINITY } else { error }, x);
            }
        }
    }
    assert_eq!(at_point, file.len());
    assert!(points >= 10_000);
    worst
}

/// The unit in the last place of the exact value `rounded` + `rest`.
fn unit_double(rounded: f64, rest: f64) -> f64 {
    let bits = rounded.abs().to_bits();
    let below = bits & ((1 << 52) - 1) == 0 && (rest < 0.0) == (rounded > 0.0) && rest != 0.0;
    let exponent = ((bits >> 52) as i32 - below as i32 - 1023).max(-1022);
    2.0_f64.powi(exponent / 2) * 2.0_f64.powi(exponent - exponent / 2) * f64::EPSILON
}

fn apply<T: Float, F: Map>(level: Level, f: F, x: &[T], y: &mut [T]) {
    let lanes = x.len() / 16 * 16;
    at(level, Apply(f, &x[..lanes], &mut y[..lanes]));
    let (mut last_x, mut last_y) = ([T::ZERO; 16], [T::ZERO; 16]);
    last_x[..x.len() - lanes].copy_from_slice(&x[lanes..]);
    at(level, Apply(f, &last_x, &mut last_y));
    y[lanes..].copy_from_slice(&last_y[..x.len() - lanes]);
}

/// A function, its better form, and its promised bounds: f32, f32 unfused, f64, f64 unfused.
macro_rules! functions {
    ($($test:ident: $f:expr, $exact:expr, $golden:literal, $bounds:expr;)*) => {
        /// All 2^32 arguments of `f32`.
        #[test]
        #[ignore = "minutes a level"]
        fn single_everywhere() {
            for level in Level::available() {$(
                let (error, x) = sweep(level, $f, $exact, 0..=u32::MAX);
                println!("{level} {}: {error:.3} at {x:e}", stringify!($test));
                assert!(error <= bound(level, $bounds, 0), "{level} {}: {error} at {x:e}", stringify!($test));
            )*}
        }

        $(
            mod $test {
                use super::*;

                #[test]
                fn single() {
                    for level in Level::available() {
                        // Two million arguments of all sizes, and those where the function bends.
                        let all = (0..=u32::MAX).step_by(2147);
                        let bent = [0.3_f32, 0.9, 5.0, 87.0].into_iter().flat_map(|x| {
                            (0..50_000).flat_map(move |i| [(x.to_bits() + 33 * i), (-x).to_bits() + 33 * i])
                        });
                        let (error, x) = sweep(level, $f, $exact, all.chain(bent));
                        println!("{level}: {error:.3} at {x:e}");
                        assert!(error <= bound(level, $bounds, 0), "{level}: {error} at {x:e}");
                        assert!(error > 0.5, "a sweep that sees no error sees nothing");
                    }
                }

                #[test]
                fn double() {
                    for level in Level::available() {
                        let (error, x) = golden(level, $f, include_bytes!($golden));
                        println!("{level}: {error:.3} at {x:e}");
                        assert!(error <= bound(level, $bounds, 2), "{level}: {error} at {x:e}");
                        assert!(error > 0.5, "a table that sees no error sees nothing");
                    }
                }
            }
        )*
    };
}

fn bound(level: Level, bounds: [f64; 4], first: usize) -> f64 {
    bounds[first + (level == Level::Portable) as usize]
}

functions! {
    exp: Exp, f64::exp, "golden/exp.bin", [0.88, 0.90, 0.90, 0.92];
    ln: Ln, f64::ln, "golden/ln.bin", [0.84, 0.84, 0.84, 0.84];
    sigmoid: Sigmoid, logistic, "golden/sigmoid.bin", [1.7, 2.1, 1.7, 2.1];
    tanh: Tanh, f64::tanh, "golden/tanh.bin", [1.33, 1.33, 1.33, 1.33];
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// One number through a whole vector.
fn one<T: Float, F: Map>(level: Level, f: F, x: T) -> T {
    let mut y = [T::NAN; 16];
    at(level, Apply(f, &[x; 16], &mut y));
    y[0]
}

fn special<T: Float>(tiny: T) {
    let (zero, one_, inf, nan) = (T::ZERO, T::ONE, T::INFINITY, T::NAN);
    for level in Level::available() {
        // `to_f64` is exact, and bits tell the zeros apart.
        let is = |what: &str, y: T, expected: T| {
            let same = y.is_nan() && expected.is_nan()
                || y.to_f64().to_bits() == expected.to_f64().to_bits();
            assert!(same, "{level}: {what} is {y:e}, not {expected:e}");
        };
        for sign in [one_, -one_] {
            is("exp of zero", one(level, Exp, sign * zero), one_);
            is("exp of tiny", one(level, Exp, sign * tiny), one_);
            is("sigmoid of zero", one(level, Sigmoid, sign * zero), T::of(0.5));
            is("sigmoid of tiny", one(level, Sigmoid, sign * tiny), T::of(0.5));
            is("tanh of zero", one(level, Tanh, sign * zero), sign * zero);
            is("tanh of tiny", one(level, Tanh, sign * tiny), sign * tiny);
            is(
                "tanh of 3 tiny",
                one(level, Tanh, sign * tiny * T::of(3.0)),
                sign * tiny * T::of(3.0),
            );
            is("tanh of 25", one(level, Tanh, sign * T::of(25.0)), sign);
            is("tanh of max", one(level, Tanh, sign * T::MAX), sign);
            is("tanh of inf", one(level, Tanh, sign * inf), sign);
            is("ln of zero", one(level, Ln, sign * zero), -inf);
        }
        is("exp of inf", one(level, Exp, inf), inf);
        is("exp of -inf", one(level, Exp, -inf), zero);
        is("exp of max", one(level, Exp, T::MAX), inf);
        is("exp of -max", one(level, Exp, -T::MAX), zero);
        is("sigmoid of inf", one(level, Sigmoid, inf), one_);
        is("sigmoid of -inf", one(level, Sigmoid, -inf), zero);
        is("sigmoid of max", one(level, Sigmoid, T::MAX), one_);
        is("sigmoid of -max", one(level, Sigmoid, -T::MAX), zero);
        is("ln of 1", one(level, Ln, one_), zero);
        is("ln of inf", one(level, Ln, inf), inf);
        for x in [-tiny, -one_, -T::MAX, -inf, nan, -nan] {
            is("ln of a negative", one(level, Ln, x), nan);
        }
        for x in [nan, -nan] {
            is("exp of NaN", one(level, Exp, x), nan);
            is("tanh of NaN", one(level, Tanh, x), nan);
            is("sigmoid of NaN", one(level, Sigmoid, x), nan);
        }
    }
}

#[test]
fn special_values() {
    special(f32::from_bits(1));
    special(f64::from_bits(1));
}

/// Where the results become infinite or zero, to the last argument.
#[test]
fn thresholds() {
    for level in Level::available() {
        let finite = 88.722_83_f32;
        assert!(one(level, Exp, finite).is_finite());
        assert_eq!(one(level, Exp, finite.next_up()), f32::INFINITY);
        let positive = f32::from_bits(0xc2cf_f1b4);
        assert_eq!(one(level, Exp, positive), f32::from_bits(1));
        assert_eq!(one(level, Sigmoid, positive), f32::from_bits(1));
        assert_eq!(one(level, Exp, positive.next_down()), 0.0);
        assert_eq!(one(level, Sigmoid, positive.next_down()), 0.0);
        assert_eq!(one(level, Exp, -103.0_f32), (-103.0_f64).exp() as f32);

        let finite = 709.782_712_893_384_f64;
        assert!(one(level, Exp, finite).is_finite());
        assert_eq!(one(level, Exp, finite.next_up()), f64::INFINITY);
        let positive = -745.133_219_101_941_1_f64;
        assert_eq!(one(level, Exp, positive), f64::from_bits(1));
        assert_eq!(one(level, Sigmoid, positive), f64::from_bits(1));
        assert_eq!(one(level, Exp, positive.next_down()), 0.0);
        assert_eq!(one(level, Sigmoid, positive.next_down()), 0.0);
    }
}
