//! The trait that every constraint, yours too, implements.

use crate::Units;
use neuropil_simd::Float;
use std::fmt::Debug;

/// What weights must be: after each update they are moved to the nearest ones that are so, or near
/// them.
///
/// ```
/// use neuropil_regularizers::{Constraint, Units};
/// use neuropil_simd::Float;
///
/// /// Weights in [−1, 1].
/// #[derive(Clone, Debug)]
/// struct Clipped;
///
/// impl Constraint for Clipped {
///     fn name(&self) -> String {
///         "Clipped".into()
///     }
///     fn project<T: Float>(&self, _units: Units, w: &mut [T]) {
///         let (low, high) = (T::ZERO - T::ONE, T::ONE);
///         for w in w {
///             *w = if *w > high { high } else if *w < low { low } else { *w };
///         }
///     }
/// }
///
/// let mut w = [0.5_f32, -3.0];
/// Clipped.project(Units::whole(2), &mut w);
/// assert_eq!(w, [0.5, -1.0]);
/// ```
pub trait Constraint: Clone + Debug + Send + Sync + 'static {
    /// The type's name with its settings, for messages and summaries.
    fn name(&self) -> String;

    /// Moves a weight that is divided into these units to where it may be.
    ///
    /// # Panics
    /// The constraints of this crate panic if there are not as many numbers as the units have.
    fn project<T: Float>(&self, units: Units, w: &mut [T]);
}
