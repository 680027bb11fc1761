//! The RNN's step, of sums that are there.

use super::lanes::{each_vector, load, store};
use super::shapes::Squash;
use super::work::{ByRows, by_rows};
use neuropil_simd::{Float, Kernel, Lanes, math};

/// sums = h' = φ(sums).
pub(super) struct Forward<'a, T> {
    pub hidden: usize,
    pub squash: Squash,
    pub sums: &'a mut [T],
    pub h: &'a mut [T],
}

by_rows!(Forward { h: 1, sums: 1 } {}, squash);

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { squash, sums, h, .. } = self;
        let len = sums.len();
        each_vector!(V, len, |at, to| {
            let x: V = load(&sums[at..to]);
            let y = match squash {
                Squash::Tanh => math::tanh(x),
                // NaN stays NaN, since `max` gives its right operand when one is NaN.
                Squash::Relu => V::splat(T::ZERO).max(x),
            };
            store(y, &mut sums[at..to]);
            store(y, &mut h[at..to]);
        });
    }
}

/// dsums = dh φ', from h'.
pub(super) struct Backward<'a, T> {
    pub hidden: usize,
    pub squash: Squash,
    pub y: &'a [T],
    pub dh: &'a [T],
    pub dsums: &'a mut [T],
}

by_rows!(Backward { dsums: 1 } { y: 1, dh: 1 }, squash);

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { squash, y, dh, dsums, .. } = self;
        let len = y.len();
        let (zero, one) = (V::splat(T::ZERO), V::splat(T::ONE));
        each_vector!(V, len, |at, to| {
            let (y, dh): (V, V) = (load(&y[at..to]), load(&dh[at..to]));
            let d = match squash {
                Squash::Tanh => dh * ((one - y) * (one + y)),
                Squash::Relu => V::select(y.le(zero), zero, dh),
            };
            store(d, &mut dsums[at..to]);
        });
    }
}
