//! The p-norm of each window.

use super::sliding::{Sliding, describe};
use super::sums::{Count, Sums, Term};
use crate::{Rounding, Shape, ShapeError, Window};
use neuropil_simd::Float;

/// y = (Σ |x|^p)^(1/p) over the numbers of a window. PyTorch's `lp_pool1d`, `lp_pool2d` and
/// `lp_pool3d` for even p; with other p PyTorch leaves out the absolute value.
///
/// dx += dy (|x|/y)^(p-1) sign(x), and 0 where y is 0. By [`Rounding::Up`] a window of k places that
/// sees n of them on the axes has k/n times its sum, as in PyTorch.
///
/// ```
/// use neuropil_tensor::{Rounding, Window, pool::LpPooling};
///
/// let halves = Window { stride: 2, ..Window::new(2) };
/// let pool = LpPooling::new([1, 4], [halves], Rounding::Down, 2.0)?;
/// let x = [3.0_f32, -4.0, 0.0, 0.0];
/// let (mut y, mut dx) = ([0.0; 2], [0.0; 4]);
/// pool.forward(&x, &mut y);
/// assert_eq!(y, [5.0, 0.0]);
/// pool.backward(&x, &y, &[1.0, 1.0], &mut dx);
/// assert_eq!(dx, [0.6, -0.8, 0.0, 0.0]);
/// # Ok::<(), neuropil_tensor::ShapeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LpPooling {
    sums: Sums,
    p: f64,
}

impl LpPooling {
    /// For rows of shape `input`, channels first, a window without padding for each of the other
    /// axes.
    ///
    /// # Errors
    /// If p is below 1 or not finite, there is padding, the rank is not `N + 1`, an axis is empty
    /// or shorter than its window, or a kernel, stride or dilation is 0.
    pub fn new<const N: usize>(
        input: impl Into<Shape>,
        windows: [Window; N],
        rounding: Rounding,
        p: f64,
    ) -> Result<Self, ShapeError> {
        let (input, name) =
            (input.into(), describe("LpPool", &windows, rounding, &format!("p {p}, ")));
        if !(p >= 1.0 && p.is_finite()) {
            return Err(ShapeError::unsupported(name, input, "p of at least 1 and finite"));
        }
        if windows.iter().any(|window| window.before + window.after > 0) {
            return Err(ShapeError::unsupported(name, input, "no padding"));
        }
        let sliding = Sliding::new(&name, input, windows, rounding)?;
        Ok(Self { sums: Sums { sliding, count: Count::Seen }, p })
    }

    /// The shape of a row of x.
    pub fn input(&self) -> Shape {
        self.sums.sliding.planes.input_shape
    }

    /// The shape of a row of y.
    pub fn output(&self) -> Shape {
        self.sums.sliding.planes.output_shape
    }

    /// The norms of any count of rows.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn forward<T: Float>(&self, x: &[T], y: &mut [T]) {
        let full = self.full();
        match self.p {
            1.0 => self.sums.forward("LpPool", Absolute { full }, x, y),
            2.0 => self.sums.forward("LpPool", Squares { full }, x, y),
            p => self.sums.forward("LpPool", Powers { p, full }, x, y),
        }
    }

    /// dx += dy (|x|/y)^(p-1) sign(x) for each number of each window, from the y that `forward` has
    /// made.
    ///
    /// # Panics
    /// If the lengths are not those of equally many rows.
    pub fn backward<T: Float>(&self, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        let (full, read) = (self.full(), (x, y, dy));
        match self.p {
            1.0 => self.sums.backward("LpPool", Absolute { full }, read, dx, false),
            2.0 => self.sums.backward("LpPool", Squares { full }, read, dx, false),
            p => self.sums.backward("LpPool", Powers { p, full }, read, dx, false),
        }
    }

    /// Places of a window.
    fn full(&self) -> f64 {
        self.sums.sliding.windows.iter().map(|window| window.kernel).product::<usize>() as f64
    }
}

/// x, where only its sign counts, as 1, 0 or -1; NaN if it is NaN.
#[inline(always)]
fn sign<T: Float>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

/// Σ |x|
#[derive(Clone, Copy)]
struct Absolute {
    full: f64,
}

impl Term for Absolute {
    const READS: bool = true;

    #[inline(always)]
    fn term<T: Float>(self, x: T) -> T {
        x.abs()
    }

    #[inline(always)]
    fn finish<T: Float>(self, sum: T, count: T) -> T {
        sum * (T::of(self.full) / count)
    }

    #[inline(always)]
    fn common<T: Float>(self, _y: T, dy: T, count: T) -> T {
        dy * (T::of(self.full) / count)
    }

    #[inline(always)]
    fn slope<T: Float>(self, x: T, _y: T, common: T) -> T {
        common * sign(x)
    }
}

/// √(Σ x²)
#[derive(Clone, Copy)]
struct Squares {
    full: f64,
}

impl Term for Squares {
    const READS: bool = true;

    #[inline(always)]
    fn term<T: Float>(self, x: T) -> T {
        x * x
    }

    #[inline(always)]
    fn finish<T: Float>(self, sum: T, count: T) -> T {
        (sum * (T::of(self.full) / count)).sqrt()
    }

    #[inline(always)]
    fn common<T: Float>(self, y: T, dy: T, count: T) -> T {
        if y == T::ZERO { T::ZERO } else { dy * (T::of(self.full) / count) / y }
    }

    #[inline(always)]
    fn slope<T: Float>(self, x: T, _y: T, common: T) -> T {
        common * x
    }
}

/// (Σ |x|^p)^(1/p), number by number.
#[derive(Clone, Copy)]
struct Powers {
    p: f64,
    full: f64,
}

impl Term for Powers {
    const READS: bool = true;

    #[inline(always)]
    fn term<T: Float>(self, x: T) -> T {
        T::of(x.abs().to_f64().powf(self.p))
    }

    #[inline(always)]
    fn finish<T: Float>(self, sum: T, count: T) -> T {
        T::of((sum * (T::of(self.full) / count)).to_f64().powf(1.0 / self.p))
    }

    #[inline(always)]
    fn common<T: Float>(self, y: T, dy: T, count: T) -> T {
        if y == T::ZERO { T::ZERO } else { dy * (T::of(self.full) / count) }
    }

    #[inline(always)]
    fn slope<T: Float>(self, x: T, y: T, common: T) -> T {
        // y is 0 only where every x is: no slope, not 0/0.
        if y == T::ZERO {
            return T::ZERO;
        }
        // In one power, which is at most about 1: |x|^(p-1) alone may overflow.
        common * T::of((x.abs() / y).to_f64().powf(self.p - 1.0)) * sign(x)
    }
}
