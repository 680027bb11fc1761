//! The reductions inside a kernel, with the vectors that it runs with.

use super::{LEAF, Product, Square, Term, Value, chains};
use crate::{Float, Lanes};

/// Accumulators that the narrowest vectors need.
const ACCUMULATORS: usize = 8;

/// Σ xᵢ, see [`sum`](super::sum).
#[inline(always)]
pub fn sum<T: Float, V: Lanes<T>>(x: &[T]) -> T {
    sum_of::<T, V, _, 1>(Value, [x])
}

/// Σ xᵢ yᵢ, see [`dot`](super::dot).
///
/// # Panics
/// If `x` and `y` differ in length.
#[inline(always)]
pub fn dot<T: Float, V: Lanes<T>>(x: &[T], y: &[T]) -> T {
    sum_of::<T, V, _, 2>(Product, [x, y])
}

/// Σ xᵢ², see [`sum_of_squares`](super::sum_of_squares).
#[inline(always)]
pub fn sum_of_squares<T: Float, V: Lanes<T>>(x: &[T]) -> T {
    sum_of::<T, V, _, 1>(Square, [x])
}

/// max xᵢ, see [`largest`](super::largest).
#[inline(always)]
pub fn largest<T: Float, V: Lanes<T>>(x: &[T]) -> T {
    const WAYS: usize = 4;
    let lowest = V::splat(-T::INFINITY);
    // A maximum forgets a NaN, so that is remembered apart.
    let (mut most, mut nan) = ([lowest; WAYS], V::first(0));
    let mut blocks = x.chunks_exact(WAYS * V::LEN);
    for block in &mut blocks {
        for (k, most) in most.iter_mut().enumerate() {
            let x = V::load(&block[k * V::LEN..][..V::LEN]);
            nan = nan | x.is_nan();
            *most = x.max(*most);
        }
    }
    let mut rest = blocks.remainder().chunks_exact(V::LEN);
    for x in &mut rest {
        let x = V::load(x);
        nan = nan | x.is_nan();
        most[0] = x.max(most[0]);
    }
    let x = rest.remainder();
    if !x.is_empty() {
        let x = V::select(V::first(x.len()), V::load_partial(x), lowest);
        nan = nan | x.is_nan();
        most[0] = x.max(most[0]);
    }
    if V::bits(nan) != 0 {
        return T::NAN;
    }
    most[0].max(most[2]).max(most[1].max(most[3])).largest()
}

/// Σ f(xᵢ, yᵢ, ...), see [`sum_of`](super::sum_of).
///
/// # Panics
/// If the slices differ in length.
#[inline(always)]
pub fn sum_of<T: Float, V: Lanes<T>, F: Term<T, N>, const N: usize>(f: F, x: [&[T]; N]) -> T {
    let len = common_len(&x);
    if len <= LEAF {
        return leaf::<T, V, F, N>(f, x);
    }
    let mut tree = Tree::new();
    let mut start = 0;
    while start < len {
        let end = len.min(start + LEAF);
        let mut x = x;
        for x in &mut x {
            *x = &x[start..end];
        }
        tree.push(leaf::<T, V, F, N>(f, x));
        start = end;
    }
    tree.sum()
}

/// y = f(xᵢ, ...) and Σ yᵢ, see [`sum_into`](super::sum_into).
///
/// # Panics
/// If the slices differ in length.
#[inline(always)]
pub fn sum_into<T: Float, V: Lanes<T>, F: Term<T, N>, const N: usize>(
    f: F,
    x: [&[T]; N],
    y: &mut [T],
) -> T {
    let len = common_len(&x);
    assert_eq!(y.len(), len, "sum_into: x has {len} numbers, y {}", y.len());
    if len <= LEAF {
        return leaf_into::<T, V, F, N>(f, x, y);
    }
    let mut tree = Tree::new();
    let mut start = 0;
    while start < len {
        let end = len.min(start + LEAF);
        let mut x = x;
        for x in &mut x {
            *x = &x[start..end];
        }
        tree.push(leaf_into::<T, V, F, N>(f, x, &mut y[start..end]));
        start = end;
    }
    tree.sum()
}

#[inline(always)]
fn common_len<T, const N: usize>(x: &[&[T]; N]) -> usize {
    const { assert!(N > 0, "a sum needs at least one slice") };
    let len = x[0].len();
    for other in x {
        assert_eq!(other.len(), len, "a sum of {len} terms over {} numbers", other.len());
    }
    len
}

/// The terms of one leaf: by chains, then folded. The slices are equally long.
#[inline(always)]
fn leaf<T: Float, V: Lanes<T>, F: Term<T, N>, const N: usize>(f: F, x: [&[T]; N]) -> T {
    let len = common_len(&x);
    let mut sums = [V::splat(T::ZERO); ACCUMULATORS];
    let mut start = 0;
    while start + chains::<T>() <= len {
        for sum in &mut sums[..accumulators::<T, V>()] {
            // SAFETY: the accumulators take `chains` numbers, and there are as many from `start`
            // in each slice: `common_len` has compared them.
            *sum = f.add(*sum, unsafe { load(&x, start) });
            start += V::LEN;
        }
    }
    for sum in &mut sums[..accumulators::<T, V>()] {
        if start >= len {
            break;
        }
        if start + V::LEN <= len {
            // SAFETY: there are LEN numbers from `start` in each slice.
            *sum = f.add(*sum, unsafe { load(&x, start) });
        } else {
            // SAFETY: there are len - start < LEN numbers from `start` in each slice.
            let x = unsafe { load_first(&x, start, len - start) };
            // The lanes behind the end hold some f(0, ..): the sum keeps what it was there.
            *sum = V::select(V::first(len - start), f.add(*sum, x), *sum);
        }
        start += V::LEN;
    }
    fold(sums)
}

