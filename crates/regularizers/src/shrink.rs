//! What the absolute penalties compute: Σ|w|, its slope, and the soft threshold.

use neuropil_simd::reduce::{Term, sum_of};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// |x|
#[derive(Clone, Copy)]
struct Absolute;

impl<T: Float> Term<T, 1> for Absolute {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        x.abs()
    }
}

pub(crate) fn sum_of_absolutes<T: Float>(w: &[T]) -> f64 {
    sum_of(Absolute, [w]).to_f64()
}

/// dw += absolute sign(w) + square w, without the square if there is none: 0 times ∞ is no number.
pub(crate) struct Sign<'a, T> {
    pub absolute: T,
    pub square: Option<T>,
    pub w: &'a [T],
    pub dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for Sign<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { absolute, square, w, dw } = self;
        let mut w = w.chunks_exact(V::LEN);
        let mut dw = dw.chunks_exact_mut(V::LEN);
        for (w, dw) in (&mut w).zip(&mut dw) {
            slope(absolute, square, V::load(w), V::load(dw)).store(dw);
        }
        let (w, dw) = (w.remainder(), dw.into_remainder());
        slope(absolute, square, V::load_partial(w), V::load_partial(dw)).store_partial(dw);
    }
}

/// dw + absolute sign(w) + square w
#[inline(always)]
fn slope<T: Float, V: Lanes<T>>(absolute: T, square: Option<T>, w: V, dw: V) -> V {
    // Chosen, not multiplied by: zero has no sign here, and NaN is none but its own.
    let sign = V::select(w.eq(V::splat(T::ZERO)), w, V::splat(absolute).copysign(w));
    let dw = dw + V::select(w.is_nan(), w, sign);
    match square {
        None => dw,
        Some(square) => V::splat(square).mul_add(w, dw),
    }
}

/// w = sign(w) max(|w| - threshold, 0) factor
pub(crate) fn soft_threshold<T: Float>(threshold: f64, factor: f64, w: &mut [T]) {
    dispatch(Soft { threshold: T::of(threshold), factor: T::of(factor), w });
}

struct Soft<'a, T> {
    threshold: T,
    factor: T,
    w: &'a mut [T],
}

impl<T: Float> Kernel<T> for Soft<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (high, low) = (V::splat(self.threshold), V::splat(T::ZERO - self.threshold));
        let factor = V::splat(self.factor);
        // Where the number lies within the threshold, it is taken from itself: exactly 0. Where it is
        // NaN, it is what min and max give, since it stands second.
        let soft = |w: V| (w - low.max(high.min(w))) * factor;
        let mut w = self.w.chunks_exact_mut(V::LEN);
        for w in &mut w {
            soft(V::load(w)).store(w);
        }
        let w = w.into_remainder();
        soft(V::load_partial(w)).store_partial(w);
    }
}
