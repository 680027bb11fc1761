//! The reductions at every level against the canonical order, spelled out in scalar code.

use neuropil_simd::reduce::{LEAF, Product, Square, Term, Value, within};
use neuropil_simd::{Float, Kernel, Lanes, Level, at, reduce};

/// Σ f(0), f(1), ..., f(len - 1), where `add(sum, i)` is `sum` + f(i).
fn canonical<T: Float>(start: usize, len: usize, add: &dyn Fn(T, usize) -> T) -> T {
    if len > LEAF {
        let leaves = len.div_ceil(LEAF);
        let left = (leaves.next_power_of_two() / 2) * LEAF;
        return canonical(start, left, add) + canonical(start + left, len - left, add);
    }
    let mut chains = vec![T::ZERO; 256 / size_of::<T>()];
    for i in 0..len {
        let chain = i % chains.len();
        chains[chain] = add(chains[chain], start + i);
    }
    while chains.len() > 1 {
        let right = chains.split_off(chains.len() / 2);
        chains = chains.iter().zip(&right).map(|(&x, &y)| x + y).collect();
    }
    chains[0]
}

/// Numbers of mixed sign and magnitude, the same at every call.
fn numbers<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 33) as f64 / 2.0_f64.powi(30) - 1.0
    };
    (0..len).map(|_| T::of(next() * 10.0_f64.powf(3.0 * next()))).collect()
}

/// Every length of a few blocks, and those around leaves.
fn lengths() -> impl Iterator<Item = usize> {
    let leaves = [1, 2, 3, 4, 5, 7, 8, 9]
        .into_iter()
        .flat_map(|n| [n * LEAF - 1, n * LEAF, n * LEAF + 1, n * LEAF + 77]);
    (0..300).chain(leaves)
}

struct Fuses;

impl<T: Float> Kernel<T> for Fuses {
    type Out = bool;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> bool {
        let (above, below) = (V::splat(T::ONE + T::EPSILON), V::splat(T::ONE - T::EPSILON));
        above.mul_add(below, V::of(-1.0)).largest() != T::ZERO
    }
}

struct SumOf<'a, T, F, const N: usize>(F, [&'a [T]; N]);

impl<T: Float, F: Term<T, N>, const N: usize> Kernel<T> for SumOf<'_, T, F, N> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::sum_of::<T, V, F, N>(self.0, self.1)
    }
}

struct SumInto<'a, T, F, const N: usize>(F, [&'a [T]; N], &'a mut [T]);

impl<T: Float, F: Term<T, N>, const N: usize> Kernel<T> for SumInto<'_, T, F, N> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::sum_into::<T, V, F, N>(self.0, self.1, self.2)
    }
}

struct SumInPlace<'a, T, F>(F, &'a mut [T]);

impl<T: Float, F: Term<T, 1>> Kernel<T> for SumInPlace<'_, T, F> {
    type Out = T;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        within::sum_in_place::<T, V, F>(self.0, self.1)
    }
}

/// x y + 1: not zero in the lanes behind the end.
#[derive(Clone, Copy)]
struct ProductPlusOne;

impl<T: Float> Term<T, 2> for ProductPlusOne {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, y]: [V; 2]) -> V {
        x * y + V::of(1.0)
    }
}

trait Fused: Float {
    fn fused(self, a: Self, b: Self) -> Self;
    fn bits(self) -> u64;
}

impl Fused for f32 {
    fn fused(self, a: f32, b: f32) -> f32 {
        self.mul_add(a, b)
    }
    fn bits(self) -> u64 {
        self.to_bits() as u64
    }
}

