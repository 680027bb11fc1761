//! y = a g(b), where a is the first and b the second half of each row: the loops of all gated linear
//! units, which differ in g alone.

use crate::activation::check_rows;
use crate::{Activation, Elementwise};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The width of the output.
pub(crate) fn output_width(width: usize) -> Option<usize> {
    width.is_multiple_of(2).then_some(width / 2)
}

/// y = a g(b)
pub(crate) fn forward<T: Float>(
    activation: &impl Activation,
    g: &impl Elementwise,
    width: usize,
    x: &[T],
    y: &mut [T],
) {
    let half = check(activation, width, x.len(), y.len(), ["x", "y"]);
    if !y.is_empty() {
        dispatch(Forward { g, half, x, y });
    }
}

/// da += dy g(b), db += dy a g'(b)
pub(crate) fn backward<T: Float>(
    activation: &impl Activation,
    g: &impl Elementwise,
    width: usize,
    x: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    let half = check(activation, width, dx.len(), dy.len(), ["dx", "dy"]);
    let name = activation.name();
    assert_eq!(x.len(), dx.len(), "{name}: x has {} numbers, dx {}", x.len(), dx.len());
    if !dx.is_empty() {
        dispatch(Backward { g, half, x, dy, dx });
    }
}

/// Half the width of a row.
fn check(
    activation: &impl Activation,
    width: usize,
    wide: usize,
    narrow: usize,
    names: [&str; 2],
) -> usize {
    let name = activation.name();
    assert!(width.is_multiple_of(2), "{name}: rows of {width} numbers have no halves");
    check_rows(activation, width, wide);
    let [wide_name, narrow_name] = names;
    assert_eq!(
        wide,
        2 * narrow,
        "{name}: {wide_name} has {wide} numbers, {narrow_name} {narrow}: not half as many"
    );
    width / 2
}

/// y = a g(b)
struct Forward<'a, G, T> {
    g: &'a G,
    half: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<G: Elementwise, T: Float> Kernel<T> for Forward<'_, G, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (g, half) = (self.g, self.half);
        for (x, y) in self.x.chunks_exact(2 * half).zip(self.y.chunks_exact_mut(half)) {
            let (a, b) = x.split_at(half);
            let (mut a, mut b) = (a.chunks_exact(V::LEN), b.chunks_exact(V::LEN));
            let mut y = y.chunks_exact_mut(V::LEN);
            for ((a, b), y) in (&mut a).zip(&mut b).zip(&mut y) {
                (V::load(a) * g.value::<T, V>(V::load(b))).store(y);
            }
            let (a, b) = (V::load_partial(a.remainder()), V::load_partial(b.remainder()));
            (a * g.value::<T, V>(b)).store_partial(y.into_remainder());
        }
    }
}

/// da += dy g(b), db += dy a g'(b)
struct Backward<'a, G, T> {
    g: &'a G,
    half: usize,
    x: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<G: Elementwise, T: Float> Kernel<T> for Backward<'_, G, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (g, half) = (self.g, self.half);
        let rows = self.x.chunks_exact(2 * half).zip(self.dy.chunks_exact(half));
        for ((x, dy), dx) in rows.zip(self.dx.chunks_exact_mut(2 * half)) {
            let (a, b) = x.split_at(half);
            let (da, db) = dx.split_at_mut(half);
            let (mut a, mut b) = (a.chunks_exact(V::LEN), b.chunks_exact(V::LEN));
            let (mut da, mut db) = (da.chunks_exact_mut(V::LEN), db.chunks_exact_mut(V::LEN));
            let mut dy = dy.chunks_exact(V::LEN);
            for ((((a, b), dy), da), db) in
                (&mut a).zip(&mut b).zip(&mut dy).zip(&mut da).zip(&mut db)
            {
                let (to_a, to_b) = slopes::<T, V>(g, V::load(a), V::load(b));
                let dy = V::load(dy);
                dy.mul_add(to_a, V::load(da)).store(da);
                dy.mul_add(to_b, V::load(db)).store(db);
            }
            let (a, b) = (V::load_partial(a.remainder()), V::load_partial(b.remainder()));
            let (da, db) = (da.into_remainder(), db.into_remainder());
            let (to_a, to_b) = slopes::<T, V>(g, a, b);
            let dy = V::load_partial(dy.remainder());
            dy.mul_add(to_a, V::load_partial(da)).store_partial(da);
            dy.mul_add(to_b, V::load_partial(db)).store_partial(db);
        }
    }
}

/// ∂y/∂a = g(b) and ∂y/∂b = a g'(b).
#[inline(always)]
fn slopes<T: Float, V: Lanes<T>>(g: &impl Elementwise, a: V, b: V) -> (V, V) {
    let value = g.value::<T, V>(b);
    (value, a * g.slope::<T, V>(b, value))
}
