//! Every method of `Lanes` at every level against scalar code.

use neuropil_simd::{Float, Kernel, Lanes, Level, at};
use proptest::prelude::*;

/// The scalar arithmetic that the lanes are held to.
trait Number: Float {
    const MANTISSA_BITS: i32;
    fn bits(self) -> u64;
    fn fused(self, a: Self, b: Self) -> Self;
    fn ties_even(self) -> Self;
    fn with_sign(self, sign: Self) -> Self;
    /// self 2^n, rounded once.
    fn scaled(self, n: i32) -> Self;
    fn random(bits: u64) -> Self;
}

impl Number for f32 {
    const MANTISSA_BITS: i32 = 23;
    fn bits(self) -> u64 {
        self.to_bits() as u64
    }
    fn fused(self, a: f32, b: f32) -> f32 {
        self.mul_add(a, b)
    }
    fn ties_even(self) -> f32 {
        self.round_ties_even()
    }
    fn with_sign(self, sign: f32) -> f32 {
        self.copysign(sign)
    }
    fn scaled(self, n: i32) -> f32 {
        // Exact in f64, whose exponents reach further.
        (self as f64 * 2.0_f64.powi(n)) as f32
    }
    fn random(bits: u64) -> f32 {
        f32::from_bits(bits as u32)
    }
}

impl Number for f64 {
    const MANTISSA_BITS: i32 = 52;
    fn bits(self) -> u64 {
        self.to_bits()
    }
    fn fused(self, a: f64, b: f64) -> f64 {
        self.mul_add(a, b)
    }
    fn ties_even(self) -> f64 {
        self.round_ties_even()
    }
    fn with_sign(self, sign: f64) -> f64 {
        self.copysign(sign)
    }
    fn scaled(self, n: i32) -> f64 {
        if self == 0.0 || !self.is_finite() {
            return self;
        }
        // self = m 2^e with integral m.
        let field = (self.to_bits() >> 52 & 0x7ff) as i32;
        let fraction = self.to_bits() & ((1 << 52) - 1);
        let (m, e) =
            if field == 0 { (fraction, -1074) } else { (fraction | 1 << 52, field - 1075) };
        let shift = -1074 - (e + n);
        if shift <= 0 {
            let (first, second) = ((e + n) / 2, (e + n) - (e + n) / 2);
            return (m as f64 * 2.0_f64.powi(first) * 2.0_f64.powi(second)).copysign(self);
        }
        let units = if shift > 63 {
            0
        } else {
            let (whole, rest, half) = (m >> shift, m & ((1 << shift) - 1), 1 << (shift - 1));
            whole + (rest > half || rest == half && whole & 1 == 1) as u64
        };
        f64::from_bits(units).copysign(self)
    }
    fn random(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
}

fn assert_same<T: Number>(what: &str, got: T, expected: T) {
    let same = got.is_nan() && expected.is_nan() || got.bits() == expected.bits();
    assert!(same, "{what}: {got:e} instead of {expected:e}");
}

#[inline(always)]
fn to_vec<T: Number, V: Lanes<T>>(x: V) -> Vec<T> {
    let mut lanes = vec![T::NAN; V::LEN];
    x.store(&mut lanes);
    lanes
}

/// Numbers that go wrong, all pairs of which are tried.
fn hard<T: Number>() -> Vec<T> {
    let tiny = T::MIN_POSITIVE * T::EPSILON;
    let mut x: Vec<T> =
        [0.0, 1.0, 0.5, 1.5, 2.5, 3.5, 0.3, 3.7, 126.0, 1e4, 1e-4, 1.41].map(T::of).to_vec();
    x.extend([tiny, tiny * T::of(5.0), T::MIN_POSITIVE, T::MIN_POSITIVE * T::of(0.7)]);
    x.extend([T::MAX, T::INFINITY, T::NAN, T::ONE + T::EPSILON, T::ONE - T::EPSILON]);
    let negative: Vec<T> = x.iter().map(|&x| -x).collect();
    x.extend(negative);
    x
}

/// Checks the methods of two arguments on two vectors of numbers.
struct Pairs<'a, T>(&'a [T], &'a [T], bool);

impl<T: Number> Kernel<T> for Pairs<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (x, y) = (&self.0[..V::LEN], &self.1[..V::LEN]);
        let (a, b) = (V::load(x), V::load(y));
        let check = |what: &str, got: V, expected: &dyn Fn(T, T) -> T| {
            for (i, got) in to_vec(got).into_iter().enumerate() {
                assert_same(
                    &format!("{what} of {:e} and {:e}", x[i], y[i]),
                    got,
                    expected(x[i], y[i]),
                );
            }
        };
        check("add", a + b, &|x, y| x + y);
        check("sub", a - b, &|x, y| x - y);
        check("mul", a * b, &|x, y| x * y);
        check("div", a / b, &|x, y| x / y);
        check("min", a.min(b), &|x, y| if x < y { x } else { y });
        check("max", a.max(b), &|x, y| if x > y { x } else { y });
        check("copysign", a.copysign(b), &|x, y| x.with_sign(y));
        check("neg", -a, &|x, _| -x);
        check("abs", a.abs(), &|x, _| x.with_sign(T::ONE));
        check("sqrt", a.sqrt(), &|x, _| x.sqrt());
        let fused = self.2;
        check("mul_add", a.mul_add(b, a), &|x, y| {
            if fused { x.fused(y, x) } else { x * y + x }
        });
        check("splat", V::splat(x[0]), &|_, _| x[0]);
        check("of", V::of(0.1), &|_, _| T::of(0.1));

