//! Rows of probabilities, the smallest number the likeliest.

use crate::activation::check_rows;
use crate::{Activation, Reads, softmax};
use neuropil_simd::{Float, rows};

/// y_i = e^(-x_i) / Σ_j e^(-x_j) over each row: [`Softmax`](crate::Softmax) of -x. PyTorch's
/// `Softmin(dim=-1)`.
///
/// The derivative, from the output: dx_i -= y_i (dy_i - Σ_j dy_j y_j).
///
/// ```
/// use neuropil_activations::{Activation, Softmin};
///
/// let x = [-1000.0_f64, -1000.0 + 3_f64.ln()]; // one row of two
/// let mut y = [0.0; 2];
/// Softmin.forward(2, &x, &mut y);
/// assert!((y[0] - 0.75).abs() < 1e-12 && (y[1] - 0.25).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmin;

impl Activation for Softmin {
    fn reads(&self) -> Reads {
        Reads::Output
    }

    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]) {
        check_rows(self, width, x.len());
        assert_eq!(x.len(), y.len(), "Softmin: x has {} numbers, y {}", x.len(), y.len());
        y.iter_mut().zip(x).for_each(|(y, &x)| *y = -x);
        rows::softmax_in_place(width, y);
    }

    fn backward<T: Float>(&self, width: usize, _x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
        check_rows(self, width, dx.len());
        assert_eq!(y.len(), dx.len(), "Softmin: y has {} numbers, dx {}", y.len(), dx.len());
        assert_eq!(dy.len(), dx.len(), "Softmin: dy has {} numbers, dx {}", dy.len(), dx.len());
        softmax::backward(-T::ONE, width, y, dy, dx);
    }
}
