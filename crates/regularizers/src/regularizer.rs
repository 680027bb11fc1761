//! The trait that every penalty, yours too, implements.

use std::fmt::Debug;

use crate::Units;
use neuropil_simd::Float;

/// A price on the weights: the objective is the cost plus the penalty of every weight it is laid on.
///
/// # A penalty of your own
///
/// ```
/// use neuropil_regularizers::Regularizer;
/// use neuropil_simd::Float;
///
/// /// strength · Σ|w|
/// #[derive(Clone, Debug)]
/// struct L1 { strength: f64 }
///
/// impl Regularizer for L1 {
///     fn name(&self) -> String {
///         format!("L1({})", self.strength)
///     }
///     fn penalty<T: Float>(&self, w: &[T]) -> f64 {
///         self.strength * w.iter().map(|w| w.abs().to_f64()).sum::<f64>()
///     }
///     fn backward<T: Float>(&self, w: &[T], dw: &mut [T]) {
///         let strength = T::of(self.strength);
///         for (dw, &w) in dw.iter_mut().zip(w) {
///             if w > T::ZERO {
///                 *dw += strength;
///             } else if w < T::ZERO {
///                 *dw -= strength;
///             }
///         }
///     }
/// }
///
/// let l1 = L1 { strength: 0.5 };
/// let (w, mut dw) = ([1.0_f32, -3.0, 0.0], [10.0; 3]);
/// l1.backward(&w, &mut dw);
/// assert_eq!((l1.penalty(&w), dw), (2.0, [10.5, 9.5, 10.0]));
/// ```
pub trait Regularizer: Clone + Debug + Send + Sync + 'static {
    /// The type's name with its settings, for messages and summaries.
    fn name(&self) -> String;

    /// What the weights of one tensor cost.
    fn penalty<T: Float>(&self, w: &[T]) -> f64;

    /// Adds the gradient of [`penalty`](Self::penalty) at `w` to `dw`.
    ///
    /// # Panics
    /// The regularizers of this crate panic if the lengths differ.
    fn backward<T: Float>(&self, w: &[T], dw: &mut [T]);

    /// [`penalty`](Self::penalty) of a weight divided into units: what a penalty is that sees more
    /// than single numbers. By default the units do not matter.
    fn penalty_of_units<T: Float>(&self, units: Units, w: &[T]) -> f64 {
        let _ = units;
        self.penalty(w)
    }

    /// Adds the gradient of [`penalty_of_units`](Self::penalty_of_units) at `w` to `dw`. By default the
    /// units do not matter.
    ///
    /// # Panics
    /// The regularizers of this crate panic if the lengths differ.
    fn backward_of_units<T: Float>(&self, units: Units, w: &[T], dw: &mut [T]) {
        let _ = units;
        self.backward(w, dw);
    }
}
