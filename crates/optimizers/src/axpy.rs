//! y += a x, of which sums of rows are made.

use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// y += a x
pub(crate) fn axpy<T: Float>(a: f64, x: &[T], y: &mut [T]) {
    assert!(x.len() == y.len(), "x has {} numbers, but y has {}", x.len(), y.len());
    dispatch(Axpy { a: T::of(a), x, y });
}

struct Axpy<'a, T> {
    a: T,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Axpy<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let a = V::splat(self.a);
        let (mut x, mut y) = (self.x.chunks_exact(V::LEN), self.y.chunks_exact_mut(V::LEN));
        for (x, y) in (&mut x).zip(&mut y) {
            a.mul_add(V::load(x), V::load(y)).store(y);
        }
        let (x, y) = (x.remainder(), y.into_remainder());
        a.mul_add(V::load_partial(x), V::load_partial(y)).store_partial(y);
    }
}
