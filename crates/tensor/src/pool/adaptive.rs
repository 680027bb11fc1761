//! The largest number and the mean of bins: windows made to fit a wanted output.

use super::bins::Bins;
use super::max::{NOWHERE, add_at, larger, lowest};
use super::share::{Parts, share};
use super::whole::Largest;
use super::{AveragePooling, Divisor, MaxPooling};
use crate::{Rounding, Shape, ShapeError};
use neuropil_simd::{Float, dispatch, reduce};

/// y = the largest number of each of so many bins: along an axis, bin i of `out` has the places
/// from ⌊i in/out⌋ to before ⌈(i + 1) in/out⌉. With one bin it is the largest number of a channel.
/// PyTorch's `adaptive_max_pool1d`, `adaptive_max_pool2d` and `adaptive_max_pool3d`.
///
/// Equal numbers, NaN and places are treated as in [`MaxPooling`].
///
/// ```
/// use neuropil_tensor::pool::AdaptiveMax;
///
/// let pool = AdaptiveMax::new([1, 5], [2])?; // places 0, 1, 2 and 2, 3, 4
/// let (mut y, mut places) = ([0.0; 2], [0; 2]);
/// pool.forward(&[1.0_f32, 2.0, 5.0, 4.0, 3.0], &mut y, &mut places);
/// assert_eq!((y, places), ([5.0, 5.0], [2, 2]));
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AdaptiveMax {
    bins: Bins,
    equal: Option<MaxPooling>,
}

impl AdaptiveMax {
    /// For rows of shape `input`, channels first, so many bins on each of the other axes.
    ///
    /// # Errors
    /// If the rank is not `N + 1`, an axis is empty, or `output` has a 0.
    pub fn new<const N: usize>(
        input: impl Into<Shape>,
        output: [usize; N],
    ) -> Result<Self, ShapeError> {
        let bins = Bins::new("AdaptiveMaxPool", input.into(), output)?;
        let equal = bins.as_windows().filter(|_| !bins.are_channels());
        let of = |windows| MaxPooling::new(bins.as_volume(), windows, Rounding::Down);
        Ok(Self { bins, equal: equal.map(of).transpose()? })
    }

    /// The shape of a row of x.
    pub fn input(&self) -> Shape {
        self.bins.planes.input_shape
    }

    /// The shape of a row of y, and of its places.
    pub fn output(&self) -> Shape {
        self.bins.planes.output_shape
    }

    /// The largest numbers of any count of rows, and where in its channel each was found.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T], places: &mut [u32]) {
        let planes = &self.bins.planes;
        planes.check("AdaptiveMaxPool", x.len(), y.len());
        assert_eq!(places.len(), y.len(), "AdaptiveMaxPool: places and numbers of y");
        if let Some(equal) = &self.equal {
            return equal.forward(x, y, places);
        }
        let (from, to) = (planes.input_len(), planes.output_len());
        let (y, places) = (Parts { all: y, each: to }, Parts { all: places, each: to });
        share(y, places, from.max(to), &|first, y: &mut [T], places: &mut [u32]| {
            let x = x[first * from..].chunks_exact(from);
            let channels = y.chunks_exact_mut(to).zip(places.chunks_exact_mut(to));
            for (x, (y, places)) in x.zip(channels) {
                if self.bins.are_channels() {
                    (y[0], places[0]) = dispatch(Largest(x));
                    continue;
                }
                for (i, (y, place)) in y.iter_mut().zip(places).enumerate() {
                    (*y, *place) = self.largest(x, i);
                }
            }
        });
    }

    fn largest<T: Float>(&self, x: &[T], i: usize) -> (T, u32) {
        let [depths, rows, columns] = self.bins.bin(i);
        let mut largest = (lowest(), NOWHERE);
        for depth in depths {
            for row in rows.clone() {
                let at = self.bins.row(depth, row);
                if largest.1 == NOWHERE {
                    largest.1 = (at + columns.start) as u32;
                }
                for column in columns.clone() {
                    largest = larger(largest, x[at + column], (at + column) as u32);
                }
            }
        }
        largest
    }

    /// dx += dy at the places that `forward` has found.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward<T: Float>(&self, places: &[u32], dy: &[T], dx: &mut [T]) {
        let planes = &self.bins.planes;
        planes.check("AdaptiveMaxPool", dx.len(), dy.len());
        assert_eq!(places.len(), dy.len(), "AdaptiveMaxPool: places and numbers of dy");
        let (from, to) = (planes.input_len(), planes.output_len());
        share(
            Parts { all: dx, each: from },
            Parts::none(),
            to,
            &|first, dx: &mut [T], _: &mut [()]| {
                let (dy, places) = (&dy[first * to..], &places[first * to..]);
                let channels = dy.chunks_exact(to).zip(places.chunks_exact(to));
                for (dx, (dy, places)) in dx.chunks_exact_mut(from).zip(channels) {
                    add_at(places, dy, dx);
                }
            },
        );
    }
}

