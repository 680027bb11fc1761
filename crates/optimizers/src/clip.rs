//! Bounding gradients by their norm, so that one bad batch can't throw the weights far away.

use neuropil_simd::{Float, Kernel, Lanes, dispatch, reduce};

/// The Euclidean norm √Σx² of a slice; 0 for an empty one, NaN if it holds a NaN.
///
/// The sum is in T and in the canonical order of `neuropil_simd::reduce`, so it is the same to the
/// bit from run to run. Where the squares leave the range of T, it is in f64, one by one: gradients
/// of 10³⁰ have a norm in `f32`, too. In `f64` a norm above 10¹⁵⁴ is infinite, and
/// one below 10⁻¹⁵⁴ loses digits.
///
/// ```
/// use neuropil_optimizers::norm;
/// assert_eq!(norm(&[3.0_f32, -4.0]), 5.0);
/// assert_eq!(norm(&[3e30_f32, -4e30]) as f32, 5e30);
/// ```
pub fn norm<T: Float>(x: &[T]) -> f64 {
    sum_of_squares(x).sqrt()
}

/// The Euclidean norm of several slices taken as one long vector: the norm of all gradients of a
/// network, tensor by tensor.
///
/// The sums of the slices are as in [`norm`], and are added in f64 in the order in which they come.
///
/// ```
/// use neuropil_optimizers::global_norm;
/// let (weight, bias) = ([2.0_f32, 3.0, -6.0], [24.0]);
/// assert_eq!(global_norm([&weight[..], &bias]), 25.0); // √(49 + 576)
/// ```
pub fn global_norm<'a, T: Float>(parts: impl IntoIterator<Item = &'a [T]>) -> f64 {
    let mut sum = 0.0;
    for part in parts {
        sum += sum_of_squares(part);
    }
    sum.sqrt()
}

/// The factor that brings gradients of this norm down to `max`: max/norm, or `None` if they may stay
/// as they are, since the norm is no larger. Also `None` if the norm is NaN or infinite: no factor
/// mends such gradients, and the caller should see them as they are.
///
/// # Panics
/// If `max` is NaN or negative.
#[must_use]
pub fn clip_factor(norm: f64, max: f64) -> Option<f64> {
    assert!(max >= 0.0, "the largest norm must be at least 0, but max is {max}");
    (norm > max && norm.is_finite()).then(|| max / norm)
}

/// x · factor, in place.
pub fn scale<T: Float>(x: &mut [T], factor: f64) {
    dispatch(Scale { factor: T::of(factor), x });
}

/// Shortens a gradient to the norm `max` if it is longer, and returns the norm that it had.
///
/// dw = dw · min(1, max/‖dw‖)
///
/// A norm that is NaN or infinite is returned, and leaves the gradient untouched.
///
/// Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks"
/// (2013), algorithm 1. Equals PyTorch's `clip_grad_norm_`, but for the 10⁻⁶ that PyTorch adds to
/// the norm.
///
/// # Panics
/// If `max` is NaN or negative.
///
/// ```
/// use neuropil_optimizers::clip_norm;
///
/// let mut dw = [3.0_f32, -4.0];
/// assert_eq!(clip_norm(&mut dw, 10.0), 5.0);
/// assert_eq!(dw, [3.0, -4.0]);
/// assert_eq!(clip_norm(&mut dw, 2.5), 5.0);
/// assert_eq!(dw, [1.5, -2.0]);
/// ```
pub fn clip_norm<T: Float>(dw: &mut [T], max: f64) -> f64 {
    clip_global_norm(&mut [dw], max)
}

/// Shortens several gradients by one factor, if their [`global_norm`] is above `max`, so that their
/// common direction remains; returns the norm that they had. Otherwise as [`clip_norm`].
///
/// # Panics
/// If `max` is NaN or negative.
///
/// ```
/// use neuropil_optimizers::clip_global_norm;
///
/// let (mut weight, mut bias) = ([2.0_f32, 3.0, -6.0], [24.0]);
/// assert_eq!(clip_global_norm(&mut [&mut weight, &mut bias], 12.5), 25.0);
/// assert_eq!((weight, bias), ([1.0, 1.5, -3.0], [12.0]));
/// ```
pub fn clip_global_norm<T: Float>(parts: &mut [&mut [T]], max: f64) -> f64 {
    let norm = global_norm(parts.iter().map(|part| &**part));
    if let Some(factor) = clip_factor(norm, max) {
        for part in parts {
            scale(part, factor);
        }
    }
    norm
}

/// Brings every number of a gradient into [-max, max].
///
/// dw = min(max, max(-max, dw)); a NaN stays NaN. Equals PyTorch's `clip_grad_value_`.
///
/// # Panics
/// If `max` is NaN or negative.
///
/// ```
/// use neuropil_optimizers::clip_value;
///
/// let mut dw = [3.0_f32, -0.5, -4.0];
/// clip_value(&mut dw, 1.0);
/// assert_eq!(dw, [1.0, -0.5, -1.0]);
/// ```
pub fn clip_value<T: Float>(dw: &mut [T], max: f64) {
    assert!(max >= 0.0, "the largest gradient must be at least 0, but max is {max}");
    dispatch(Clamp { max: T::of(max), x: dw });
}

struct Clamp<'a, T> {
    max: T,
    x: &'a mut [T],
}

impl<T: Float> Kernel<T> for Clamp<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (high, low) = (V::splat(self.max), V::splat(T::ZERO - self.max));
        let mut x = self.x.chunks_exact_mut(V::LEN);
        for x in &mut x {
            // The number stands second: where it is NaN, it is what min and max give.
            low.max(high.min(V::load(x))).store(x);
        }
        let x = x.into_remainder();
        low.max(high.min(V::load_partial(x))).store_partial(x);
    }
}

fn sum_of_squares<T: Float>(x: &[T]) -> f64 {
    let sum = reduce::sum_of_squares(x);
    // Below, squares have lost digits or vanished; above, they have overflowed.
    if sum > T::MIN_POSITIVE / T::EPSILON && sum <= T::MAX {
        return sum.to_f64();
    }
    let mut exact = 0.0;
    for x in x {
        exact += x.to_f64() * x.to_f64();
    }
    exact
}

struct Scale<'a, T> {
    factor: T,
    x: &'a mut [T],
}

impl<T: Float> Kernel<T> for Scale<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let factor = V::splat(self.factor);
        let mut x = self.x.chunks_exact_mut(V::LEN);
        for x in &mut x {
            (V::load(x) * factor).store(x);
        }
        let x = x.into_remainder();
        (V::load_partial(x) * factor).store_partial(x);
    }
}
