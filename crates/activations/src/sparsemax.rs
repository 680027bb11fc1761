//! Rows of probabilities, many of them zero.

use crate::activation::check_rows;
use crate::{Activation, Reads};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// y_i = max(x_i - τ, 0) over each row, with the one τ for which the row sums to 1: the distribution
/// nearest to x, in which what is far below the largest has probability 0. Beyond PyTorch.
///
/// τ is found without sorting: Newton's method from the left on Σ max(x_i - τ, 0) = 1, which is a
/// sequence of straight lines, leaves out more numbers with each step and ends exactly at τ. A number
/// of -∞ has the probability 0; a row whose largest number is infinite, or that holds a NaN, is NaN.
///
/// The derivative, from the output: where y_i > 0, dx_i += dy_i - mean of dy over all those; else
/// nothing.
///
/// Source: Martins and Astudillo, "From Softmax to Sparsemax" (2016).
///
/// ```
/// use neuropil_activations::{Activation, Sparsemax};
///
/// let x = [1.0_f64, 0.75, -1.0]; // one row of three
/// let (mut y, mut dx) = ([0.0; 3], [0.0; 3]);
/// Sparsemax.forward(3, &x, &mut y);
/// assert_eq!(y, [0.625, 0.375, 0.0]);
/// Sparsemax.backward(3, &[], &y, &[1.0, 0.0, 5.0], &mut dx);
/// assert_eq!(dx, [0.5, -0.5, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sparsemax;

impl Activation for Sparsemax {
    fn reads(&self) -> Reads {
        Reads::Output
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        check_rows(self, width, x.len());
        assert_eq!(x.len(), y.len(), "Sparsemax: x has {} numbers, y {}", x.len(), y.len());
        if !x.is_empty() {
            dispatch(Forward { width, x, y });
        }
    }

    fn backward<T: Float>(&self, width: usize, _x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        check_rows(self, width, dx.len());
        assert_eq!(y.len(), dx.len(), "Sparsemax: y has {} numbers, dx {}", y.len(), dx.len());
        assert_eq!(dy.len(), dx.len(), "Sparsemax: dy has {} numbers, dx {}", dy.len(), dx.len());
        if !dx.is_empty() {
            dispatch(Backward { width, y, dy, dx });
        }
    }
}

/// max(x - largest - τ, 0)
#[derive(Clone, Copy)]
struct Excess<T> {
    largest: T,
    tau: T,
}

impl<T: Float> Term<T, 1> for Excess<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        V::of(0.0).max(x - V::splat(self.largest) - V::splat(self.tau))
    }
}

/// 1 where x - largest > τ, else 0
#[derive(Clone, Copy)]
struct Above<T> {
    largest: T,
    tau: T,
}

impl<T: Float> Term<T, 1> for Above<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        let above = V::splat(self.tau).lt(x - V::splat(self.largest));
        V::select(above, V::of(1.0), V::of(0.0))
    }
}

/// τ, less the largest x.
#[inline(always)]
fn threshold<T: Float, V: Lanes<T>>(x: &[T], largest: T) -> T {
    // The largest probability is at most 1.
    let (mut tau, mut before) = (-T::ONE, T::INFINITY);
    loop {
        let count = within::sum_of::<T, V, _, 1>(Above { largest, tau }, [x]);
        // Rounding may leave nothing above τ in a row of very many equal numbers.
        if count == T::ZERO {
            return tau;
        }
        let sum = within::sum_of::<T, V, _, 1>(Excess { largest, tau }, [x]);
        tau += (sum - T::ONE) / count;
        // Where no more are left out, the line has met 1.
        if count >= before {
            return tau;
        }
        before = count;
    }
}

/// y = max(x - largest - τ, 0) of each row.
struct Forward<'a, T> {
    width: usize,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let rows = self.x.chunks_exact(self.width).zip(self.y.chunks_exact_mut(self.width));
        for (x, y) in rows {
            let largest = within::largest::<T, V>(x);
            if !largest.is_finite() {
                y.fill(T::NAN);
                continue;
            }
            let tau = threshold::<T, V>(x, largest);
            within::sum_into::<T, V, _, 1>(Excess { largest, tau }, [x], y);
        }
    }
}

/// dy where y > 0, else 0
#[derive(Clone, Copy)]
struct OnSupport;

impl<T: Float> Term<T, 2> for OnSupport {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [y, dy]: [V; 2]) -> V {
        let zero = V::of(0.0);
        V::select(zero.lt(y), dy, zero)
    }
}

/// dx += dy - mean dy where y > 0, of each row.
struct Backward<'a, T> {
    width: usize,
    y: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let rows = self.y.chunks_exact(self.width).zip(self.dy.chunks_exact(self.width));
        for ((y, dy), dx) in rows.zip(self.dx.chunks_exact_mut(self.width)) {
            let count = within::sum_of::<T, V, _, 1>(Above { largest: T::ZERO, tau: T::ZERO }, [y]);
            let mean = within::sum_of::<T, V, _, 2>(OnSupport, [y, dy]) / count;
            let (mean, zero) = (V::splat(mean), V::of(0.0));
            let (mut y, mut dy) = (y.chunks_exact(V::LEN), dy.chunks_exact(V::LEN));
            let mut dx = dx.chunks_exact_mut(V::LEN);
            for ((y, dy), dx) in (&mut y).zip(&mut dy).zip(&mut dx) {
                let gradient = V::select(zero.lt(V::load(y)), V::load(dy) - mean, zero);
                (V::load(dx) + gradient).store(dx);
            }
            let (y, dy) = (V::load_partial(y.remainder()), V::load_partial(dy.remainder()));
            let dx = dx.into_remainder();
            let gradient = V::select(zero.lt(y), dy - mean, zero);
            (V::load_partial(dx) + gradient).store_partial(dx);
        }
    }
}
