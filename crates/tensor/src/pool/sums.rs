//! Sums over windows, of which averages and norms are made.

use super::share::{Parts, share};
use super::sliding::{Rows, Seeing, Sliding};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// What is summed, and what is made of the sum.
pub(super) trait Term: Copy + Sync {
    /// Whether the slope depends on x and y.
    const READS: bool;

    /// What a number adds to the sum.
    fn term<T: Float>(self, x: T) -> T;

    /// y, from the sum and what [`Sums`] counts for the window.
    fn finish<T: Float>(self, sum: T, count: T) -> T;

    /// What all slopes of a window have in common: dy times it.
    fn common<T: Float>(self, y: T, dy: T, count: T) -> T;

    /// The gradient of one number, from what is common.
    fn slope<T: Float>(self, x: T, y: T, common: T) -> T;
}

/// What is counted for a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Count {
    /// Its places on the axes and in the padding.
    Padded,
    /// The numbers that it sees.
    Seen,
    /// The same for all.
    Fixed(usize),
}

/// Windows with their counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sums {
    pub sliding: Sliding,
    pub count: Count,
}

/// A row of y with what its windows have in common.
#[derive(Clone, Copy)]
struct Row {
    rows: Rows,
    /// The count of the windows on the axes before the last; 1 if it is fixed.
    counted: usize,
}

impl Sums {
    pub fn forward<T: Float>(&self, kind: &str, term: impl Term, x: &[T], y: &mut [T]) {
        let planes = &self.sliding.planes;
        planes.check(kind, x.len(), y.len());
        let (from, to) = (planes.input_len(), planes.output_len());
        share(
            Parts { all: y, each: to },
            Parts::none(),
            self.sliding.cost(),
            &|first, y: &mut [T], _: &mut [()]| {
                let x = &x[first * from..][..y.len() / to * from];
                dispatch(Forward { sums: self, term, x, y });
            },
        );
    }

    /// dx += ∂y/∂x dy. `x` and `y` may be empty if `term` does not read them.
    pub fn backward<T: Float, M: Term>(
        &self,
        kind: &str,
        term: M,
        (x, y, dy): (&[T], &[T], &[T]),
        dx: &mut [T],
        over: bool,
    ) {
        let planes = &self.sliding.planes;
        planes.check(kind, dx.len(), dy.len());
        if M::READS {
            assert_eq!((x.len(), y.len()), (dx.len(), dy.len()), "{kind}: x and y, dx and dy");
        }
        let (from, to) = (planes.input_len(), planes.output_len());
        share(
            Parts { all: dx, each: from },
            Parts::none(),
            self.sliding.cost(),
            &|first, dx: &mut [T], _: &mut [()]| {
                let channels = dx.len() / from;
                let (inner, outer) =
                    (first * from..(first + channels) * from, first * to..(first + channels) * to);
                let (x, y) = if M::READS { (&x[inner], &y[outer.clone()]) } else { (x, y) };
                dispatch(Backward { sums: self, term, x, y, dy: &dy[outer], dx, over });
            },
        );
    }

    #[inline(always)]
    fn row(&self, place: [usize; 2]) -> Row {
        let rows = self.sliding.rows(place);
        let counted = match self.count {
            Count::Padded => {
                self.sliding.padded(0, rows.place[0]) * self.sliding.padded(1, rows.place[1])
            }
            Count::Seen => rows.layers * rows.rows,
            Count::Fixed(_) => 1,
        };
        Row { rows, counted }
    }

    /// The count of a window that sees `seen` numbers of a row.
    #[inline(always)]
    fn count<T: Float>(&self, row: Row, column: usize, seen: usize) -> T {
        let count = match self.count {
            Count::Padded => row.counted * self.sliding.padded(2, column),
            Count::Seen => row.counted * seen,
            Count::Fixed(count) => count,
        };
        T::of(count as f64)
    }
}

