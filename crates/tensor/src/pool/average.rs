//! The mean of each window.

use super::sliding::{Sliding, describe};
use super::sums::{Count, Sums, Term};
use crate::{Rounding, Shape, ShapeError, Window};
use neuropil_simd::Float;
use std::num::NonZeroUsize;

/// What the sum of a window is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Divisor {
    /// The count of its places on the axes and in their padding; places behind the padding, which
    /// a window has by [`Rounding::Up`], do not count. PyTorch's `count_include_pad=True`.
    #[default]
    Padded,
    /// The count of the numbers that it sees. PyTorch's `count_include_pad=False`.
    Seen,
    /// This. PyTorch's `divisor_override`.
    Fixed(NonZeroUsize),
}

/// y = the sum of the numbers that a window sees, over a [`Divisor`]; dx += dy over it. PyTorch's
/// `avg_pool1d`, `avg_pool2d` and `avg_pool3d`.
///
/// ```
/// use neuropil_tensor::{Rounding, Window, pool::{AveragePooling, Divisor}};
///
/// let halves = Window { stride: 2, ..Window::new(2) };
/// let pool = AveragePooling::new([1, 2, 4], [halves; 2], Rounding::Down, Divisor::Padded)?;
/// let x = [1.0_f32, 2.0, 5.0, 6.0, 4.0, 3.0, 8.0, 7.0];
/// let (mut y, mut dx) = ([0.0; 2], [0.0; 8]);
/// pool.forward(&x, &mut y);
/// assert_eq!(y, [2.5, 6.5]);
/// pool.backward(&[1.0, 2.0], &mut dx);
/// assert_eq!(dx, [0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AveragePooling {
    sums: Sums,
}

impl AveragePooling {
    /// For rows of shape `input`, channels first, a window for each of the other axes.
    ///
    /// # Errors
    /// If the rank is not `N + 1`, an axis is empty or shorter than its window, the padding is more
    /// than half the window, or a kernel, stride or dilation is 0.
    pub fn new<const N: usize>(
        input: impl Into<Shape>,
        windows: [Window; N],
        rounding: Rounding,
        divisor: Divisor,
    ) -> Result<Self, ShapeError> {
        let name = describe("AvgPool", &windows, rounding, "");
        let sliding = Sliding::new(&name, input.into(), windows, rounding)?;
        let count = match divisor {
            Divisor::Padded => Count::Padded,
            Divisor::Seen => Count::Seen,
            Divisor::Fixed(n) => Count::Fixed(n.get()),
        };
        Ok(Self { sums: Sums { sliding, count } })
    }

    /// The shape of a row of x.
    pub fn input(&self) -> Shape {
        self.sums.sliding.planes.input_shape
    }

    /// The shape of a row of y.
    pub fn output(&self) -> Shape {
        self.sums.sliding.planes.output_shape
    }

    /// The means of any count of rows. A window that sees padding alone has mean 0.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T]) {
        self.sums.forward("AvgPool", Mean, x, y);
    }

    /// dx += dy over the divisor, for each number of each window.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward<T: Float>(&self, dy: &[T], dx: &mut [T]) {
        self.sums.backward("AvgPool", Mean, (&[], &[], dy), dx, false);
    }

    /// [`backward`](Self::backward) into a dx of unspecified contents, which is faster than to
    /// clear it first.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward_over<T: Float>(&self, dy: &[T], dx: &mut [T]) {
        self.sums.backward("AvgPool", Mean, (&[], &[], dy), dx, true);
    }
}

#[derive(Clone, Copy)]
struct Mean;

impl Term for Mean {
    const READS: bool = false;

    #[inline(always)]
    fn term<T: Float>(self, x: T) -> T {
        x
    }

    #[inline(always)]
    fn finish<T: Float>(self, sum: T, count: T) -> T {
        // The sum of nothing is 0, and so is its mean.
        if count == T::ZERO { sum } else { sum / count }
    }

    #[inline(always)]
    fn common<T: Float>(self, _y: T, dy: T, count: T) -> T {
        dy / count
    }

    #[inline(always)]
    fn slope<T: Float>(self, _x: T, _y: T, common: T) -> T {
        common
    }
}
