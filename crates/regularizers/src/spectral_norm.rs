//! Spectral normalization: a weight divided by its largest singular value.
//!
//! w is `[outer, n, inner]`, a weight with n outputs on the axis between, and stands for the matrix W of a
//! row for each output and a column for each of the outer · inner other places. With u, `[n]`, and v,
//! `[outer · inner]`, of length 1:
//!
//! | | |
//! | --- | --- |
//! | a power iteration | u = W v/‖W v‖, then v = Wᵀ u/‖Wᵀ u‖ |
//! | σ | uᵀ W v |
//! | y | w/σ |
//! | dw | (dy - (Σ dy y) u vᵀ)/σ, where u and v count as constants |
//!
//! u and v are states, kept from step to step: W moves little in one, so that an iteration a step is
//! enough for them to stay near its first singular vectors. A length below ε = 10⁻¹² counts as ε.
//!
//! Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018). Equals
//! PyTorch's `nn.utils.parametrizations.spectral_norm`.
//!
//! ```
//! use neuropil_regularizers::spectral_norm::{self, EPSILON};
//!
//! let (shape, w) = ([1, 2, 2], [3.0_f64, 0.0, 0.0, 1.0]); // singular values 3 and 1
//! let (mut u, mut v) = ([0.6, 0.8], [0.6, 0.8]);
//! for _ in 0..20 {
//!     spectral_norm::iterate(shape, &w, EPSILON, &mut u, &mut v);
//! }
//! let mut y = [0.0; 4];
//! let sigma = spectral_norm::forward(shape, &w, (&u, &v), &mut y);
//! assert!((sigma - 3.0).abs() < 1e-12 && (y[0] - 1.0).abs() < 1e-12);
//! ```

use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The least length that is divided by: 10⁻¹², as in PyTorch.
pub const EPSILON: f64 = 1e-12;

/// A power iteration: u = W v/‖W v‖, then v = Wᵀ u/‖Wᵀ u‖.
///
/// # Panics
/// If a slice has another length.
pub fn iterate<T: Float>(shape: [usize; 3], w: &[T], epsilon: f64, u: &mut [T], v: &mut [T]) {
    check_all(shape, w, u, v);
    if !w.is_empty() {
        dispatch(Iterate { shape, w, epsilon: T::of(epsilon), u, v });
    }
}

/// y = w/σ with σ = uᵀ W v, which it gives back.
///
/// # Panics
/// If a slice has another length.
pub fn forward<T: Float>(shape: [usize; 3], w: &[T], (u, v): (&[T], &[T]), y: &mut [T]) -> T {
    check_all(shape, w, u, v);
    check("y", y.len(), w.len());
    let sigma = dispatch(Bilinear { shape, w, u, v });
    for (y, &w) in y.iter_mut().zip(w) {
        *y = w / sigma;
    }
    sigma
}

/// dw += (dy - (Σ dy y) u vᵀ)/σ, with u, v and σ of [`forward`].
///
/// # Panics
/// If a slice has another length.
pub fn backward<T: Float>(
    shape: [usize; 3],
    y: &[T],
    (u, v, sigma): (&[T], &[T], T),
    dy: &[T],
    dw: &mut [T],
) {
    let [_, n, inner] = shape;
    check_all(shape, y, u, v);
    check("dy", dy.len(), y.len());
    check("dw", dw.len(), y.len());
    let along = neuropil_simd::reduce::dot(dy, y);
    let width = (n * inner).max(1);
    let places = v.chunks_exact(inner.max(1));
    for ((dy, dw), v) in dy.chunks_exact(width).zip(dw.chunks_exact_mut(width)).zip(places) {
        let outputs = dy.chunks_exact(inner.max(1)).zip(dw.chunks_exact_mut(inner.max(1)));
        for ((dy, dw), &u) in outputs.zip(u) {
            let along = along * u;
            for ((dw, &dy), &v) in dw.iter_mut().zip(dy).zip(v) {
                *dw += (dy - along * v) / sigma;
            }
        }
    }
}

fn check_all<T>([outer, n, inner]: [usize; 3], w: &[T], u: &[T], v: &[T]) {
    check("w", w.len(), outer * n * inner);
    check("u", u.len(), n);
    check("v", v.len(), outer * inner);
}

fn check(what: &str, len: usize, expected: usize) {
    assert!(len == expected, "SpectralNorm: {what} has {len} numbers instead of {expected}");
}

/// Makes the length 1, or less if it is below ε.
#[inline(always)]
fn normalize<T: Float, V: Lanes<T>>(x: &mut [T], epsilon: T) {
    let norm = within::sum_of_squares::<T, V>(x).sqrt();
    // The norm where it is NaN.
    let norm = if norm < epsilon { epsilon } else { norm };
    for x in x {
        *x /= norm;
    }
}

struct Iterate<'a, T> {
    shape: [usize; 3],
    w: &'a [T],
    epsilon: T,
    u: &'a mut [T],
    v: &'a mut [T],
}

impl<T: Float> Kernel<T> for Iterate<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, n, inner], w, epsilon, u, v } = self;
        u.fill(T::ZERO);
        for (w, v) in w.chunks_exact(n * inner).zip(v.chunks_exact(inner)) {
            if inner == 1 {
                for (u, &w) in u.iter_mut().zip(w) {
                    *u += w * v[0];
                }
            } else {
                for (u, w) in u.iter_mut().zip(w.chunks_exact(inner)) {
                    *u += within::dot::<T, V>(w, v);
                }
            }
        }
        normalize::<T, V>(u, epsilon);
        for (w, v) in w.chunks_exact(n * inner).zip(v.chunks_exact_mut(inner)) {
            if inner == 1 {
                v[0] = within::dot::<T, V>(w, u);
                continue;
            }
            v.fill(T::ZERO);
            for (&u, w) in u.iter().zip(w.chunks_exact(inner)) {
                for (v, &w) in v.iter_mut().zip(w) {
                    *v += w * u;
                }
            }
        }
        normalize::<T, V>(v, epsilon);
    }
}

/// uᵀ W v
struct Bilinear<'a, T> {
    shape: [usize; 3],
    w: &'a [T],
    u: &'a [T],
    v: &'a [T],
}

impl<T: Float> Kernel<T> for Bilinear<'_, T> {
    type Out = T;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        let Self { shape: [_, n, inner], w, u, v } = self;
        let mut sigma = T::ZERO;
        if w.is_empty() {
            return sigma;
        }
        for (w, v) in w.chunks_exact(n * inner).zip(v.chunks_exact(inner)) {
            if inner == 1 {
                sigma += within::dot::<T, V>(w, u) * v[0];
                continue;
            }
            for (&u, w) in u.iter().zip(w.chunks_exact(inner)) {
                sigma += within::dot::<T, V>(w, v) * u;
            }
        }
        sigma
    }
}