struct Forward<'a, T, M> {
    sums: &'a Sums,
    term: M,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float, M: Term> Kernel<T> for Forward<'_, T, M> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let window = &self.sums.sliding.windows[2];
        match (window.stride, window.kernel, window.dilation) {
            (2, 2, 1) => self.channels::<2, 2>(),
            (1, ..) => self.channels::<1, 0>(),
            (2, ..) => self.channels::<2, 0>(),
            _ => self.channels::<0, 0>(),
        }
    }
}

impl<T: Float, M: Term> Forward<'_, T, M> {
    /// With a stride and a kernel along the row that are known, or 0 if they are not.
    #[inline(always)]
    fn channels<const STRIDE: usize, const KERNEL: usize>(self) {
        let Self { sums, term, x, y } = self;
        let Sums { sliding, .. } = sums;
        let planes = &sliding.planes;
        let (from, to, width) = (planes.input_len(), planes.output_len(), planes.output[2]);
        let (first, end) = sliding.inside;
        for (x, y) in x.chunks_exact(from).zip(y.chunks_exact_mut(to)) {
            let mut place = [0, 0];
            for y in y.chunks_exact_mut(width) {
                let row = sums.row(place);
                place = sliding.next(place);
                for column in (0..first).chain(end..width) {
                    let seeing = sliding.edge(row.rows, column);
                    let count = sums.count(row, column, seeing.kernel);
                    y[column] = block::<T, M, 1>(term, seeing, x, count)[0];
                }
                if first == end {
                    continue;
                }
                let count = sums.count(row, first, sliding.windows[2].kernel);
                let mut column = first;
                // The last block makes some results of the one before it again.
                if end - first >= 8 {
                    while column < end {
                        let at = column.min(end - 8);
                        let seeing = sliding.whole::<STRIDE, KERNEL>(row.rows, at);
                        let made = block::<T, M, 8>(term, seeing, x, count);
                        y[at..at + 8].copy_from_slice(&made);
                        column += 8;
                    }
                } else if end - first >= 4 {
                    while column < end {
                        let at = column.min(end - 4);
                        let seeing = sliding.whole::<STRIDE, KERNEL>(row.rows, at);
                        let made = block::<T, M, 4>(term, seeing, x, count);
                        y[at..at + 4].copy_from_slice(&made);
                        column += 4;
                    }
                } else {
                    while column < end {
                        let seeing = sliding.whole::<STRIDE, KERNEL>(row.rows, column);
                        y[column] = block::<T, M, 1>(term, seeing, x, count)[0];
                        column += 1;
                    }
                }
            }
        }
    }
}

/// `LEN` results, each a chain of its own.
#[inline(always)]
fn block<T: Float, M: Term, const LEN: usize>(
    term: M,
    seeing: Seeing,
    x: &[T],
    count: T,
) -> [T; LEN] {
    let Seeing { rows, start, kernel, dilation, stride } = seeing;
    let mut sum = [T::ZERO; LEN];
    for layer in 0..rows.layers {
        for row in 0..rows.rows {
            let at = start + layer * rows.layer_step + row * rows.row_step;
            for k in 0..kernel {
                let x = &x[at + k * dilation..][..(LEN - 1) * stride + 1];
                for i in 0..LEN {
                    sum[i] += term.term(x[i * stride]);
                }
            }
        }
    }
    for sum in &mut sum {
        *sum = term.finish(*sum, count);
    }
    sum
}

struct Backward<'a, T, M> {
    sums: &'a Sums,
    term: M,
    x: &'a [T],
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
    over: bool,
}

impl<T: Float, M: Term> Kernel<T> for Backward<'_, T, M> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let window = &self.sums.sliding.windows[2];
        match (window.stride, window.kernel, window.dilation) {
            (2, 2, 1) => self.channels::<2, 2>(),
            (1, ..) => self.channels::<1, 0>(),
            _ => self.channels::<0, 0>(),
        }
    }
}

