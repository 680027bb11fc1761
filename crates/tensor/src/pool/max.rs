//! The largest number in each window.

use super::share::{Parts, share};
use super::sliding::{Rows, Seeing, Sliding, describe};
use crate::{Rounding, Shape, ShapeError, Window};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The place of a window that sees no number of x.
pub(super) const NOWHERE: u32 = u32::MAX;

/// y = the largest number that a window sees; padding counts as -∞. Of equal numbers the first
/// wins; a NaN wins over any number, and the last NaN over others. PyTorch's `max_pool1d`,
/// `max_pool2d` and `max_pool3d`.
///
/// `forward` notes where in its channel each y was found, and backward adds dy there.
///
/// ```
/// use neuropil_tensor::{Rounding, Window, pool::MaxPooling};
///
/// let halves = Window { stride: 2, ..Window::new(2) };
/// let pool = MaxPooling::new([1, 2, 4], [halves; 2], Rounding::Down)?;
/// assert_eq!(pool.output().dims(), [1, 1, 2]);
///
/// let x = [1.0_f32, 2.0, 5.0, 6.0, 4.0, 3.0, 8.0, 7.0];
/// let (mut y, mut places, mut dx) = ([0.0; 2], [0; 2], [0.0; 8]);
/// pool.forward(&x, &mut y, &mut places);
/// assert_eq!((y, places), ([4.0, 8.0], [4, 6]));
/// pool.backward(&places, &[1.0, 2.0], &mut dx);
/// assert_eq!(dx, [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 2.0, 0.0]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaxPooling {
    sliding: Sliding,
}

impl MaxPooling {
    /// For rows of shape `input`, channels first, a window for each of the other axes.
    ///
    /// # Errors
    /// If the rank is not `N + 1`, an axis is empty or shorter than its window, the padding is more
    /// than half the window, or a kernel, stride or dilation is 0.
    pub fn new<const N: usize>(
        input: impl Into<Shape>,
        windows: [Window; N],
        rounding: Rounding,
    ) -> Result<Self, ShapeError> {
        let name = describe("MaxPool", &windows, rounding, "");
        Ok(Self { sliding: Sliding::new(&name, input.into(), windows, rounding)? })
    }

    /// The shape of a row of x.
    pub fn input(&self) -> Shape {
        self.sliding.planes.input_shape
    }

    /// The shape of a row of y, and of its places.
    pub fn output(&self) -> Shape {
        self.sliding.planes.output_shape
    }

    /// The largest numbers of any count of rows, and where in its channel each was found:
    /// `u32::MAX` for a window that sees padding alone.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T], places: &mut [u32]) {
        let planes = &self.sliding.planes;
        planes.check("MaxPool", x.len(), y.len());
        assert_eq!(places.len(), y.len(), "MaxPool: places and numbers of y");
        let (from, to) = (planes.input_len(), planes.output_len());
        let (y, places) = (Parts { all: y, each: to }, Parts { all: places, each: to });
        share(y, places, self.sliding.cost(), &|first, y: &mut [T], places: &mut [u32]| {
            let x = &x[first * from..][..y.len() / to * from];
            dispatch(Forward { sliding: &self.sliding, x, y, places });
        });
    }

    /// dx += dy at the places that `forward` has found.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward<T: Float>(&self, places: &[u32], dy: &[T], dx: &mut [T]) {
        self.lead_back(places, dy, dx, false);
    }

    /// [`backward`](Self::backward) into a dx of unspecified contents, which is faster than to
    /// clear it first.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward_over<T: Float>(&self, places: &[u32], dy: &[T], dx: &mut [T]) {
        self.lead_back(places, dy, dx, true);
    }

    fn lead_back<T: Float>(&self, places: &[u32], dy: &[T], dx: &mut [T], over: bool) {
        let planes = &self.sliding.planes;
        planes.check("MaxPool", dx.len(), dy.len());
        assert_eq!(places.len(), dy.len(), "MaxPool: places and numbers of dy");
        let (from, to) = (planes.input_len(), planes.output_len());
        let cost = if over { from + to } else { to };
        share(
            Parts { all: dx, each: from },
            Parts::none(),
            cost,
            &|first, dx: &mut [T], _: &mut [()]| {
                let piece = first * to..(first + dx.len() / from) * to;
                let (places, dy) = (&places[piece.clone()], &dy[piece]);
                for ((dx, dy), places) in
                    dx.chunks_exact_mut(from).zip(dy.chunks_exact(to)).zip(places.chunks_exact(to))
                {
                    if over {
                        dx.fill(T::ZERO);
                    }
                    add_at(places, dy, dx);
                }
            },
        );
    }
}

