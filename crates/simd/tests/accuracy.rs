//! The functions of `math` against better ones, in units in the last place, at every level: no error
//! is larger than the table in the documentation of `math` says.

mod reference;

use neuropil_simd::slices::*;
use neuropil_simd::{Float, Level, Map, at};
use reference::{Apply, Fuses, Worst, golden, sweep, with_functions};

/// The table that the documentation shows.
const TABLE: &str = include_str!("../src/math/errors.md");

/// The cells of a function in a table of Markdown.
fn row<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
    let mut rows = table.lines().map(|row| row.split('|').map(str::trim).skip(1));
    let row = rows.find(|row| {
        row.clone().next().is_some_and(|cell| cell.trim_matches(['[', ']']) == format!("`{name}`"))
    });
    row.unwrap_or_else(|| panic!("no row for `{name}`")).skip(1).collect()
}

/// The largest errors of a function that the table allows at a level: in `f32` and in `f64`.
fn bounds(name: &str, level: Level) -> [f64; 2] {
    let unfused = !at::<f32, _>(level, Fuses) as usize;
    [unfused, 2 + unfused].map(|cell| {
        let bound = row(TABLE, name)[cell].split(' ').next().and_then(|word| word.parse().ok());
        bound.filter(|&bound: &f64| bound < 5.0).unwrap_or_else(|| panic!("no bound for `{name}`"))
    })
}

fn check<T: Float>(name: &str, level: Level, worst: Worst<T>, bound: f64) {
    let Worst { error, x } = worst;
    println!("{level}: {error:.3} at {x:e}, bound {bound}");
    assert!(error <= bound, "{name} at {level}: {error} at {x:e}, bound {bound}");
    assert!(error > 0.5, "{name} at {level}: a sweep that sees no error sees nothing");
}

/// Two million arguments of all sizes, and more of those where functions bend, and near multiples of
/// π/2.
fn sample() -> impl Iterator<Item = u32> {
    let bent = [0.3_f32, 0.9, 5.0, 87.0].into_iter().flat_map(|x| {
        (0..50_000).flat_map(move |i| [x.to_bits() + 33 * i, (-x).to_bits() + 33 * i])
    });
    let multiples = (1..1_018_u32).flat_map(|n| {
        let bits = ((n as f64 * std::f64::consts::FRAC_PI_2) as f32).to_bits();
        bits - 1..=bits + 1
    });
    (0..=u32::MAX).step_by(2147).chain(bent).chain(multiples)
}

macro_rules! accuracy {
    ($($name:ident, $in_place:ident: $map:ident, $exact:expr, $golden:literal;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn single() {
                let levels: Vec<Level> = Level::available().collect();
                for (&level, worst) in levels.iter().zip(sweep(&levels, $map, $exact, sample())) {
                    let [bound, _] = bounds(stringify!($name), level);
                    check(stringify!($name), level, worst, bound);
                }
            }

            #[test]
            fn double() {
                for level in Level::available() {
                    let [_, bound] = bounds(stringify!($name), level);
                    let worst = golden(level, $map, include_bytes!($golden));
                    check(stringify!($name), level, worst, bound);
                }
            }
        }
    )*

    /// The README has the bounds of the levels that fuse.
    #[test]
    fn the_readme_shows_the_same_errors() {$(
        let shown = &row(include_str!("../README.md"), stringify!($name))[..2];
        let cells = row(TABLE, stringify!($name));
        let bounds = [cells[0], cells[2]].map(|cell| cell.split(' ').next().unwrap_or_default());
        assert_eq!(shown, bounds, stringify!($name));
    )*}
    };
}
with_functions!(accuracy);

/// One number through a whole vector.
fn one<T: Float, F: Map>(level: Level, f: F, x: T) -> T {
    let mut y = [T::NAN; 16];
    at(level, Apply(f, &[x; 16], &mut y));
    y[0]
}

/// Checks one result bit by bit; a NaN is a NaN.
fn is<T: Float>(level: Level, what: &str, y: T, expected: T) {
    // `to_f64` is exact, and bits tell the zeros apart.
    let same =
        y.is_nan() && expected.is_nan() || y.to_f64().to_bits() == expected.to_f64().to_bits();
    assert!(same, "{level}: {what} is {y:e}, not {expected:e}");
}

