//! The largest of several pieces.

use crate::activation::check_rows;
use crate::{Activation, ActivationError, Reads};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// y_i = max_j x_(j n + i), the largest of `pieces` numbers: each row is so many blocks of n units,
/// and becomes one block. Behind a linear layer each unit is a convex function of straight pieces,
/// which is learned. Beyond PyTorch: `x.unflatten(-1, (pieces, -1)).amax(-2)`; TensorFlow Addons'
/// `Maxout` has the pieces of a unit side by side.
///
/// The derivative, from input and output: dy goes to the piece that is the largest, the first of equal
/// ones. A NaN makes its unit NaN.
///
/// Source: Goodfellow et al., "Maxout Networks" (2013).
///
/// ```
/// use neuropil_activations::{Activation, Maxout};
///
/// let maxout = Maxout::new(3)?;
/// let x = [1.0_f32, 5.0, 3.0, -5.0, 2.0, 5.0]; // one row: three blocks of two
/// let (mut y, mut dx) = ([0.0; 2], [0.0; 6]);
/// maxout.forward(6, &x, &mut y);
/// assert_eq!(y, [3.0, 5.0]);
/// maxout.backward(6, &x, &y, &[1.0, 2.0], &mut dx);
/// assert_eq!(dx, [0.0, 2.0, 1.0, 0.0, 0.0, 0.0]);
/// assert_eq!(maxout.output_width(7), None);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maxout {
    pieces: usize,
}

impl Maxout {
    /// Of so many pieces.
    ///
    /// # Errors
    /// If there are none.
    pub fn new(pieces: usize) -> Result<Self, ActivationError> {
        match pieces {
            0 => Err(ActivationError::None { activation: "Maxout", setting: "pieces" }),
            _ => Ok(Self { pieces }),
        }
    }

    /// The units of a row.
    fn check(&self, width: usize, wide: usize, narrow: usize, names: [&str; 2]) -> usize {
        let ([x, y], pieces) = (names, self.pieces);
        assert!(
            width.is_multiple_of(pieces),
            "Maxout: rows of {width} numbers have no {pieces} equal pieces"
        );
        check_rows(self, width, wide);
        assert_eq!(
            wide,
            pieces * narrow,
            "Maxout: {x} has {wide} numbers, {y} {narrow}, for {pieces} pieces"
        );
        width / pieces
    }
}

impl Activation for Maxout {
    fn reads(&self) -> Reads {
        Reads::Both
    }

    fn output_width(&self, width: usize) -> Option<usize> {
        width.is_multiple_of(self.pieces).then(|| width / self.pieces)
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        let units = self.check(width, x.len(), y.len(), ["x", "y"]);
        if !y.is_empty() {
            dispatch(Forward { width, units, x, y });
        }
    }

    fn backward<T: Float>(&self, width: usize, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        let units = self.check(width, dx.len(), dy.len(), ["dx", "dy"]);
        assert_eq!(x.len(), dx.len(), "Maxout: x has {} numbers, dx {}", x.len(), dx.len());
        let (y_len, dy_len) = (y.len(), dy.len());
        assert_eq!(
            y_len, dy_len,
            "Maxout: y has {y_len} numbers, dy {dy_len}, for rows of {width}"
        );
        if !dx.is_empty() {
            dispatch(Backward { width, units, x, y, dy, dx });
        }
    }
}

/// The first numbers of `a`, as many as there are for a vector.
#[inline(always)]
fn load<T: Float, V: Lanes<T>>(a: &[T]) -> V {
    if a.len() < V::LEN { V::load_partial(a) } else { V::load(a) }
}

/// Writes to the first places of `a`, as many as there are for a vector.
#[inline(always)]
fn store<T: Float, V: Lanes<T>>(x: V, a: &mut [T]) {
    if a.len() < V::LEN { x.store_partial(a) } else { x.store(a) }
}

/// y = max over the pieces
struct Forward<'a, T> {
    width: usize,
    units: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, units, x, y } = self;
        for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(units)) {
            let mut i = 0;
            while i < units {
                let mut largest = load::<T, V>(&x[i..units]);
                for piece in x.chunks_exact(units).skip(1) {
                    let x = load::<T, V>(&piece[i..]);
                    // A NaN stays, on either side.
                    largest = V::select(largest.is_nan() | x.le(largest), largest, x);
                }
                store(largest, &mut y[i..]);
                i += V::LEN;
            }
        }
    }
}

/// dx += dy for the first piece that is y
struct Backward<'a, T> {
    width: usize,
    units: usize,
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, units, x, y, dy, dx } = self;
        let rows = x.chunks_exact(width).zip(y.chunks_exact(units)).zip(dy.chunks_exact(units));
        for (((x, y), dy), dx) in rows.zip(dx.chunks_exact_mut(width)) {
            let mut i = 0;
            while i < units {
                let (y, dy) = (load::<T, V>(&y[i..]), load::<T, V>(&dy[i..]));
                let mut free = !V::first(0);
                for (x, dx) in x.chunks_exact(units).zip(dx.chunks_exact_mut(units)) {
                    let x = load::<T, V>(&x[i..]);
                    // If y is NaN, one of the pieces is.
                    let hit = free & (x.eq(y) | x.is_nan());
                    free = free & !hit;
                    let dx = &mut dx[i..];
                    let sum = load::<T, V>(dx) + V::select(hit, dy, V::of(0.0));
                    store(sum, dx);
                }
                i += V::LEN;
            }
        }
    }
}
