//! The trait that every initializer, yours too, implements.

use std::{fmt::Debug, sync::Arc};

use rand::Rng;

use crate::Fan;

/// Fills a weight with its first values.
///
/// An initializer is a small value without state: what it writes depends on its own parameters, the
/// shape, the fan and the random numbers alone. The same generator in the same state gives the same
/// weights.
///
/// The mathematics is in f64, for f32 weights too, so an f32 and an f64 network of one seed start
/// from the same point up to rounding.
///
/// # An initializer of your own
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Rng};
///
/// /// Passes its input through with its order reversed: ones on the other diagonal of `[in, out]`.
/// #[derive(Debug)]
/// struct Exchange;
///
/// impl Initializer for Exchange {
///     fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, _rng: &mut dyn Rng) {
///         let width = *shape.last().expect("a matrix");
///         for (i, w) in w.iter_mut().enumerate() {
///             *w = f64::from(u8::from(i / width + i % width == width - 1));
///         }
///     }
/// }
///
/// let mut w = [9.0; 6];
/// let mut rng = rand_chacha::ChaCha8Rng::from_seed([0; 32]);
/// Exchange.fill(&mut w, &[2, 3], Fan::matrix(2, 3), &mut rng);
/// assert_eq!(w, [0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
/// # use rand_chacha::rand_core::SeedableRng;
/// ```
pub trait Initializer: Debug + Send + Sync {
    /// Overwrites every element of `w`, a row-major weight of this shape. Only the fan decides the
    /// scale, the shape never does; but orthogonal ones have no choice.
    ///
    /// # Panics
    /// The initializers of this crate panic if `w` doesn't have as many elements as `shape` says.
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng);

    /// [`fill`](Self::fill) for f32: the same numbers, rounded to nearest. By default it works
    /// through an f64 buffer of `w`'s length.
    ///
    /// # Panics
    /// As [`fill`](Self::fill).
    fn fill_f32(&self, w: &mut [f32], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        let mut exact = vec![0.0; w.len()];
        self.fill(&mut exact, shape, fan, rng);
        for (w, exact) in w.iter_mut().zip(exact) {
            *w = exact as f32;
        }
    }
}

impl<I: Initializer + ?Sized> Initializer for Box<I> {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        (**self).fill(w, shape, fan, rng);
    }

    fn fill_f32(&self, w: &mut [f32], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        (**self).fill_f32(w, shape, fan, rng);
    }
}

impl<I: Initializer + ?Sized> Initializer for Arc<I> {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        (**self).fill(w, shape, fan, rng);
    }

    fn fill_f32(&self, w: &mut [f32], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        (**self).fill_f32(w, shape, fan, rng);
    }
}

/// Panics with both numbers unless `len` elements make up `shape`.
pub(crate) fn assert_len(len: usize, shape: &[usize]) {
    let wanted: usize = shape.iter().product();
    assert!(
        len == wanted,
        "a weight of shape {shape:?} has {wanted} elements, but the slice has {len}"
    );
}

/// How many taps the window of a convolution's weight `[outputs, inputs, ..window]` has, and which of
/// them is the middle: n/2 of each axis, rounded down.
pub(crate) fn middle(shape: &[usize]) -> (usize, usize) {
    let window = &shape[shape.len().min(2)..];
    let place = window.iter().fold(0, |place, &axis| place * axis + axis / 2);
    (window.iter().product(), place)
}
