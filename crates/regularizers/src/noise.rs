//! The traits of rules that draw: for each number, or for units of several numbers.

use neuropil_simd::Float;
use std::fmt::Debug;

/// A random rule for each number of a slice by itself, linear in it up to a constant: dropout and its
/// kin, and noise of your own.
///
/// What is drawn is a function of `stream` and of a number's place, `offset` for the first of the
/// slice, so that a piece of a slice becomes what it becomes in the whole, and the way back draws
/// again what the way forward drew: see [`random`](crate::random).
///
/// ```
/// use neuropil_regularizers::{Noise, random};
/// use neuropil_simd::Float;
///
/// /// y = ±x, as a coin falls.
/// #[derive(Clone, Copy, Debug)]
/// struct RandomSign;
///
/// impl RandomSign {
///     fn sign<T: Float>(stream: u64, place: u64) -> T {
///         if random::bits(stream, place) % 2 == 0 { T::ONE } else { -T::ONE }
///     }
/// }
///
/// impl Noise for RandomSign {
///     fn name(&self) -> &'static str {
///         "RandomSign"
///     }
///     fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]) {
///         for (place, (y, &x)) in (offset..).zip(y.iter_mut().zip(x)) {
///             *y = Self::sign::<T>(stream, place) * x;
///         }
///     }
///     fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]) {
///         for (place, (dx, &dy)) in (offset..).zip(dx.iter_mut().zip(dy)) {
///             *dx += Self::sign::<T>(stream, place) * dy;
///         }
///     }
/// }
///
/// let mut y = [0.0_f32; 8];
/// RandomSign.forward(7, 0, &[1.0; 8], &mut y);
/// assert!(y.contains(&1.0) && y.contains(&-1.0));
/// ```
pub trait Noise: Clone + Copy + Debug + Send + Sync + 'static {
    /// The type's name.
    fn name(&self) -> &'static str;

    /// Whether it silences numbers, as dropout does, or blurs them alone.
    fn silences(&self) -> bool {
        false
    }

    /// y from x, with what is drawn from `stream` for the places from `offset` on.
    fn forward<T: Float>(&self, stream: u64, offset: u64, x: &[T], y: &mut [T]);

    /// dx += dy times the slope of [`forward`](Self::forward) for the same `stream` and `offset`.
    fn backward<T: Float>(&self, stream: u64, offset: u64, dy: &[T], dx: &mut [T]);
}

/// A random rule for units of several numbers: whole channels, rows, feature maps. The first unit of a
/// slice has the place `offset`; the rest is as for [`Noise`].
pub trait UnitNoise: Clone + Copy + Debug + Send + Sync + 'static {
    /// The type's name.
    fn name(&self) -> &'static str;

    /// y from x, units of `width` numbers.
    fn forward<T: Float>(&self, stream: u64, offset: u64, width: usize, x: &[T], y: &mut [T]);

    /// dx += dy times the slope of [`forward`](Self::forward).
    fn backward<T: Float>(&self, stream: u64, offset: u64, width: usize, dy: &[T], dx: &mut [T]);
}
