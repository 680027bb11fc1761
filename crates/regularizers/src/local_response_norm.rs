//! Local response normalization: each number damped by the squares of the channels around it.
//!
//! x is `[rows, channels, inner]`: `inner` is the product of the axes behind the channels. With a
//! window of `size` channels, from ⌊size/2⌋ before a channel to ⌊(size - 1)/2⌋ behind it, cut off at the
//! ends:
//!
//! | | |
//! | --- | --- |
//! | d | k + α/size Σ over the window of x² |
//! | y | x d^-β |
//! | dx | dy d^-β - 2 α β/size x Σ over the channels whose window holds this one of dy x d^(-β - 1) |
//!
//! α is divided by the size of the window, as in PyTorch; the paper does not. By default α is 10⁻⁴, β is
//! 0.75 and k is 1; the paper takes 5 channels, k = 2. d is kept for the way back. Where d is 0 (k = 0 and
//! a window of zeros), y is NaN.
//!
//! Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
//! Networks" (2012), section 3.3. Equals PyTorch's `nn.LocalResponseNorm`.
//!
//! ```
//! use neuropil_regularizers::local_response_norm::{self, Response};
//!
//! let of = Response { size: 2, alpha: 2.0, beta: 1.0, k: 1.0 };
//! let (x, mut y, mut d) = ([1.0_f64, 2.0], [0.0; 2], [0.0; 2]); // two channels
//! local_response_norm::forward([1, 2, 1], of, &x, &mut y, &mut d);
//! assert_eq!(d, [2.0, 6.0]); // 1 + 2/2 · 1, and 1 + 2/2 · (1 + 4)
//! assert!((y[0] - 0.5).abs() < 1e-12 && (y[1] - 1.0 / 3.0).abs() < 1e-12);
//! ```

use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};
use std::ops::Range;

/// The settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// Channels of a window.
    pub size: usize,
    /// What the mean of the squares is multiplied with.
    pub alpha: f64,
    /// The exponent.
    pub beta: f64,
    /// What is added.
    pub k: f64,
}

impl Response {
    /// A window of so many channels with α = 10⁻⁴, β = 0.75 and k = 1.
    pub const fn new(size: usize) -> Self {
        Self { size, alpha: 1e-4, beta: 0.75, k: 1.0 }
    }

    /// The channels of the window of channel c.
    #[inline(always)]
    fn window(self, c: usize, channels: usize) -> Range<usize> {
        c.saturating_sub(self.size / 2)..channels.min(c + (self.size - 1) / 2 + 1)
    }

    /// The channels in whose windows channel c is.
    #[inline(always)]
    fn windows_of(self, c: usize, channels: usize) -> Range<usize> {
        c.saturating_sub((self.size - 1) / 2)..channels.min(c + self.size / 2 + 1)
    }
}

/// y = x d^-β; `x`, `y` and `d` are `[rows, channels, inner]`. Writes d for the way back.
///
/// # Panics
/// If the window is empty, or a slice has another length.
pub fn forward<T: Float>(shape: [usize; 3], of: Response, x: &[T], y: &mut [T], d: &mut [T]) {
    check_all(shape, of, [x.len(), y.len(), d.len()]);
    if !x.is_empty() {
        dispatch(Forward { shape, of, x, y, d });
    }
}

/// dx += dy d^-β - 2 α β/size x Σ dy x d^(-β - 1); all are `[rows, channels, inner]`, d is what [`forward`] has
/// written, and `scratch` may hold anything.
///
/// # Panics
/// If the window is empty, or a slice has another length.
pub fn backward<T: Float>(
    shape: [usize; 3],
    of: Response,
    (x, d, dy): (&[T], &[T], &[T]),
    scratch: &mut [T],
    dx: &mut [T],
) {
    check_all(shape, of, [x.len(), d.len(), dy.len()]);
    check_all(shape, of, [x.len(), scratch.len(), dx.len()]);
    if !x.is_empty() {
        dispatch(Backward { shape, of, x, d, dy, terms: scratch, dx });
    }
}