/// dx += dy at these places of one channel.
#[inline(always)]
pub(super) fn add_at<T: Float>(places: &[u32], dy: &[T], dx: &mut [T]) {
    for (&place, &dy) in places.iter().zip(dy) {
        // `NOWHERE` is no place.
        if let Some(dx) = dx.get_mut(place as usize) {
            *dx += dy;
        }
    }
}

/// The larger of the largest number so far and one behind it, with its place.
#[inline(always)]
pub(super) fn larger<T: Float>(so_far: (T, u32), x: T, place: u32) -> (T, u32) {
    let takes = (x > so_far.0) | x.is_nan();
    (if takes { x } else { so_far.0 }, if takes { place } else { so_far.1 })
}

pub(super) fn lowest<T: Float>() -> T {
    T::ZERO - T::INFINITY
}

struct Forward<'a, T> {
    sliding: &'a Sliding,
    x: &'a [T],
    y: &'a mut [T],
    places: &'a mut [u32],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let window = &self.sliding.windows[2];
        match (window.stride, window.kernel, window.dilation) {
            (2, 2, 1) => self.channels::<2, 2>(),
            (1, ..) => self.channels::<1, 0>(),
            (2, ..) => self.channels::<2, 0>(),
            _ => self.channels::<0, 0>(),
        }
    }
}

impl<T: Float> Forward<'_, T> {
    /// With a stride and a kernel along the row that are known, or 0 if they are not: 2 and 2 are
    /// windows of neighbours.
    #[inline(always)]
    fn channels<const STRIDE: usize, const KERNEL: usize>(self) {
        let Self { sliding, x, y, places } = self;
        let planes = &sliding.planes;
        let (from, to, width) = (planes.input_len(), planes.output_len(), planes.output[2]);
        let channels = y.chunks_exact_mut(to).zip(places.chunks_exact_mut(to));
        for (x, (y, places)) in x.chunks_exact(from).zip(channels) {
            let rows = y.chunks_exact_mut(width).zip(places.chunks_exact_mut(width));
            let mut place = [0, 0];
            for (y, places) in rows {
                row::<T, STRIDE, KERNEL>(sliding, sliding.rows(place), x, y, places);
                place = sliding.next(place);
            }
        }
    }
}

#[inline(always)]
fn row<T: Float, const STRIDE: usize, const KERNEL: usize>(
    sliding: &Sliding,
    rows: Rows,
    x: &[T],
    y: &mut [T],
    places: &mut [u32],
) {
    if rows.layers * rows.rows == 0 {
        y.fill(lowest());
        places.fill(NOWHERE);
        return;
    }
    let (first, end) = sliding.inside;
    for column in (0..first).chain(end..y.len()) {
        put::<T, 1>(sliding.edge(rows, column), x, column, y, places);
    }
    if KERNEL == 2 && rows.layers == 1 && rows.rows == 2 && end - first >= 4 {
        let start = sliding.whole::<STRIDE, KERNEL>(rows, first).start;
        let (y, places) = (&mut y[first..end], &mut places[first..end]);
        squares(start, rows.row_step, x, y, places);
    } else {
        blocks::<T, STRIDE, KERNEL>(sliding, rows, x, y, places);
    }
}