/// The same, storing the terms.
#[inline(always)]
fn leaf_into<T: Float, V: Lanes<T>, F: Term<T, N>, const N: usize>(
    f: F,
    x: [&[T]; N],
    y: &mut [T],
) -> T {
    let len = common_len(&x);
    assert_eq!(y.len(), len);
    let y = y.as_mut_ptr();
    let mut sums = [V::splat(T::ZERO); ACCUMULATORS];
    let mut start = 0;
    while start + chains::<T>() <= len {
        for sum in &mut sums[..accumulators::<T, V>()] {
            // SAFETY: the accumulators take `chains` numbers, and there are as many from `start`
            // in each slice, `y` included: their lengths have been compared.
            *sum = *sum + unsafe { store(f.term(load(&x, start)), y.add(start)) };
            start += V::LEN;
        }
    }
    for sum in &mut sums[..accumulators::<T, V>()] {
        if start >= len {
            break;
        }
        if start + V::LEN <= len {
            // SAFETY: there are LEN numbers from `start` in each slice, `y` included.
            *sum = *sum + unsafe { store(f.term(load(&x, start)), y.add(start)) };
        } else {
            let n = len - start;
            // SAFETY: there are n < LEN numbers from `start` in each slice, `y` included.
            let term: V = unsafe {
                let term: V = f.term(load_first(&x, start, n));
                term.store_first(y.add(start), n);
                term
            };
            *sum = V::select(V::first(n), *sum + term, *sum);
        }
        start += V::LEN;
    }
    fold(sums)
}

/// The accumulators that together hold all chains.
#[inline(always)]
const fn accumulators<T: Float, V: Lanes<T>>() -> usize {
    let count = chains::<T>() / V::LEN;
    assert!(count * V::LEN == chains::<T>() && count <= ACCUMULATORS && count.is_power_of_two());
    count
}

/// LEN numbers of each slice.
///
/// # Safety
/// Each slice has LEN numbers from `start`.
#[inline(always)]
unsafe fn load<T: Float, V: Lanes<T>, const N: usize>(x: &[&[T]; N], start: usize) -> [V; N] {
    let mut lanes = [V::splat(T::ZERO); N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        // SAFETY: the caller guarantees it.
        *lanes = unsafe { V::load_at(x.as_ptr().add(start)) };
    }
    lanes
}

/// The first `n` numbers of each slice from `start`, followed by zeros.
///
/// # Safety
/// `n < LEN`, and each slice has `n` numbers from `start`.
#[inline(always)]
unsafe fn load_first<T: Float, V: Lanes<T>, const N: usize>(
    x: &[&[T]; N],
    start: usize,
    n: usize,
) -> [V; N] {
    let mut lanes = [V::splat(T::ZERO); N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        // SAFETY: the caller guarantees it.
        *lanes = unsafe { V::load_first(x.as_ptr().add(start), n) };
    }
    lanes
}

/// Writes the lanes to `y` and gives them back.
///
/// # Safety
/// `y` is valid for writing LEN numbers.
#[inline(always)]
unsafe fn store<T: Float, V: Lanes<T>>(lanes: V, y: *mut T) -> V {
    // SAFETY: the caller guarantees it.
    unsafe { lanes.store_at(y) };
    lanes
}

/// Folds the chains by halving.
#[inline(always)]
fn fold<T: Float, V: Lanes<T>>(mut sums: [V; ACCUMULATORS]) -> T {
    let count = accumulators::<T, V>();
    for half in [4, 2, 1] {
        if half < count {
            for k in 0..half {
                sums[k] = sums[k] + sums[k + half];
            }
        }
    }
    sums[0].sum()
}

/// The sums of the leaves so far, as the roots of full binary trees of descending size: like the
/// digits of a binary counter.
struct Tree<T> {
    /// `roots[k]` is the sum of 2^k leaves where bit `k` of `count` is set.
    roots: [T; usize::BITS as usize],
    count: usize,
}

impl<T: Float> Tree<T> {
    #[inline(always)]
    fn new() -> Self {
        Self { roots: [T::ZERO; usize::BITS as usize], count: 0 }
    }

    #[inline(always)]
    fn push(&mut self, mut leaf: T) {
        let mut k = 0;
        while self.count >> k & 1 == 1 {
            leaf = self.roots[k] + leaf;
            k += 1;
        }
        self.roots[k] = leaf;
        self.count += 1;
    }

    #[inline(always)]
    fn sum(&self) -> T {
        let mut count = self.count;
        if count == 0 {
            return T::ZERO;
        }
        let mut sum = self.roots[count.trailing_zeros() as usize];
        count &= count - 1;
        while count != 0 {
            sum = self.roots[count.trailing_zeros() as usize] + sum;
            count &= count - 1;
        }
        sum
    }
}
