//! The trait that every activation implements, element-wise or not.

use crate::Reads;
use neuropil_simd::Float;
use std::fmt::Debug;

/// An activation on rows of `width` numbers, with its derivative.
///
/// Every [`Elementwise`](crate::Elementwise) is one. Implement this trait itself for an activation
/// that looks at a whole row ([`Softmax`](crate::Softmax)) or changes its width
/// ([`Glu`](crate::Glu)).
///
/// ```
/// use neuropil_activations::{Activation, Softmax};
///
/// let x = [0.0_f32, 0.0, 1.0, 1.0]; // [2, 2]
/// let mut y = [0.0; 4];
/// Softmax.forward(2, &x, &mut y);
/// assert_eq!(y, [0.5; 4]);
/// ```
pub trait Activation: Clone + Debug + Send + Sync + 'static {
    /// What [`backward`](Activation::backward) reads.
    fn reads(&self) -> Reads;

    /// What a summary calls it: the name of the type, unless said otherwise.
    fn name(&self) -> String {
        let mut name = format!("{self:?}");
        name.truncate(name.find([' ', '(', '{']).unwrap_or(name.len()));
        name
    }

    /// The width of a row of the output for rows of `width` numbers; `None` if it takes no such
    /// rows.
    fn output_width(&self, width: usize) -> Option<usize> {
        Some(width)
    }

    /// y = f(x): `x` is `[rows, width]`, `y` is `[rows, output_width(width)]` and is overwritten.
    ///
    /// # Panics
    /// If `width` does not divide the length of `x`, if it is a width that
    /// [`output_width`](Activation::output_width) refuses, or if the length of `y` is another.
    fn forward<T: Float>(&self, width: usize, x: &[T], y: &mut [T]);

    /// dx += dy · ∂f/∂x: `x` and `dx` are `[rows, width]`, `y` and `dy` are
    /// `[rows, output_width(width)]`. Of `x` and `y`, the one that
    /// [`reads`](Activation::reads) does not name is not looked at and may be empty.
    ///
    /// # Panics
    /// As [`forward`](Activation::forward), of all lengths that count.
    fn backward<T: Float>(&self, width: usize, x: &[T], y: &[T], dy: &[T], dx: &mut [T]);

    /// Whether each number is treated alone, so that the two methods below can be used: that is how
    /// a matrix product applies its activation to a part of its result that is still in the cache.
    fn is_elementwise(&self) -> bool {
        false
    }

    /// y = f(y), the [`forward`](Activation::forward) of an element-wise activation in place.
    ///
    /// # Panics
    /// If this is not [element-wise](Activation::is_elementwise).
    fn apply_in_place<T: Float>(&self, y: &mut [T]) {
        let _ = y;
        panic!("{} is not element-wise", self.name());
    }

    /// dy *= f', the [`backward`](Activation::backward) of an element-wise activation in place. `y`
    /// is the output; it is not looked at if [`reads`](Activation::reads) is [`Reads::Nothing`].
    ///
    /// # Panics
    /// If this is not [element-wise](Activation::is_elementwise), if its derivative reads the
    /// input, or if the lengths differ.
    fn scale_by_slope<T: Float>(&self, y: &[T], dy: &mut [T]) {
        let (_, _) = (y, dy);
        panic!("{} is not element-wise", self.name());
    }

    /// `Some((low, high))` if f is exactly min(max(x, low), high), NaN staying NaN, with slope 1
    /// where low < y < high and 0 elsewhere: a matrix product can do that while its result is in
    /// registers. ReLU is (0, ∞), the identity (-∞, ∞).
    fn clamp(&self) -> Option<(f64, f64)> {
        None
    }

    /// Whether this is exactly max(x, 0).
    fn is_relu(&self) -> bool {
        self.clamp() == Some((0.0, f64::INFINITY))
    }
}

/// The number of rows of `width` numbers in `len`.
///
/// # Panics
/// If `width` does not divide `len`.
pub(crate) fn check_rows<A: Activation>(activation: &A, width: usize, len: usize) -> usize {
    let rows = len.checked_div(width).unwrap_or(0);
    assert!(rows * width == len, "{}: {len} numbers are no rows of {width}", activation.name());
    rows
}