impl<T: Float, M: Term> Backward<'_, T, M> {
    #[inline(always)]
    fn channels<const STRIDE: usize, const KERNEL: usize>(self) {
        let Self { sums, term, x, y, dy, dx, over } = self;
        let Sums { sliding, .. } = sums;
        let planes = &sliding.planes;
        let (from, to, width) = (planes.input_len(), planes.output_len(), planes.output[2]);
        let (first, end) = sliding.inside;
        for (channel, dx) in dx.chunks_exact_mut(from).enumerate() {
            if over {
                dx.fill(T::ZERO);
            }
            let x = if M::READS { &x[channel * from..][..from] } else { &[] };
            let mut place = [0, 0];
            for i in 0..sliding.output_rows() {
                let row = sums.row(place);
                place = sliding.next(place);
                let at = channel * to + i * width;
                let y = if M::READS { &y[at..at + width] } else { &[] };
                let dy = &dy[at..at + width];
                for column in (0..first).chain(end..width) {
                    let seeing = sliding.edge(row.rows, column);
                    let count = sums.count(row, column, seeing.kernel);
                    let of_y = of_block::<T, M, 1>(term, column, y, dy, count);
                    lead_back(term, seeing, x, of_y, dx);
                }
                if first == end {
                    continue;
                }
                let count = sums.count(row, first, sliding.windows[2].kernel);
                let mut column = first;
                while column + 8 <= end {
                    let of_y = of_block::<T, M, 8>(term, column, y, dy, count);
                    lead_back(term, sliding.whole::<STRIDE, KERNEL>(row.rows, column), x, of_y, dx);
                    column += 8;
                }
                while column + 4 <= end {
                    let of_y = of_block::<T, M, 4>(term, column, y, dy, count);
                    lead_back(term, sliding.whole::<STRIDE, KERNEL>(row.rows, column), x, of_y, dx);
                    column += 4;
                }
                while column < end {
                    let of_y = of_block::<T, M, 1>(term, column, y, dy, count);
                    lead_back(term, sliding.whole::<STRIDE, KERNEL>(row.rows, column), x, of_y, dx);
                    column += 1;
                }
            }
        }
    }
}

/// `LEN` results, and what the slopes of each have in common.
#[inline(always)]
fn of_block<T: Float, M: Term, const LEN: usize>(
    term: M,
    column: usize,
    y: &[T],
    dy: &[T],
    count: T,
) -> ([T; LEN], [T; LEN]) {
    let (mut ys, mut common) = ([T::ZERO; LEN], [T::ZERO; LEN]);
    if M::READS {
        ys.copy_from_slice(&y[column..column + LEN]);
    }
    let dy = &dy[column..column + LEN];
    for i in 0..LEN {
        common[i] = term.common(ys[i], dy[i], count);
    }
    (ys, common)
}

/// Adds the gradients that lead back from `LEN` results.
#[inline(always)]
fn lead_back<T: Float, M: Term, const LEN: usize>(
    term: M,
    seeing: Seeing,
    x: &[T],
    (y, common): ([T; LEN], [T; LEN]),
    dx: &mut [T],
) {
    let Seeing { rows, start, kernel, dilation, stride } = seeing;
    for layer in 0..rows.layers {
        for row in 0..rows.rows {
            let at = start + layer * rows.layer_step + row * rows.row_step;
            if !M::READS && stride == 2 && kernel == 2 && dilation == 1 {
                // Neighbours of neighbours: one piece, which is added to as a whole.
                let dx = &mut dx[at..at + 2 * LEN];
                for i in 0..LEN {
                    dx[2 * i] += common[i];
                    dx[2 * i + 1] += common[i];
                }
                continue;
            }
            for k in 0..kernel {
                let here = at + k * dilation..at + k * dilation + (LEN - 1) * stride + 1;
                let x = if M::READS { &x[here.clone()] } else { &[] };
                let dx = &mut dx[here];
                for i in 0..LEN {
                    let x = if M::READS { x[i * stride] } else { T::ZERO };
                    dx[i * stride] += term.slope(x, y[i], common[i]);
                }
            }
        }
    }
}