        let check = |what: &str, mask: V::Mask, expected: &dyn Fn(T, T) -> bool| {
            let mut bits = 0;
            for i in 0..V::LEN {
                bits |= (expected(x[i], y[i]) as u32) << i;
            }
            assert_eq!(V::bits(mask), bits, "{what} of {x:?} and {y:?}");
            for (i, got) in to_vec(V::select(mask, a, b)).into_iter().enumerate() {
                assert_same("select", got, if bits >> i & 1 == 1 { x[i] } else { y[i] });
            }
        };
        check("lt", a.lt(b), &|x, y| x < y);
        check("le", a.le(b), &|x, y| x <= y);
        check("eq", a.eq(b), &|x, y| x == y);
        check("is_nan", a.is_nan(), &|x, _| x.is_nan());
        check("not", !a.lt(b), &|x, y| x >= y || x.is_nan() || y.is_nan());
        check("and", a.le(b) & b.le(a), &|x, y| x <= y && y <= x);
        check("or", a.lt(b) | b.lt(a), &|x, y| x < y || y < x);

        let mut folded = x.to_vec();
        while folded.len() > 1 {
            let right = folded.split_off(folded.len() / 2);
            folded = folded.iter().zip(&right).map(|(&x, &y)| x + y).collect();
        }
        assert_same("sum", a.sum(), folded[0]);
        let nan = x.iter().any(|x| x.is_nan());
        let largest = x.iter().fold(-T::INFINITY, |most, &x| if x > most { x } else { most });
        let smallest = x.iter().fold(T::INFINITY, |least, &x| if x < least { x } else { least });
        assert_same("largest", a.largest(), if nan { T::NAN } else { largest + T::ZERO });
        assert_same("smallest", a.smallest(), if nan { T::NAN } else { smallest + T::ZERO });
    }
}

/// Whether `mul_add` rounds once.
struct Fuses;

impl<T: Number> Kernel<T> for Fuses {
    type Out = bool;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> bool {
        let (above, below) = (V::splat(T::ONE + T::EPSILON), V::splat(T::ONE - T::EPSILON));
        above.mul_add(below, V::of(-1.0)).largest() != T::ZERO
    }
}

fn pairs<T: Number>() {
    for level in Level::available() {
        let fuses = at::<T, _>(level, Fuses);
        assert!(fuses || level == Level::Portable);
        let x = hard::<T>();
        for start in 0..x.len() {
            for step in 0..x.len() {
                let a: Vec<T> = (0..16).map(|i| x[(start + i) % x.len()]).collect();
                let b: Vec<T> = (0..16).map(|i| x[(start + step + 5 * i) % x.len()]).collect();
                at(level, Pairs(&a, &b, fuses));
            }
        }
    }
}

#[test]
fn pairs_single() {
    pairs::<f32>();
}

#[test]
fn pairs_double() {
    pairs::<f64>();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]
    #[test]
    fn pairs_at_random(bits: [u64; 32]) {
        fn check<T: Number>(bits: &[u64; 32]) {
            let x = bits.map(T::random);
            for level in Level::available() {
                at(level, Pairs(&x[..16], &x[16..], at::<T, _>(level, Fuses)));
            }
        }
        check::<f32>(&bits);
        check::<f64>(&bits);
    }
}

/// Checks `round` and `scale` lane by lane.
struct Scaled<'a, T>(&'a [T], &'a [i32]);

