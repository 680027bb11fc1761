//! The gated linear unit.

use crate::activation::check_rows;
use crate::{Activation, Reads};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};

/// y = a σ(b), where a is the first and b the second half of each row: b is a gate for a, and the
/// row becomes half as wide. PyTorch's `GLU(dim=-1)`.
///
/// The derivative, from the input, with s = σ(b): da += dy s, db += dy a s (1 - s).
///
/// Source: Dauphin and others, "Language Modeling with Gated Convolutional Networks", 2017.
///
/// ```
/// use neuropil_activations::{Activation, Glu};
///
/// let x = [6.0_f32, 7.0, 0.0, 200.0]; // one row of four: a = (6, 7), b = (0, 200)
/// let mut y = [0.0; 2];
/// Glu.forward(4, &x, &mut y);
/// assert_eq!(y, [3.0, 7.0]);
/// assert_eq!(Glu.output_width(4), Some(2));
/// assert_eq!(Glu.output_width(5), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glu;

impl Activation for Glu {
    fn reads(&self) -> Reads {
        Reads::Input
    }

    fn output_width(&self, width: usize) -> Option<usize> {
        width.is_multiple_of(2).then_some(width / 2)
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        let half = check(width, x.len(), y.len(), ["x", "y"]);
        if !y.is_empty() {
            dispatch(Forward { half, x, y });
        }
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], _y: &[T], dy: &[T], dx: &mut [T]) {
        let half = check(width, dx.len(), dy.len(), ["dx", "dy"]);
        assert_eq!(x.len(), dx.len(), "Glu: x has {} numbers, dx {}", x.len(), dx.len());
        if !dx.is_empty() {
            dispatch(Backward { half, x, dy, dx });
        }
    }
}

/// Half the width of a row.
fn check(width: usize, wide: usize, narrow: usize, names: [&str; 2]) -> usize {
    assert!(width.is_multiple_of(2), "Glu: rows of {width} numbers have no halves");
    check_rows(&Glu, width, wide);
    let [wide_name, narrow_name] = names;
    assert_eq!(
        wide,
        2 * narrow,
        "Glu: {wide_name} has {wide} numbers, {narrow_name} {narrow}: not half as many"
    );
    width / 2
}

/// y = a σ(b)
struct Forward<'a, T> {
    half: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let half = self.half;
        for (x, y) in self.x.chunks_exact(2 * half).zip(self.y.chunks_exact_mut(half)) {
            let (a, b) = x.split_at(half);
            let (mut a, mut b) = (a.chunks_exact(V::LEN), b.chunks_exact(V::LEN));
            let mut y = y.chunks_exact_mut(V::LEN);
            for ((a, b), y) in (&mut a).zip(&mut b).zip(&mut y) {
                (V::load(a) * math::sigmoid(V::load(b))).store(y);
            }
            let (a, b) = (V::load_partial(a.remainder()), V::load_partial(b.remainder()));
            (a * math::sigmoid(b)).store_partial(y.into_remainder());
        }
    }
}

/// da += dy s, db += dy a s (1 - s)
struct Backward<'a, T> {
    half: usize,
    x: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let half = self.half;
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
                let (to_a, to_b) = slopes(V::load(a), V::load(b));
                let dy = V::load(dy);
                dy.mul_add(to_a, V::load(da)).store(da);
                dy.mul_add(to_b, V::load(db)).store(db);
            }
            let (a, b) = (V::load_partial(a.remainder()), V::load_partial(b.remainder()));
            let (da, db) = (da.into_remainder(), db.into_remainder());
            let (to_a, to_b) = slopes(a, b);
            let dy = V::load_partial(dy.remainder());
            dy.mul_add(to_a, V::load_partial(da)).store_partial(da);
            dy.mul_add(to_b, V::load_partial(db)).store_partial(db);
        }
    }
}

/// ∂y/∂a = s and ∂y/∂b = a s (1 - s), with s = σ(b).
#[inline(always)]
fn slopes<T: Float, V: Lanes<T>>(a: V, b: V) -> (V, V) {
    let s = math::sigmoid(b);
    (s, a * (s * (V::of(1.0) - s)))
}
