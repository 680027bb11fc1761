//! The largest and the smallest number, and where they are.

use crate::{Float, Lanes};

/// max xᵢ, see [`largest`](crate::reduce::largest).
#[inline(always)]
pub fn largest<T: Float, V: Lanes<T>>(x: &[T]) -> T {
    most::<T, V, false>(x)
}

/// min xᵢ, see [`smallest`](crate::reduce::smallest).
#[inline(always)]
pub fn smallest<T: Float, V: Lanes<T>>(x: &[T]) -> T {
    // A zero stays positive.
    T::ZERO - most::<T, V, true>(x)
}

/// The first i with the largest xᵢ, see [`argmax`](crate::reduce::argmax).
#[inline(always)]
pub fn argmax<T: Float, V: Lanes<T>>(x: &[T]) -> Option<usize> {
    first_of::<T, V>(x, largest::<T, V>(x))
}

/// The first i with the smallest xᵢ, see [`argmin`](crate::reduce::argmin).
#[inline(always)]
pub fn argmin<T: Float, V: Lanes<T>>(x: &[T]) -> Option<usize> {
    first_of::<T, V>(x, smallest::<T, V>(x))
}

/// max xᵢ, or max -xᵢ.
#[inline(always)]
fn most<T: Float, V: Lanes<T>, const NEGATED: bool>(x: &[T]) -> T {
    const WAYS: usize = 4;
    let lowest = V::splat(-T::INFINITY);
    // A maximum forgets a NaN, so that is remembered apart.
    let (mut most, mut nan) = ([lowest; WAYS], V::first(0));
    let mut blocks = x.chunks_exact(WAYS * V::LEN);
    for block in &mut blocks {
        for (k, most) in most.iter_mut().enumerate() {
            let x = negated_if::<T, V, NEGATED>(V::load(&block[k * V::LEN..][..V::LEN]));
            nan = nan | x.is_nan();
            *most = x.max(*most);
        }
    }
    let mut rest = blocks.remainder().chunks_exact(V::LEN);
    for x in &mut rest {
        let x = negated_if::<T, V, NEGATED>(V::load(x));
        nan = nan | x.is_nan();
        most[0] = x.max(most[0]);
    }
    let x = rest.remainder();
    if !x.is_empty() {
        let lanes = negated_if::<T, V, NEGATED>(V::load_partial(x));
        let x = V::select(V::first(x.len()), lanes, lowest);
        nan = nan | x.is_nan();
        most[0] = x.max(most[0]);
    }
    if V::bits(nan) != 0 {
        return T::NAN;
    }
    most[0].max(most[2]).max(most[1].max(most[3])).largest()
}

#[inline(always)]
fn negated_if<T: Float, V: Lanes<T>, const NEGATED: bool>(x: V) -> V {
    if NEGATED { -x } else { x }
}

/// The first i where xᵢ equals `wanted`, or is NaN as it is.
#[inline(always)]
fn first_of<T: Float, V: Lanes<T>>(x: &[T], wanted: T) -> Option<usize> {
    let (nan, wanted) = (wanted.is_nan(), V::splat(wanted));
    let mut vectors = x.chunks_exact(V::LEN);
    let mut start = 0;
    for x in &mut vectors {
        let found = places::<T, V>(V::load(x), wanted, nan);
        if found != 0 {
            return Some(start + found.trailing_zeros() as usize);
        }
        start += V::LEN;
    }
    let x = vectors.remainder();
    if x.is_empty() {
        return None;
    }
    let found = places::<T, V>(V::load_partial(x), wanted, nan) & V::bits(V::first(x.len()));
    (found != 0).then_some(start + found.trailing_zeros() as usize)
}

#[inline(always)]
fn places<T: Float, V: Lanes<T>>(x: V, wanted: V, nan: bool) -> u32 {
    V::bits(if nan { x.is_nan() } else { x.eq(wanted) })
}