impl Fused for f64 {
    fn fused(self, a: f64, b: f64) -> f64 {
        self.mul_add(a, b)
    }
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

fn order<T: Fused>() {
    for len in lengths() {
        let (x, y) = (&numbers::<T>(len, 1)[..], &numbers::<T>(len, 2)[..]);
        let sum = canonical(0, len, &|sum, i| sum + x[i]);
        for level in Level::available() {
            let same = |what: &str, got: T, expected: T| {
                assert_eq!(
                    got.bits(),
                    expected.bits(),
                    "{what} of {len} at {level}: {got:e}, not {expected:e}"
                );
            };
            let fuses = at::<T, _>(level, Fuses);
            let multiply_add = |a: T, b: T, c: T| if fuses { a.fused(b, c) } else { a * b + c };
            same("sum", at(level, SumOf(Value, [x])), sum);
            let dot = canonical(0, len, &|sum, i| multiply_add(x[i], y[i], sum));
            same("dot", at(level, SumOf(Product, [x, y])), dot);
            let squares = canonical(0, len, &|sum, i| multiply_add(x[i], x[i], sum));
            same("squares", at(level, SumOf(Square, [x])), squares);

            let terms: Vec<T> = x.iter().zip(y).map(|(&x, &y)| x * y + T::ONE).collect();
            let expected = canonical(0, len, &|sum, i| sum + terms[i]);
            same("terms", at(level, SumOf(ProductPlusOne, [x, y])), expected);
            let mut stored = vec![T::NAN; len];
            same("stored terms", at(level, SumInto(ProductPlusOne, [x, y], &mut stored)), expected);
            assert_eq!(stored, terms);

            let mut replaced = x.to_vec();
            let expected = at(level, SumInto(Square, [x], &mut stored));
            same("replaced terms", at(level, SumInPlace(Square, &mut replaced)), expected);
            assert_eq!(replaced, stored);
        }
    }
}

#[test]
fn canonical_order_single() {
    order::<f32>();
}

#[test]
fn canonical_order_double() {
    order::<f64>();
}

#[test]
fn slices_and_kernels_agree() {
    let (x, y) = (numbers::<f32>(10_000, 3), numbers::<f32>(10_000, 4));
    let level = Level::current();
    assert_eq!(reduce::sum(&x), at(level, SumOf(Value, [&x[..]])));
    assert_eq!(reduce::dot(&x, &y), at(level, SumOf(Product, [&x[..], &y[..]])));
    assert_eq!(reduce::sum_of_squares(&x), at(level, SumOf(Square, [&x[..]])));
    let mut y = x.clone();
    assert_eq!(reduce::sum_in_place(Value, &mut y), reduce::sum(&x));
    assert_eq!(y, x);
}

/// The error is bounded by the longest path of additions through the tree.
#[test]
fn error_of_a_sum() {
    for len in [10, 1000, LEAF, 100_000, 1_000_000] {
        let x: Vec<f32> = numbers(len, 5);
        let exact: f64 = x.iter().map(|&x| x as f64).sum();
        let absolute: f64 = x.iter().map(|&x| x.abs() as f64).sum();
        let depth = (len.min(LEAF).div_ceil(64) + 6) as f64
            + (len as f64 / LEAF as f64).log2().max(0.0).ceil();
        let bound = depth * f32::EPSILON as f64 / 2.0 * absolute;
        for level in Level::available() {
            let error = (at(level, SumOf(Value, [&x[..]])) as f64 - exact).abs();
            assert!(error <= bound, "{len} numbers at {level}: error {error:e}, bound {bound:e}");
        }
    }
    // All equal and positive: one chain would lose most of them.
    let x = vec![0.1_f32; 50_000_000];
    let sum = reduce::sum(&x) as f64;
    assert!((sum / (x.len() as f64 * 0.1_f32 as f64) - 1.0).abs() < 1e-6, "{sum}");
}

#[test]
fn empty_sums_are_positive_zero() {
    for level in Level::available() {
        assert_eq!(at::<f32, _>(level, SumOf(Value, [&[]])).to_bits(), 0);
        assert_eq!(at::<f64, _>(level, SumOf(Product, [&[], &[]])).to_bits(), 0);
        assert_eq!(at::<f32, _>(level, SumOf(Value, [&[-0.0; 3]])).to_bits(), 0);
    }
}

/// The largest and the smallest number, and where they are.
struct Extremes<'a, T>(&'a [T]);

impl<T: Float> Kernel<T> for Extremes<'_, T> {
    type Out = ([T; 2], [Option<usize>; 2]);
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> Self::Out {
        let x = self.0;
        (
            [within::largest::<T, V>(x), within::smallest::<T, V>(x)],
            [within::argmax::<T, V>(x), within::argmin::<T, V>(x)],
        )
    }
}

fn extremes<T: Fused>() {
    let inf = T::INFINITY;
    for level in Level::available() {
        let (values, places) = at(level, Extremes::<T>(&[]));
        assert_eq!((values, places), ([-inf, inf], [None, None]));
        for len in 1..200 {
            // All negative, or all positive: a zero behind the end must not win.
            for sign in [T::ONE, -T::ONE] {
                let side = (sign < T::ZERO) as usize;
                let extreme = |x: &[T]| {
                    let (values, places) = at(level, Extremes(x));
                    (values[side], places[side])
                };
                let far: Vec<T> =
                    numbers::<T>(len, 6).iter().map(|x| -sign * (x.abs() + T::ONE)).collect();
                let mut x = far.clone();
                for place in 0..len {
                    let what = format!("{level}, side {side}: place {place} of {len}");
                    let other = (place + 37) % len;
                    x[place] = sign * T::of(-0.5);
                    assert_eq!(extreme(&x), (x[place], Some(place)), "{what}");
                    // The first of two equal ones, zeros of any sign being equal.
                    (x[other], x[place]) = (-T::ZERO, T::ZERO);
                    let (value, found) = extreme(&x);
                    assert_eq!((value.bits(), found), (0, Some(place.min(other))), "{what}");
                    // The first NaN wins over everything.
                    (x[other], x[len - 1], x[place]) = (sign * inf, T::NAN, T::NAN);
                    let (value, found) = extreme(&x);
                    assert!(value.is_nan(), "{what}");
                    assert_eq!(found, x.iter().position(|x| x.is_nan()), "{what}");
                    x.copy_from_slice(&far);
                }
                x.fill(-sign * inf);
                assert_eq!(extreme(&x), (-sign * inf, Some(0)));
            }
        }
    }
}

#[test]
fn extremes_single() {
    extremes::<f32>();
}

#[test]
fn extremes_double() {
    extremes::<f64>();
}

#[test]
fn extremes_of_slices_and_kernels_agree() {
    let x = &numbers::<f64>(1000, 8)[..];
    let ([largest, smallest], [argmax, argmin]) = at(Level::current(), Extremes(x));
    assert_eq!((reduce::largest(x), reduce::smallest(x)), (largest, smallest));
    assert_eq!((reduce::argmax(x), reduce::argmin(x)), (argmax, argmin));
    assert_eq!(x[argmax.unwrap()], largest);
    assert_eq!(x[argmin.unwrap()], smallest);
}

#[test]
#[should_panic(expected = "a sum of 2 terms over 3 numbers")]
fn different_lengths_panic() {
    reduce::dot(&[1.0_f32, 2.0], &[1.0, 2.0, 3.0]);
}

#[test]
#[should_panic(expected = "sum_into: x has 2 numbers, y 1")]
fn a_short_result_panics() {
    reduce::sum_into(Square, [&[1.0_f32, 2.0]], &mut [0.0]);
}