/// y = the mean of each of so many bins, those of [`AdaptiveMax`]; dx += dy over the numbers of the
/// bin. With one bin it is the mean of a channel. PyTorch's `adaptive_avg_pool1d`,
/// `adaptive_avg_pool2d` and `adaptive_avg_pool3d`.
///
/// ```
/// use neuropil_tensor::pool::AdaptiveAverage;
///
/// let pool = AdaptiveAverage::new([1, 5], [2])?; // places 0, 1, 2 and 2, 3, 4
/// let mut y = [0.0; 2];
/// pool.forward(&[1.0_f32, 2.0, 6.0, 4.0, 5.0], &mut y);
/// assert_eq!(y, [3.0, 5.0]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AdaptiveAverage {
    bins: Bins,
    equal: Option<AveragePooling>,
}

impl AdaptiveAverage {
    /// For rows of shape `input`, channels first, so many bins on each of the other axes.
    ///
    /// # Errors
    /// If the rank is not `N + 1`, an axis is empty, or `output` has a 0.
    pub fn new<const N: usize>(
        input: impl Into<Shape>,
        output: [usize; N],
    ) -> Result<Self, ShapeError> {
        let bins = Bins::new("AdaptiveAvgPool", input.into(), output)?;
        let equal = bins.as_windows().filter(|_| !bins.are_channels());
        let of = |windows| {
            AveragePooling::new(bins.as_volume(), windows, Rounding::Down, Divisor::Padded)
        };
        Ok(Self { bins, equal: equal.map(of).transpose()? })
    }

    /// The shape of a row of x.
    pub fn input(&self) -> Shape {
        self.bins.planes.input_shape
    }

    /// The shape of a row of y.
    pub fn output(&self) -> Shape {
        self.bins.planes.output_shape
    }

    /// The means of any count of rows.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T]) {
        let planes = &self.bins.planes;
        planes.check("AdaptiveAvgPool", x.len(), y.len());
        if let Some(equal) = &self.equal {
            return equal.forward(x, y);
        }
        let (from, to) = (planes.input_len(), planes.output_len());
        share(
            Parts { all: y, each: to },
            Parts::none(),
            from.max(to),
            &|first, y: &mut [T], _: &mut [()]| {
                let x = x[first * from..].chunks_exact(from);
                for (x, y) in x.zip(y.chunks_exact_mut(to)) {
                    if self.bins.are_channels() {
                        y[0] = reduce::sum(x) / T::of(from as f64);
                        continue;
                    }
                    for (i, y) in y.iter_mut().enumerate() {
                        *y = self.mean(x, i);
                    }
                }
            },
        );
    }

    fn mean<T: Float>(&self, x: &[T], i: usize) -> T {
        let [depths, rows, columns] = self.bins.bin(i);
        let count = depths.len() * rows.len() * columns.len();
        let mut sum = T::ZERO;
        for depth in depths {
            for row in rows.clone() {
                let at = self.bins.row(depth, row);
                for &x in &x[at + columns.start..at + columns.end] {
                    sum += x;
                }
            }
        }
        sum / T::of(count as f64)
    }

    /// dx += dy over the numbers of the bin, for each of them.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward<T: Float>(&self, dy: &[T], dx: &mut [T]) {
        let planes = &self.bins.planes;
        planes.check("AdaptiveAvgPool", dx.len(), dy.len());
        if let Some(equal) = &self.equal {
            return equal.backward(dy, dx);
        }
        let (from, to) = (planes.input_len(), planes.output_len());
        share(
            Parts { all: dx, each: from },
            Parts::none(),
            from.max(to),
            &|first, dx: &mut [T], _: &mut [()]| {
                let dy = dy[first * to..].chunks_exact(to);
                for (dx, dy) in dx.chunks_exact_mut(from).zip(dy) {
                    for (i, &dy) in dy.iter().enumerate() {
                        self.spread(dy, i, dx);
                    }
                }
            },
        );
    }

    fn spread<T: Float>(&self, dy: T, i: usize, dx: &mut [T]) {
        let [depths, rows, columns] = self.bins.bin(i);
        let share = dy / T::of((depths.len() * rows.len() * columns.len()) as f64);
        for depth in depths {
            for row in rows.clone() {
                let at = self.bins.row(depth, row);
                for dx in &mut dx[at + columns.start..at + columns.end] {
                    *dx += share;
                }
            }
        }
    }
}