fn check_all([rows, channels, inner]: [usize; 3], of: Response, lens: [usize; 3]) {
    assert!(of.size > 0, "LocalResponseNorm: a window of 0 channels");
    let expected = rows * channels * inner;
    for len in lens {
        assert!(len == expected, "LocalResponseNorm: {len} numbers instead of {expected}");
    }
}

/// A vector from place `i` on, or what is left of one.
#[inline(always)]
fn at<T: Float, V: Lanes<T>>(x: &[T], i: usize) -> V {
    if x.len() - i >= V::LEN { V::load(&x[i..]) } else { V::load_partial(&x[i..]) }
}

#[inline(always)]
fn put<T: Float, V: Lanes<T>>(value: V, y: &mut [T], i: usize) {
    if y.len() - i >= V::LEN { value.store(&mut y[i..]) } else { value.store_partial(&mut y[i..]) }
}

/// d^-β
#[inline(always)]
fn damping<T: Float, V: Lanes<T>>(d: V, beta: V) -> V {
    math::exp(math::ln(d) * -beta)
}

struct Forward<'a, T> {
    shape: [usize; 3],
    of: Response,
    x: &'a [T],
    y: &'a mut [T],
    d: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, channels, inner], of, x, y, d } = self;
        let (share, k, beta) = (V::of(of.alpha / of.size as f64), V::of(of.k), V::of(of.beta));
        let width = channels * inner;
        let rows = x.chunks_exact(width).zip(y.chunks_exact_mut(width));
        for ((x, y), d) in rows.zip(d.chunks_exact_mut(width)) {
            for c in 0..channels {
                let plane = c * inner..(c + 1) * inner;
                let (own, y, d) = (&x[plane.clone()], &mut y[plane.clone()], &mut d[plane]);
                let mut i = 0;
                while i < inner {
                    let mut sum = V::of(0.0);
                    for c in of.window(c, channels) {
                        let x = at::<T, V>(&x[c * inner..(c + 1) * inner], i);
                        sum = x.mul_add(x, sum);
                    }
                    let d_i = sum.mul_add(share, k);
                    put(d_i, d, i);
                    put(at::<T, V>(own, i) * damping(d_i, beta), y, i);
                    i += V::LEN;
                }
            }
        }
    }
}

struct Backward<'a, T> {
    shape: [usize; 3],
    of: Response,
    x: &'a [T],
    d: &'a [T],
    dy: &'a [T],
    terms: &'a mut [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { shape: [_, channels, inner], of, x, d, dy, terms, dx } = self;
        let beta = V::of(of.beta);
        // dy d^-β is added, and dy x d^(-β - 1) laid down.
        let mut i = 0;
        while i < x.len() {
            let (d, dy) = (at::<T, V>(d, i), at::<T, V>(dy, i));
            let damped = dy * damping(d, beta);
            put(damped * at::<T, V>(x, i) / d, terms, i);
            put(at::<T, V>(dx, i) + damped, dx, i);
            i += V::LEN;
        }
        let factor = V::of(-2.0 * of.alpha * of.beta / of.size as f64);
        let width = channels * inner;
        let rows = x.chunks_exact(width).zip(terms.chunks_exact(width));
        for ((x, terms), dx) in rows.zip(dx.chunks_exact_mut(width)) {
            for c in 0..channels {
                let plane = c * inner..(c + 1) * inner;
                let (x, dx) = (&x[plane.clone()], &mut dx[plane]);
                let mut i = 0;
                while i < inner {
                    let mut sum = V::of(0.0);
                    for c in of.windows_of(c, channels) {
                        sum = sum + at::<T, V>(&terms[c * inner..(c + 1) * inner], i);
                    }
                    let change = (at::<T, V>(x, i) * factor).mul_add(sum, at::<T, V>(dx, i));
                    put(change, dx, i);
                    i += V::LEN;
                }
            }
        }
    }
}