impl<T: Number> Kernel<T> for Scaled<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (x, n) = (&self.0[..V::LEN], &self.1[..V::LEN]);
        let exponents: Vec<T> = n.iter().map(|&n| T::of(n as f64)).collect();
        let scaled = to_vec(V::load(x).scale(V::load(&exponents)));
        for i in 0..V::LEN {
            assert_same(&format!("{:e} scaled by {}", x[i], n[i]), scaled[i], x[i].scaled(n[i]));
        }
    }
}

/// Checks `scale_down` lane by lane.
struct ScaledDown<'a, T>(&'a [T], &'a [i32]);

impl<T: Number> Kernel<T> for ScaledDown<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (x, n) = (&self.0[..V::LEN], &self.1[..V::LEN]);
        let exponents: Vec<T> = n.iter().map(|&n| T::of(n as f64)).collect();
        let scaled = to_vec(V::load(x).scale_down(V::load(&exponents)));
        for i in 0..V::LEN {
            assert_same(&format!("{:e} scaled by {}", x[i], n[i]), scaled[i], x[i].scaled(n[i]));
        }
    }
}

fn scale_down<T: Number>(lowest: i32, highest: i32) {
    let mut x = vec![T::of(2.0_f64.powi(-16)), T::of(0.75), T::of(4.0) - T::EPSILON, -T::ONE];
    for ulps in 1..5 {
        let ulps = T::of(f64::from(ulps)) * T::EPSILON;
        x.extend([T::ONE + ulps, T::ONE - ulps, T::of(1.5) - ulps]);
    }
    for level in Level::available() {
        for n in lowest..=highest {
            let n: Vec<i32> = (0..16).map(|i| (n + i).min(highest)).collect();
            at(level, ScaledDown(&x, &n));
        }
    }
}

#[test]
fn scale_down_single() {
    scale_down::<f32>(-160, 60);
}

#[test]
fn scale_down_double() {
    scale_down::<f64>(-1100, 500);
}

fn scale<T: Number>(limit: i32) {
    // Mantissas whose last bits decide how a denormal is rounded: ties, and just beside them.
    let one = T::ONE;
    let mut x = hard::<T>();
    for ulps in 1..8 {
        x.extend([
            one + T::of(ulps as f64) * T::EPSILON,
            T::of(1.5) - T::of(ulps as f64) * T::EPSILON,
        ]);
        x.push((one + T::of(ulps as f64) * T::EPSILON) * T::MIN_POSITIVE);
        x.push((one + T::of(ulps as f64 * 8.0) * T::EPSILON) * T::MIN_POSITIVE * T::of(1024.0));
    }
    for level in Level::available() {
        for n in (-limit..=limit).step_by(if limit > 1000 { 3 } else { 1 }) {
            for start in (0..x.len()).step_by(4) {
                let a: Vec<T> = (0..16).map(|i| x[(start + i) % x.len()]).collect();
                let n: Vec<i32> = (0..16).map(|i| (n + i).min(limit)).collect();
                at(level, Scaled(&a, &n));
            }
        }
    }
}

#[test]
fn scale_single() {
    scale::<f32>(252);
}

#[test]
fn scale_double() {
    scale::<f64>(2044);
}

/// Checks what belongs to one number: round, exponent, mantissa.
struct Singles<'a, T>(&'a [T]);

impl<T: Number> Kernel<T> for Singles<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for x in self.0.chunks_exact(V::LEN) {
            let v = V::load(x);
            let (round, exponent, mantissa) =
                (to_vec(v.round()), to_vec(v.exponent()), to_vec(v.mantissa()));
            for (i, &x) in x.iter().enumerate() {
                if x.abs() < T::of(2.0_f64.powi(T::MANTISSA_BITS - 1)) {
                    assert_same(&format!("round of {x:e}"), round[i], x.ties_even());
                }
                if x >= T::MIN_POSITIVE && x <= T::MAX {
                    let (m, e) = (mantissa[i], exponent[i]);
                    assert!(m >= T::ONE && m < T::of(2.0), "mantissa of {x:e}: {m}");
                    assert_same("mantissa times power", m.scaled(e.to_f64() as i32), x);
                }
            }
        }
    }
}

fn singles<T: Number>() {
    let mut x = hard::<T>();
    let edge = 2.0_f64.powi(T::MANTISSA_BITS - 1);
    x.extend((0..4000).map(|i| T::of(i as f64 * 0.25 - 500.0)));
    x.extend((1..40).map(|i| T::of(edge - i as f64 * 0.5)));
    x.extend((1..40).map(|i| T::of(i as f64 * 0.5 - edge)));
    let mut bits = 1_u64;
    x.extend((0..20_000).map(|_| {
        bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        T::random(bits.rotate_left(23))
    }));
    for level in Level::available() {
        at(level, Singles(&x));
    }
}

