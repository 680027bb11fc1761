//! Weight normalization: a weight taken apart into lengths and directions.
//!
//! v is `[outer, n, inner]`, a weight with n outputs on the axis between: a convolution's
//! `[1, outputs, inputs · places]`, a matrix `[inputs, outputs, 1]`. With a length g for each output j, and
//! sums over all of v that belong to it:
//!
//! | | |
//! | --- | --- |
//! | ‖v‖ | √Σ v² |
//! | w | g v/‖v‖ |
//! | dg | Σ dw v/‖v‖ |
//! | dv | g/‖v‖ (dw - v/‖v‖ dg) |
//!
//! ‖v‖ is kept for the way back. An output whose v is all zeros has no direction: its w is NaN, as in
//! PyTorch. Sums over `inner` are in the canonical order of [`neuropil_simd::reduce`], those over `outer` in
//! theirs.
//!
//! Source: Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate
//! Training of Deep Neural Networks" (2016). Equals PyTorch's `nn.utils.parametrizations.weight_norm`.
//!
//! ```
//! use neuropil_regularizers::weight_norm;
//!
//! let (v, g) = ([3.0_f64, 4.0], [10.0]); // one output of two inputs
//! let (mut w, mut norm) = ([0.0; 2], [0.0]);
//! weight_norm::forward([1, 1, 2], &v, &g, &mut w, &mut norm);
//! assert_eq!((w, norm), ([6.0, 8.0], [5.0]));
//! ```

use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// w = g v/‖v‖; `v` and `w` are `[outer, n, inner]`, `g` is `[n]`. Writes ‖v‖ to `norm`, `[n]`.
///
/// # Panics
/// If a slice has another length.
pub fn forward<T: Float>(shape: [usize; 3], v: &[T], g: &[T], w: &mut [T], norm: &mut [T]) {
    norms(shape, v, norm);
    let [_, n, inner] = shape;
    check("g", g.len(), n);
    check("w", w.len(), v.len());
    for (v, w) in v.chunks_exact((n * inner).max(1)).zip(w.chunks_exact_mut((n * inner).max(1))) {
        let outputs = v.chunks_exact(inner.max(1)).zip(w.chunks_exact_mut(inner.max(1)));
        for ((v, w), (&g, &norm)) in outputs.zip(g.iter().zip(&*norm)) {
            let scale = g / norm;
            for (w, &v) in w.iter_mut().zip(v) {
                *w = v * scale;
            }
        }
    }
}

/// ‖v‖ of each output: what g starts with, so that w = v.
///
/// # Panics
/// If a slice has another length.
pub fn norms<T: Float>(shape: [usize; 3], v: &[T], norm: &mut [T]) {
    check("v", v.len(), shape.iter().product());
    check("norm", norm.len(), shape[1]);
    norm.fill(T::ZERO);
    if !v.is_empty() {
        dispatch(Dots { shape, a: v, b: v, sums: norm });
    }
    for norm in norm {
        *norm = norm.sqrt();
    }
}

/// dg += Σ dw v/‖v‖ and dv += g/‖v‖ (dw - v/‖v‖ Σ dw v/‖v‖), where they are wanted; `scratch` is `[n]` and
/// may hold anything.
///
/// # Panics
/// If a slice has another length.
pub fn backward<T: Float>(
    shape: [usize; 3],
    (v, g, norm): (&[T], &[T], &[T]),
    dw: &[T],
    scratch: &mut [T],
    dv: Option<&mut [T]>,
    dg: Option<&mut [T]>,
) {
    let [_, n, inner] = shape;
    check("v", v.len(), shape.iter().product());
    check("dw", dw.len(), v.len());
    for (what, len) in [("g", g.len()), ("norm", norm.len()), ("scratch", scratch.len())] {
        check(what, len, n);
    }
    scratch.fill(T::ZERO);
    if v.is_empty() {
        return;
    }
    dispatch(Dots { shape, a: dw, b: v, sums: scratch });
    for (along, &norm) in scratch.iter_mut().zip(norm) {
        *along /= norm;
    }
    if let Some(dg) = dg {
        check("dg", dg.len(), n);
        for (dg, &along) in dg.iter_mut().zip(&*scratch) {
            *dg += along;
        }
    }
    if let Some(dv) = dv {
        check("dv", dv.len(), v.len());
        let width = n * inner;
        let all = v.chunks_exact(width).zip(dw.chunks_exact(width));
        for ((v, dw), dv) in all.zip(dv.chunks_exact_mut(width)) {
            for j in 0..n {
                let (scale, back) = (g[j] / norm[j], scratch[j] / norm[j]);
                let at = j * inner..(j + 1) * inner;
                let slices = v[at.clone()].iter().zip(&dw[at.clone()]);
                for ((&v, &dw), dv) in slices.zip(&mut dv[at]) {
                    *dv += scale * (dw - v * back);
                }
            }
        }
    }
}

fn check(what: &str, len: usize, expected: usize) {
    assert!(len == expected, "WeightNorm: {what} has {len} numbers instead of {expected}");
}

/// sums += Σ a b of each output.
struct Dots<'a, T> {
    shape: [usize; 3],
    a: &'a [T],
    b: &'a [T],
    sums: &'a mut [T],
}

impl<T: Float> Kernel<T> for Dots<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, n, inner], a, b, sums } = self;
        for (a, b) in a.chunks_exact(n * inner).zip(b.chunks_exact(n * inner)) {
            if inner == 1 {
                for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                    *sum += a * b;
                }
                continue;
            }
            let outputs = a.chunks_exact(inner).zip(b.chunks_exact(inner));
            for ((a, b), sum) in outputs.zip(sums.iter_mut()) {
                *sum += within::dot::<T, V>(a, b);
            }
        }
    }
}
