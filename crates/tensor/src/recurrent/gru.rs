//! The GRU's step, of sums that are there.

use super::lanes::{each_vector, load, store};
use super::work::{ByRows, by_rows};
use neuropil_simd::{Float, Kernel, Lanes, math};

/// Reset after the product: r, z, n in place of the sums of x, then h', for some rows.
pub(super) struct After<'a, T> {
    pub hidden: usize,
    /// `[rows, 3 hidden]`: r, z, n.
    pub gates: &'a mut [T],
    /// h U + d, `[rows, 3 hidden]`.
    pub of_state: &'a [T],
    pub h_before: &'a [T],
    /// Where the n part of `of_state` is kept.
    pub kept: &'a mut [T],
    pub h: &'a mut [T],
}

by_rows!(After { h: 1, gates: 3, kept: 1 } { of_state: 3, h_before: 1 });

impl<T: Float> Kernel<T> for After<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, of_state, h_before, kept, h } = self;
        for row in 0..h.len() / hidden {
            let gates = &mut gates[row * 3 * hidden..][..3 * hidden];
            let of_state = &of_state[row * 3 * hidden..][..3 * hidden];
            let h_before = &h_before[row * hidden..][..hidden];
            let kept = &mut kept[row * hidden..][..hidden];
            let h = &mut h[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let (r_at, z_at) = (at..to, hidden + at..hidden + to);
                let n_at = 2 * hidden + at..2 * hidden + to;
                let of_n: V = load(&of_state[n_at.clone()]);
                store(of_n, &mut kept[r_at.clone()]);
                let sum: V = load::<T, V>(&gates[r_at.clone()]) + load(&of_state[r_at.clone()]);
                let r = math::sigmoid(sum);
                store(r, &mut gates[r_at.clone()]);
                let n = math::tanh(r.mul_add(of_n, load(&gates[n_at.clone()])));
                store(n, &mut gates[n_at]);
                let sum: V = load::<T, V>(&gates[z_at.clone()]) + load(&of_state[z_at.clone()]);
                let z = math::sigmoid(sum);
                store(z, &mut gates[z_at]);
                store(blend(n, z, load(&h_before[r_at.clone()])), &mut h[r_at]);
            });
        }
    }
}

/// n + z (h - n)
#[inline(always)]
fn blend<T: Float, V: Lanes<T>>(n: V, z: V, h: V) -> V {
    z.mul_add(h - n, n)
}

/// Reset before the product: r and z in place of their sums, and r ⊙ h.
pub(super) struct Resets<'a, T> {
    pub hidden: usize,
    pub gates: &'a mut [T],
    pub h_before: &'a [T],
    /// r ⊙ h.
    pub kept: &'a mut [T],
}

by_rows!(Resets { kept: 1, gates: 3 } { h_before: 1 });

impl<T: Float> Kernel<T> for Resets<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, h_before, kept } = self;
        for row in 0..kept.len() / hidden {
            let gates = &mut gates[row * 3 * hidden..][..3 * hidden];
            let h_before = &h_before[row * hidden..][..hidden];
            let kept = &mut kept[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let (r_at, z_at) = (at..to, hidden + at..hidden + to);
                let r: V = math::sigmoid(load(&gates[r_at.clone()]));
                store(r, &mut gates[r_at.clone()]);
                store(r * load(&h_before[r_at.clone()]), &mut kept[r_at]);
                let z: V = math::sigmoid(load(&gates[z_at.clone()]));
                store(z, &mut gates[z_at]);
            });
        }
    }
}

/// Reset before the product: n in place of its sums, then h'.
pub(super) struct Blends<'a, T> {
    pub hidden: usize,
    pub gates: &'a mut [T],
    pub h_before: &'a [T],
    pub h: &'a mut [T],
}

by_rows!(Blends { h: 1, gates: 3 } { h_before: 1 });

impl<T: Float> Kernel<T> for Blends<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, h_before, h } = self;
        for row in 0..h.len() / hidden {
            let gates = &mut gates[row * 3 * hidden..][..3 * hidden];
            let h_before = &h_before[row * hidden..][..hidden];
            let h = &mut h[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let n_at = 2 * hidden + at..2 * hidden + to;
                let n: V = math::tanh(load(&gates[n_at.clone()]));
                store(n, &mut gates[n_at]);
                let z: V = load(&gates[hidden + at..hidden + to]);
                store(blend(n, z, load(&h_before[at..to])), &mut h[at..to]);
            });
        }
    }
}

