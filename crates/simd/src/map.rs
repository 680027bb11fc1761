//! Functions of one number, applied to slices.

use crate::{Float, Kernel, Lanes, dispatch};

/// A function of one number, written for vectors.
///
/// ```
/// use neuropil_simd::{Float, Lanes, Map, map};
///
/// /// x² + 1
/// #[derive(Clone, Copy)]
/// struct SquarePlusOne;
///
/// impl Map for SquarePlusOne {
///     #[inline(always)]
///     fn map<T: Float, V: Lanes<T>>(&self, x: V) -> V {
///         x.mul_add(x, V::of(1.0))
///     }
/// }
///
/// let mut y = [0.0_f32; 3];
/// map(SquarePlusOne, &[1.0, 2.0, 3.0], &mut y);
/// assert_eq!(y, [2.0, 5.0, 10.0]);
/// ```
pub trait Map: Copy {
    /// The function of each lane. Must be `#[inline(always)]`.
    fn map<T: Float, V: Lanes<T>>(&self, x: V) -> V;
}

/// y = f(x), number by number. A number's result does not depend on its place.
///
/// # Panics
/// If `x` and `y` differ in length.
pub fn map<T: Float, F: Map>(f: F, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "map: x has {} numbers, y {}", x.len(), y.len());
    dispatch(Apply { f, x, y });
}

/// y = f(y), number by number. A number's result does not depend on its place.
pub fn map_in_place<T: Float, F: Map>(f: F, y: &mut [T]) {
    dispatch(ApplyInPlace { f, y });
}

struct Apply<'a, T, F> {
    f: F,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float, F: Map> Kernel<T> for Apply<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (mut x, mut y) = (self.x.chunks_exact(V::LEN), self.y.chunks_exact_mut(V::LEN));
        for (x, y) in (&mut x).zip(&mut y) {
            self.f.map(V::load(x)).store(y);
        }
        let (x, y) = (x.remainder(), y.into_remainder());
        if !x.is_empty() {
            self.f.map(V::load_partial(x)).store_partial(y);
        }
    }
}

struct ApplyInPlace<'a, T, F> {
    f: F,
    y: &'a mut [T],
}

impl<T: Float, F: Map> Kernel<T> for ApplyInPlace<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let mut y = self.y.chunks_exact_mut(V::LEN);
        for y in &mut y {
            self.f.map(V::load(y)).store(y);
        }
        let y = y.into_remainder();
        if !y.is_empty() {
            self.f.map(V::load_partial(y)).store_partial(y);
        }
    }
}
