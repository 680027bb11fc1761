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
    /// Whether the loops take two vectors at a time: worth while for a long chain of steps that
    /// leaves half of the registers free, so that the processor has something to do while each step
    /// waits for the one before.
    const IN_PAIRS: bool = false;

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
        let (f, mut x, mut y) = (self.f, self.x, self.y);
        if F::IN_PAIRS {
            let in_pairs = x.len() - x.len() % (2 * V::LEN);
            let (x_pairs, x_rest) = x.split_at(in_pairs);
            let (y_pairs, y_rest) = y.split_at_mut(in_pairs);
            (x, y) = (x_rest, y_rest);
            let pairs = x_pairs.chunks_exact(2 * V::LEN).zip(y_pairs.chunks_exact_mut(2 * V::LEN));
            for (x, y) in pairs {
                let (first, second) = (f.map(V::load(x)), f.map(V::load(&x[V::LEN..])));
                first.store(y);
                second.store(&mut y[V::LEN..]);
            }
        }
        let (mut x, mut y) = (x.chunks_exact(V::LEN), y.chunks_exact_mut(V::LEN));
        for (x, y) in (&mut x).zip(&mut y) {
            f.map(V::load(x)).store(y);
        }
        let (x, y) = (x.remainder(), y.into_remainder());
        if !x.is_empty() {
            f.map(V::load_partial(x)).store_partial(y);
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
        let (f, mut y) = (self.f, self.y);
        if F::IN_PAIRS {
            let in_pairs = y.len() - y.len() % (2 * V::LEN);
            let (y_pairs, y_rest) = y.split_at_mut(in_pairs);
            y = y_rest;
            for y in y_pairs.chunks_exact_mut(2 * V::LEN) {
                let (first, second) = (f.map(V::load(y)), f.map(V::load(&y[V::LEN..])));
                first.store(y);
                second.store(&mut y[V::LEN..]);
            }
        }
        let mut y = y.chunks_exact_mut(V::LEN);
        for y in &mut y {
            f.map(V::load(y)).store(y);
        }
        let y = y.into_remainder();
        if !y.is_empty() {
            f.map(V::load_partial(y)).store_partial(y);
        }
    }
}
