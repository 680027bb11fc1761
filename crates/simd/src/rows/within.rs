//! The functions of one row inside a kernel, with the vectors that it runs with.

use crate::reduce::{ExpBelow, within};
use crate::{Float, Lanes, math};

/// yᵢ = e^xᵢ / Σ e^x, see [`softmax`](super::softmax).
///
/// # Panics
/// If `x` and `y` differ in length.
#[inline(always)]
pub fn softmax<T: Float, V: Lanes<T>>(x: &[T], y: &mut [T]) {
    let largest = within::largest::<T, V>(x);
    let sum = within::sum_into::<T, V, _, 1>(ExpBelow { largest }, [x], y);
    scale::<T, V>(y, T::ONE / sum);
}

/// The same of what `y` holds.
#[inline(always)]
pub fn softmax_in_place<T: Float, V: Lanes<T>>(y: &mut [T]) {
    let largest = within::largest::<T, V>(y);
    let sum = within::sum_in_place::<T, V, _>(ExpBelow { largest }, y);
    scale::<T, V>(y, T::ONE / sum);
}

/// y = factor y
#[inline(always)]
fn scale<T: Float, V: Lanes<T>>(y: &mut [T], factor: T) {
    let factor = V::splat(factor);
    let mut y = y.chunks_exact_mut(V::LEN);
    for y in &mut y {
        (V::load(y) * factor).store(y);
    }
    let y = y.into_remainder();
    (V::load_partial(y) * factor).store_partial(y);
}

/// yᵢ = xᵢ - ln Σ e^x, see [`log_softmax`](super::log_softmax).
///
/// # Panics
/// If `x` and `y` differ in length.
#[inline(always)]
pub fn log_softmax<T: Float, V: Lanes<T>>(x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "log_softmax: x has {} numbers, y {}", x.len(), y.len());
    let (largest, ln_sum) = shifts::<T, V>(x);
    let (mut x, mut y) = (x.chunks_exact(V::LEN), y.chunks_exact_mut(V::LEN));
    for (x, y) in (&mut x).zip(&mut y) {
        ((V::load(x) - largest) - ln_sum).store(y);
    }
    let x = V::load_partial(x.remainder());
    ((x - largest) - ln_sum).store_partial(y.into_remainder());
}

/// The same of what `y` holds.
#[inline(always)]
pub fn log_softmax_in_place<T: Float, V: Lanes<T>>(y: &mut [T]) {
    let (largest, ln_sum) = shifts::<T, V>(y);
    let mut y = y.chunks_exact_mut(V::LEN);
    for y in &mut y {
        ((V::load(y) - largest) - ln_sum).store(y);
    }
    let y = y.into_remainder();
    ((V::load_partial(y) - largest) - ln_sum).store_partial(y);
}

/// max x and ln Σ e^(x - max x), to be subtracted one after the other: their sum would lose digits
/// where the first is large.
#[inline(always)]
fn shifts<T: Float, V: Lanes<T>>(x: &[T]) -> (V, V) {
    let largest = within::largest::<T, V>(x);
    let sum = within::sum_of::<T, V, _, 1>(ExpBelow { largest }, [x]);
    (V::splat(largest), math::ln(V::splat(sum)))
}