fn special<T: Float>(tiny: T) {
    let (zero, one_, inf, nan) = (T::ZERO, T::ONE, T::INFINITY, T::NAN);
    for level in Level::available() {
        let is = |what: &str, y: T, expected: T| is(level, what, y, expected);
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

/// The same for the other functions.
fn more_special<T: Float>(tiny: T) {
    let (zero, one_, inf, nan) = (T::ZERO, T::ONE, T::INFINITY, T::NAN);
    let (half, two, ln_2) = (T::of(0.5), T::of(2.0), T::of(std::f64::consts::LN_2));
    for level in Level::available() {
        let is = |what: &str, y: T, expected: T| is(level, what, y, expected);
        for sign in [one_, -one_] {
            // A denormal has no digits to lose, whatever its size.
            for x in [zero, tiny, tiny * T::of(3.0), T::MIN_POSITIVE * half, T::MIN_POSITIVE] {
                let x = sign * x;
                is("expm1 of a denormal", one(level, Expm1, x), x);
                is("log1p of a denormal", one(level, Log1p, x), x);
                is("sin of a denormal", one(level, Sin, x), x);
                is("cos of a denormal", one(level, Cos, x), one_);
                is("erfc of a denormal", one(level, Erfc, x), one_);
                is("softplus of a denormal", one(level, Softplus, x), ln_2);
            }
            is("erf of zero", one(level, Erf, sign * zero), sign * zero);
            is("erf of tiny", one(level, Erf, sign * tiny), sign * tiny);
            is(
                "erf of 3 tiny",
                one(level, Erf, sign * tiny * T::of(3.0)),
                sign * tiny * T::of(3.0),
            );
            for x in [T::of(30.0), T::MAX, inf] {
                is("erf of a large number", one(level, Erf, sign * x), sign);
            }
            is("sin of inf", one(level, Sin, sign * inf), nan);
            is("cos of inf", one(level, Cos, sign * inf), nan);
        }
        for x in [T::of(1e3), T::MAX, inf] {
            is("expm1 of a large number", one(level, Expm1, x), inf);
            is("expm1 of a small number", one(level, Expm1, -x), -one_);
            is("softplus of a large number", one(level, Softplus, x), x);
            is("softplus of a small number", one(level, Softplus, -x), zero);
            is("erfc of a large number", one(level, Erfc, x), zero);
            is("erfc of a small number", one(level, Erfc, -x), two);
            is("log1p of a number below -1", one(level, Log1p, -x), nan);
        }
        is("expm1 of ln 2", one(level, Expm1, ln_2), T::of(ln_2.to_f64().exp_m1()));
        is("log1p of 1", one(level, Log1p, one_), ln_2);
        is("log1p of -1", one(level, Log1p, -one_), -inf);
        is("log1p of inf", one(level, Log1p, inf), inf);
        is("log1p of -1.25", one(level, Log1p, T::of(-1.25)), nan);
        for x in [nan, -nan] {
            is("expm1 of NaN", one(level, Expm1, x), nan);
            is("log1p of NaN", one(level, Log1p, x), nan);
            is("softplus of NaN", one(level, Softplus, x), nan);
            is("erf of NaN", one(level, Erf, x), nan);
            is("erfc of NaN", one(level, Erfc, x), nan);
            is("sin of NaN", one(level, Sin, x), nan);
            is("cos of NaN", one(level, Cos, x), nan);
        }
    }
}

#[test]
fn special_values() {
    special(f32::from_bits(1));
    special(f64::from_bits(1));
    more_special(f32::from_bits(1));
    more_special(f64::from_bits(1));
}

/// A number's sine does not depend on whether its neighbours need the long reduction.
#[test]
fn hard_angles_among_easy_ones() {
    fn mixed<T: Float>() {
        let x: Vec<T> = (0..4096)
            .map(|i| T::of(0.37 * i as f64))
            .chain((0..64).map(|i| T::of(10.0_f64.powf(0.5 * i as f64))))
            .chain([T::INFINITY, T::NAN, T::MAX, -T::MAX])
            .chain((0..60).map(|i| T::of(i as f64 * std::f64::consts::FRAC_PI_2)))
            .collect();
        // A stride that shares no factor with the length puts each beside others.
        let order: Vec<usize> = (0..x.len()).map(|i| i * 1_001 % x.len()).collect();
        assert_eq!(x.len() % 16, 0);
        let mixed: Vec<T> = order.iter().map(|&i| x[i]).collect();
        for level in Level::available() {
            let (mut sines, mut cosines) = (vec![T::ZERO; x.len()], vec![T::ZERO; x.len()]);
            at(level, Apply(Sin, &mixed, &mut sines));
            at(level, Apply(Cos, &mixed, &mut cosines));
            for ((&x, &sine), &cosine) in mixed.iter().zip(&sines).zip(&cosines) {
                is(level, &format!("sin {x:e} alone"), one(level, Sin, x), sine);
                is(level, &format!("cos {x:e} alone"), one(level, Cos, x), cosine);
                is(level, &format!("sin -{x:e}"), one(level, Sin, -x), -sine);
                is(level, &format!("cos -{x:e}"), one(level, Cos, -x), cosine);
            }
        }
    }
    mixed::<f32>();
    mixed::<f64>();
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
        let finite = 88.722_83_f32;
        assert!(one(level, Expm1, finite).is_finite());
        assert_eq!(one(level, Expm1, finite.next_up()), f32::INFINITY);
        assert_eq!(one(level, Softplus, positive), f32::from_bits(1));
        assert_eq!(one(level, Softplus, positive.next_down()), 0.0);
        assert_eq!(one(level, Erfc, 10.05_f32), f32::from_bits(1));
        assert_eq!(one(level, Erfc, 10.06_f32), 0.0);

        let finite = 709.782_712_893_384_f64;
        assert!(one(level, Exp, finite).is_finite());
        assert_eq!(one(level, Exp, finite.next_up()), f64::INFINITY);
        assert!(one(level, Expm1, finite).is_finite());
        assert_eq!(one(level, Expm1, finite.next_up()), f64::INFINITY);
        assert_eq!(one(level, Erfc, 27.22_f64), f64::from_bits(1));
        assert_eq!(one(level, Erfc, 27.23_f64), 0.0);
        let positive = -745.133_219_101_941_1_f64;
        assert_eq!(one(level, Softplus, positive), f64::from_bits(1));
        assert_eq!(one(level, Exp, positive), f64::from_bits(1));
        assert_eq!(one(level, Sigmoid, positive), f64::from_bits(1));
        assert_eq!(one(level, Exp, positive.next_down()), 0.0);
        assert_eq!(one(level, Sigmoid, positive.next_down()), 0.0);
    }
}