/// The results of windows that lie wholly on the row.
#[inline(always)]
fn blocks<T: Float, const STRIDE: usize, const KERNEL: usize>(
    sliding: &Sliding,
    rows: Rows,
    x: &[T],
    y: &mut [T],
    places: &mut [u32],
) {
    let (first, end) = sliding.inside;
    // In registers; the last block takes some of the one before it again.
    let mut column = first;
    if end - first >= 8 {
        while column < end {
            let at = column.min(end - 8);
            put::<T, 8>(sliding.whole::<STRIDE, KERNEL>(rows, at), x, at, y, places);
            column += 8;
        }
    } else if end - first >= 4 {
        while column < end {
            let at = column.min(end - 4);
            put::<T, 4>(sliding.whole::<STRIDE, KERNEL>(rows, at), x, at, y, places);
            column += 4;
        }
    } else {
        while column < end {
            put::<T, 1>(sliding.whole::<STRIDE, KERNEL>(rows, column), x, column, y, places);
            column += 1;
        }
    }
}

/// Windows of two by two beside each other, from `start` in the upper row, the most frequent of all.
#[inline(always)]
fn squares<T: Float>(start: usize, below: usize, x: &[T], y: &mut [T], places: &mut [u32]) {
    let len = y.len();
    let (upper, lower) = (&x[start..start + 2 * len], &x[start + below..start + below + 2 * len]);
    let mut column = 0;
    while column < len {
        if len >= 8 {
            let at = column.min(len - 8);
            some_squares::<T, 8>((start, below), at, (upper, lower), y, places);
            column += 8;
        } else {
            let at = column.min(len - 4);
            some_squares::<T, 4>((start, below), at, (upper, lower), y, places);
            column += 4;
        }
    }
}

/// `LEN` of them from `column` on. All slices are cut before the first comparison: with a check of
/// bounds between them the compiler makes no vectors.
#[inline(always)]
fn some_squares<T: Float, const LEN: usize>(
    (start, below): (usize, usize),
    column: usize,
    (upper, lower): (&[T], &[T]),
    y: &mut [T],
    places: &mut [u32],
) {
    let numbers = 2 * column..2 * (column + LEN);
    let (upper, lower) = (&upper[numbers.clone()], &lower[numbers]);
    let (y, places) = (&mut y[column..column + LEN], &mut places[column..column + LEN]);
    let (start, below) = ((start + 2 * column) as u32, below as u32);
    for i in 0..LEN {
        let at = start + 2 * i as u32;
        let largest = larger((upper[2 * i], at), upper[2 * i + 1], at + 1);
        let largest = larger(largest, lower[2 * i], at + below);
        (y[i], places[i]) = larger(largest, lower[2 * i + 1], at + below + 1);
    }
}

/// `LEN` results from `column` on.
#[inline(always)]
fn put<T: Float, const LEN: usize>(
    seeing: Seeing,
    x: &[T],
    column: usize,
    y: &mut [T],
    places: &mut [u32],
) {
    let Seeing { rows, start, kernel, dilation, stride } = seeing;
    let mut largest = [lowest::<T>(); LEN];
    let mut place = [NOWHERE; LEN];
    if kernel > 0 {
        for (i, place) in place.iter_mut().enumerate() {
            *place = start as u32 + (i * stride) as u32;
        }
    }
    for layer in 0..rows.layers {
        for row in 0..rows.rows {
            let at = start + layer * rows.layer_step + row * rows.row_step;
            for k in 0..kernel {
                let at = at + k * dilation;
                let x = &x[at..at + (LEN - 1) * stride + 1];
                for i in 0..LEN {
                    let here = at as u32 + (i * stride) as u32;
                    (largest[i], place[i]) = larger((largest[i], place[i]), x[i * stride], here);
                }
            }
        }
    }
    y[column..column + LEN].copy_from_slice(&largest);
    places[column..column + LEN].copy_from_slice(&place);
}