/// The gradients of the sums of n and z, and in `dh` what goes straight to h: dh ⊙ z. With reset after the
/// product those of r too, and of the products of h, `[rows, 3 hidden]`.
pub(super) struct Backward<'a, T> {
    pub hidden: usize,
    pub gates: &'a [T],
    pub h_before: &'a [T],
    /// Whether the reset gate stands behind the product; only then is there what follows.
    pub after: bool,
    /// h Uₙ + dₙ.
    pub of_n: &'a [T],
    /// Where the gradients of the products of h go.
    pub of_state: &'a mut [T],
    pub dh: &'a mut [T],
    pub dsums: &'a mut [T],
}

by_rows!(Backward { dh: 1, dsums: 3, of_state: 3 } { gates: 3, h_before: 1, of_n: 1 }, after);

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, h_before, after, of_n, of_state, dh, dsums } = self;
        let one = V::splat(T::ONE);
        for row in 0..dh.len() / hidden {
            let gates = &gates[row * 3 * hidden..][..3 * hidden];
            let dsums = &mut dsums[row * 3 * hidden..][..3 * hidden];
            let h_before = &h_before[row * hidden..][..hidden];
            let dh = &mut dh[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let (r_at, z_at) = (at..to, hidden + at..hidden + to);
                let n_at = 2 * hidden + at..2 * hidden + to;
                let (z, n): (V, V) = (load(&gates[z_at.clone()]), load(&gates[n_at.clone()]));
                let d: V = load(&dh[r_at.clone()]);
                let d_n = d * (one - z) * ((one - n) * (one + n));
                let d_z = d * (load::<T, V>(&h_before[r_at.clone()]) - n) * (z * (one - z));
                store(d * z, &mut dh[r_at.clone()]);
                store(d_n, &mut dsums[n_at.clone()]);
                store(d_z, &mut dsums[z_at.clone()]);
                if after {
                    let of_n = &of_n[row * hidden..][..hidden];
                    let of_state = &mut of_state[row * 3 * hidden..][..3 * hidden];
                    let r: V = load(&gates[r_at.clone()]);
                    let d_r = d_n * load(&of_n[r_at.clone()]) * (r * (one - r));
                    store(d_r, &mut dsums[r_at.clone()]);
                    store(d_r, &mut of_state[r_at]);
                    store(d_z, &mut of_state[z_at]);
                    store(d_n * r, &mut of_state[n_at]);
                }
            });
        }
    }
}

/// Reset before the product: the gradient of r's sum from that of r ⊙ h; dh += its share of h.
pub(super) struct ResetsBackward<'a, T> {
    pub hidden: usize,
    pub gates: &'a [T],
    pub h_before: &'a [T],
    /// The gradient of r ⊙ h.
    pub dproduct: &'a [T],
    pub dh: &'a mut [T],
    pub dsums: &'a mut [T],
}

by_rows!(ResetsBackward { dh: 1, dsums: 3 } { gates: 3, h_before: 1, dproduct: 1 });

impl<T: Float> Kernel<T> for ResetsBackward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { hidden, gates, h_before, dproduct, dh, dsums } = self;
        let one = V::splat(T::ONE);
        for row in 0..dh.len() / hidden {
            let gates = &gates[row * 3 * hidden..][..hidden];
            let dsums = &mut dsums[row * 3 * hidden..][..hidden];
            let h_before = &h_before[row * hidden..][..hidden];
            let dproduct = &dproduct[row * hidden..][..hidden];
            let dh = &mut dh[row * hidden..][..hidden];
            each_vector!(V, hidden, |at, to| {
                let (r, d): (V, V) = (load(&gates[at..to]), load(&dproduct[at..to]));
                let d_r = d * load(&h_before[at..to]) * (r * (one - r));
                store(d_r, &mut dsums[at..to]);
                store(d.mul_add(r, load(&dh[at..to])), &mut dh[at..to]);
            });
        }
    }
}
