//! The trait of penalties that are laid on as a step of their own.

use crate::{Regularizer, Units};
use neuropil_simd::Float;

/// A penalty that can be taken after each update in one exact step, instead of adding its gradient:
///
/// w = argmin_v penalty(v) + ‖v − w‖² / (2 rate)
///
/// So a penalty with a kink at zero gives true zeros. With plain gradient descent it is the iterative
/// shrinkage of the literature, which converges where descent along the kink's slopes does not; behind
/// an optimizer that scales each weight by itself (Adam), it uses the rate alone.
///
/// Source: Parikh and Boyd, "Proximal Algorithms" (2014). PyTorch has none.
///
/// ```
/// use neuropil_regularizers::{L2, Proximal, Units};
///
/// let mut w = [3.0_f32, -6.0];
/// L2::new(0.5)?.shrink(Units::whole(2), 4.0, &mut w);
/// assert_eq!(w, [1.0, -2.0]); // divided by 1 + 4 · 0.5
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
pub trait Proximal: Regularizer {
    /// Takes the step of this rate on a weight divided into these units.
    ///
    /// # Panics
    /// Those that see units panic if there are not as many numbers as the units have.
    fn shrink<T: Float>(&self, units: Units, rate: f64, w: &mut [T]);
}
