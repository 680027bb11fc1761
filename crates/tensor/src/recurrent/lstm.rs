//! The LSTM's step, of sums that are there.

use super::lanes::{each_vector, load, store};
use super::work::{ByRows, by_rows};
use neuropil_simd::{Float, Kernel, Lanes, math};

/// The gates in place of their sums, then c' and h', for some rows.
pub(super) struct Forward<'a, T> {
    pub hidden: usize,
    /// `[rows, 4 hidden]`: i, f, g, o.
    pub gates: &'a mut [T],
    pub c_before: &'a [T],
    pub c: &'a mut [T],
    pub tanh_c: &'a mut [T],
    /// o ⊙ tanh(c').
    pub h: &'a mut [T],
}

by_rows!(Forward { h: 1, gates: 4, c: 1, tanh_c: 1 } { c_before: 1 });

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, c_before, c, tanh_c, h } = self;
        for row in 0..h.len() / hidden {
            let gates = &mut gates[row * 4 * hidden..][..4 * hidden];
            let (i, gates) = gates.split_at_mut(hidden);
            let (f, gates) = gates.split_at_mut(hidden);
            let (g, o) = gates.split_at_mut(hidden);
            let c_before = &c_before[row * hidden..][..hidden];
            let c = &mut c[row * hidden..][..hidden];
            let tanh_c = &mut tanh_c[row * hidden..][..hidden];
            let h = &mut h[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let input: V = math::sigmoid(load(&i[at..to]));
                store(input, &mut i[at..to]);
                let new: V = math::tanh(load(&g[at..to]));
                store(new, &mut g[at..to]);
                let forget: V = math::sigmoid(load(&f[at..to]));
                store(forget, &mut f[at..to]);
                let cell = forget.mul_add(load(&c_before[at..to]), input * new);
                store(cell, &mut c[at..to]);
                let squashed = math::tanh(cell);
                store(squashed, &mut tanh_c[at..to]);
                let output: V = math::sigmoid(load(&o[at..to]));
                store(output, &mut o[at..to]);
                store(output * squashed, &mut h[at..to]);
            });
        }
    }
}

/// The gradients of the sums, and in `dc` that of c in place of that of c', for some rows.
pub(super) struct Backward<'a, T> {
    pub hidden: usize,
    pub gates: &'a [T],
    pub c_before: &'a [T],
    pub tanh_c: &'a [T],
    pub dh: &'a [T],
    pub dc: &'a mut [T],
    pub dsums: &'a mut [T],
}

by_rows!(Backward { dc: 1, dsums: 4 } { gates: 4, c_before: 1, tanh_c: 1, dh: 1 });

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, c_before, tanh_c, dh, dc, dsums } = self;
        let one = V::splat(T::ONE);
        for row in 0..dh.len() / hidden {
            let gates = &gates[row * 4 * hidden..][..4 * hidden];
            let (i, gates) = gates.split_at(hidden);
            let (f, gates) = gates.split_at(hidden);
            let (g, o) = gates.split_at(hidden);
            let dsums = &mut dsums[row * 4 * hidden..][..4 * hidden];
            let c_before = &c_before[row * hidden..][..hidden];
            let tanh_c = &tanh_c[row * hidden..][..hidden];
            let dh = &dh[row * hidden..][..hidden];
            let dc = &mut dc[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let (i, f): (V, V) = (load(&i[at..to]), load(&f[at..to]));
                let (g, o): (V, V) = (load(&g[at..to]), load(&o[at..to]));
                let (tanh_c, dh): (V, V) = (load(&tanh_c[at..to]), load(&dh[at..to]));
                let d_o = dh * tanh_c * (o * (one - o));
                let dc_after = (dh * o).mul_add((one - tanh_c) * (one + tanh_c), load(&dc[at..to]));
                let d_i = dc_after * g * (i * (one - i));
                let d_f = dc_after * load::<T, V>(&c_before[at..to]) * (f * (one - f));
                let d_g = dc_after * i * ((one - g) * (one + g));
                store(d_i, &mut dsums[at..to]);
                store(d_f, &mut dsums[hidden + at..hidden + to]);
                store(d_g, &mut dsums[2 * hidden + at..2 * hidden + to]);
                store(d_o, &mut dsums[3 * hidden + at..3 * hidden + to]);
                store(dc_after * f, &mut dc[at..to]);
            });
        }
    }
}
