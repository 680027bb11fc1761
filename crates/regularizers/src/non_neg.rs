//! Weights that are not negative.

use crate::{Constraint, Units};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// No weight is negative:
///
/// w = max(w, 0)
///
/// Zero keeps its sign, NaN stays NaN.
///
/// Source: Keras's `NonNeg`. PyTorch's `w.clamp_(min=0)`.
///
/// ```
/// use neuropil_regularizers::{Constraint, NonNeg, Units};
///
/// let mut w = [0.5_f32, -3.0];
/// NonNeg.project(Units::whole(2), &mut w);
/// assert_eq!(w, [0.5, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonNeg;

impl Constraint for NonNeg {
    fn name(&self) -> String {
        "NonNeg".into()
    }

    fn project<T: Float>(&self, units: Units, w: &mut [T]) {
        units.check(w.len());
        dispatch(Positive { w });
    }
}

/// w = max(w, 0)
struct Positive<'a, T> {
    w: &'a mut [T],
}

impl<T: Float> Kernel<T> for Positive<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let zero = V::splat(T::ZERO);
        let mut w = self.w.chunks_exact_mut(V::LEN);
        for w in &mut w {
            // The number stands second: where it is NaN, it is what max gives.
            zero.max(V::load(w)).store(w);
        }
        let w = w.into_remainder();
        zero.max(V::load_partial(w)).store_partial(w);
    }
}
