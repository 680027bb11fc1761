//! The reductions inside a kernel, with the vectors that it runs with.

mod extremes;

pub use extremes::{argmax, argmin, largest, smallest};

use super::{ExpBelow, LEAF, Product, Square, Term, Value, chains};
use crate::{Float, Lanes, math};

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

/// ln Σ e^xᵢ, see [`log_sum_exp`](super::log_sum_exp).
#[inline(always)]
pub fn log_sum_exp<T: Float, V: Lanes<T>>(x: &[T]) -> T {
    let largest = largest::<T, V>(x);
    if !largest.is_finite() {
        return largest;
    }
    let sum = sum_of::<T, V, _, 1>(ExpBelow { largest }, [x]);
    largest + math::ln(V::splat(sum)).largest()
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
    // SAFETY: each slice has `len` numbers.
    unsafe { sum_at::<T, V, F, N>(f, pointers(&x), y.as_mut_ptr(), len) }
}

/// y = f(yᵢ) and Σ yᵢ, see [`sum_in_place`](super::sum_in_place).
#[inline(always)]
pub fn sum_in_place<T: Float, V: Lanes<T>, F: Term<T, 1>>(f: F, y: &mut [T]) -> T {
    let (len, y) = (y.len(), y.as_mut_ptr());
    // SAFETY: the slice has `len` numbers, and a number is read before it is written.
    unsafe { sum_at::<T, V, F, 1>(f, [y.cast_const()], y, len) }
}

/// The terms of all leaves, stored.
///
/// # Safety
/// Each `x` is valid for reading `len` numbers and `y` for writing as many. An `x` may be `y`, but
/// otherwise they do not overlap.
#[inline(always)]
unsafe fn sum_at<T: Float, V: Lanes<T>, F: Term<T, N>, const N: usize>(
    f: F,
    x: [*const T; N],
    y: *mut T,
    len: usize,
) -> T {
    if len <= LEAF {
        // SAFETY: the caller guarantees it.
        return unsafe { leaf_at::<T, V, F, N>(f, x, y, len) };
    }
    let mut tree = Tree::new();
    let mut start = 0;
    while start < len {
        let mut x = x;
        for x in &mut x {
            // SAFETY: `start` is below `len`.
            *x = unsafe { x.add(start) };
        }
        // SAFETY: `start` is below `len`, and the leaf ends there at the latest.
        tree.push(unsafe { leaf_at::<T, V, F, N>(f, x, y.add(start), LEAF.min(len - start)) });
        start += LEAF;
    }
    tree.sum()
}

/// Where the slices begin.
#[inline(always)]
fn pointers<T, const N: usize>(x: &[&[T]; N]) -> [*const T; N] {
    let mut pointers = [std::ptr::null(); N];
    for (pointer, x) in pointers.iter_mut().zip(x) {
        *pointer = x.as_ptr();
    }
    pointers
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
    let x = pointers(&x);
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
///
/// # Safety
/// As for [`sum_at`].
#[inline(always)]
unsafe fn leaf_at<T: Float, V: Lanes<T>, F: Term<T, N>, const N: usize>(
    f: F,
    x: [*const T; N],
    y: *mut T,
    len: usize,
) -> T {
    let mut sums = [V::splat(T::ZERO); ACCUMULATORS];
    let mut start = 0;
    while start + chains::<T>() <= len {
        for sum in &mut sums[..accumulators::<T, V>()] {
            // SAFETY: the accumulators take `chains` numbers, and there are as many from `start`.
            *sum = *sum + unsafe { store(f.term(load(&x, start)), y.add(start)) };
            start += V::LEN;
        }
    }
    for sum in &mut sums[..accumulators::<T, V>()] {
        if start >= len {
            break;
        }
        if start + V::LEN <= len {
            // SAFETY: there are LEN numbers from `start`.
            *sum = *sum + unsafe { store(f.term(load(&x, start)), y.add(start)) };
        } else {
            let n = len - start;
            // SAFETY: there are n < LEN numbers from `start`.
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
unsafe fn load<T: Float, V: Lanes<T>, const N: usize>(x: &[*const T; N], start: usize) -> [V; N] {
    let mut lanes = [V::splat(T::ZERO); N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        // SAFETY: the caller guarantees it.
        *lanes = unsafe { V::load_at(x.add(start)) };
    }
    lanes
}

/// The first `n` numbers of each slice from `start`, followed by zeros.
///
/// # Safety
/// `n < LEN`, and each slice has `n` numbers from `start`.
#[inline(always)]
unsafe fn load_first<T: Float, V: Lanes<T>, const N: usize>(
    x: &[*const T; N],
    start: usize,
    n: usize,
) -> [V; N] {
    let mut lanes = [V::splat(T::ZERO); N];
    for (lanes, x) in lanes.iter_mut().zip(x) {
        // SAFETY: the caller guarantees it.
        *lanes = unsafe { V::load_first(x.add(start), n) };
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