#[test]
fn round_exponent_mantissa_single() {
    singles::<f32>();
}

#[test]
fn round_exponent_mantissa_double() {
    singles::<f64>();
}

/// Checks loads and stores of every length, and that nothing behind the end is touched.
struct Memory;

impl<T: Number> Kernel<T> for Memory {
    type Out = usize;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> usize {
        let x: Vec<T> = (1..=40).map(|i| T::of(i as f64)).collect();
        for start in 0..16 {
            assert_eq!(to_vec(V::load(&x[start..])), x[start..start + V::LEN]);
            for n in 0..V::LEN {
                let lanes = to_vec(V::load_partial(&x[start..start + n]));
                assert_eq!(lanes[..n], x[start..start + n]);
                assert!(lanes[n..].iter().all(|lane| lane.bits() == 0), "zeros behind {n}");
                // The slice ends where its allocation ends: a longer load would leave it.
                let exact = x[start..start + n].to_vec().into_boxed_slice();
                assert_eq!(to_vec(V::load_partial(&exact))[..n], exact[..]);

                let guard = T::of(-7.0);
                let mut y = [guard; 40];
                V::load(&x).store_partial(&mut y[start..start + n]);
                assert!(
                    y[..start].iter().chain(&y[start + n..]).all(|&y| y == guard),
                    "guards around {n}"
                );
                assert_eq!(y[start..start + n], x[..n]);
            }
            let mut y = [T::of(-7.0); 40];
            V::load(&x).store(&mut y[start..]);
            assert_eq!(y[start..start + V::LEN], x[..V::LEN]);
            assert!(y[start + V::LEN..].iter().all(|&y| y == T::of(-7.0)));
        }
        for n in 0..=V::LEN {
            assert_eq!(V::bits(V::first(n)), ((1_u64 << n) - 1) as u32);
        }
        V::LEN
    }
}

#[test]
fn memory() {
    for level in Level::available() {
        let widest = if level == Level::Avx512 { 16 } else { 8 };
        assert_eq!(at::<f32, _>(level, Memory), widest);
        assert_eq!(at::<f64, _>(level, Memory), widest / 2);
    }
}

/// Calls that must panic instead of leaving the slice.
struct OutOfBounds(u8);

impl<T: Number> Kernel<T> for OutOfBounds {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let mut x = vec![T::ZERO; V::LEN];
        let zero = V::splat(T::ZERO);
        match self.0 {
            0 => drop(to_vec(V::load(&x[1..]))),
            1 => zero.store(&mut x[1..]),
            2 => drop(to_vec(V::load_partial(&x))),
            3 => zero.store_partial(&mut x),
            _ => assert_eq!(V::bits(V::first(V::LEN + 1)), 0),
        }
    }
}

#[test]
fn out_of_bounds_panics() {
    for level in Level::available() {
        for call in 0..5 {
            let single = std::panic::catch_unwind(|| at::<f32, _>(level, OutOfBounds(call)));
            let double = std::panic::catch_unwind(|| at::<f64, _>(level, OutOfBounds(call)));
            assert!(single.is_err() && double.is_err(), "{level}: call {call} did not panic");
        }
    }
}

/// Distinct numbers by rows, transposed.
struct Transposed;

impl<T: Float> Kernel<T> for Transposed {
    type Out = (usize, Vec<T>);

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> (usize, Vec<T>) {
        let numbers: Vec<T> = (0..V::LEN * V::LEN).map(|i| T::of(i as f64)).collect();
        let mut square = vec![V::splat(T::ZERO); V::LEN];
        for (row, numbers) in square.iter_mut().zip(numbers.chunks_exact(V::LEN)) {
            *row = V::load(numbers);
        }
        V::transpose(&mut square);
        let mut transposed = numbers;
        for (row, to) in square.iter().zip(transposed.chunks_exact_mut(V::LEN)) {
            row.store(to);
        }
        (V::LEN, transposed)
    }
}

#[test]
fn a_square_is_transposed() {
    fn check<T: Float>() {
        for level in Level::available() {
            let (side, transposed) = at::<T, _>(level, Transposed);
            for i in 0..side {
                for j in 0..side {
                    let expected = T::of((j * side + i) as f64);
                    let what = format!("{level} {}: row {i}, column {j}", T::NAME);
                    assert_eq!(transposed[i * side + j], expected, "{what}");
                }
            }
        }
    }
    check::<f32>();
    check::<f64>();
}
