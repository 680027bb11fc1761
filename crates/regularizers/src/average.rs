//! Averages of weights over a training.

use neuropil_simd::{Float, Kernel, Lanes, dispatch};
use std::fmt::Debug;

/// How weights are averaged while they are trained: each time, the average moves a share of the way
/// to the present weights.
///
/// average = average + share · (w − average)
///
/// The share of the first time is 1: the average begins as the weights are then.
///
/// ```
/// use neuropil_regularizers::{Average, Swa, take_average};
///
/// let swa = Swa::updates(10, 5)?;
/// assert!(!swa.after_update(9) && swa.after_update(10) && swa.after_update(15));
/// let mut average = [0.0_f32];
/// for (taken, w) in [[1.0], [2.0], [6.0]].iter().enumerate() {
///     take_average(swa.share(taken as u64), w, &mut average);
/// }
/// assert!((average[0] - 3.0).abs() < 1e-6);
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
pub trait Average: Debug + Send + Sync + 'static {
    /// The type's name with its settings, for messages.
    fn name(&self) -> String;

    /// The share of the present weights, where `taken` have been taken before: 1 where there are none.
    fn share(&self, taken: u64) -> f64;

    /// Whether the weights are taken after so many updates; by default always.
    fn after_update(&self, updates: u64) -> bool {
        let _ = updates;
        true
    }

    /// Whether the weights are taken after so many epochs; by default never.
    fn after_epoch(&self, epochs: u64) -> bool {
        let _ = epochs;
        false
    }
}

/// average = average + share · (w − average); a share of 1 copies.
///
/// # Panics
/// If the lengths differ.
///
/// ```
/// let mut average = [2.0_f32, 4.0];
/// neuropil_regularizers::take_average(0.25, &[6.0, 0.0], &mut average);
/// assert_eq!(average, [3.0, 3.0]);
/// ```
pub fn take_average<T: Float>(share: f64, w: &[T], average: &mut [T]) {
    let (found, expected) = (average.len(), w.len());
    assert!(found == expected, "the average has {found} numbers, but w has {expected}");
    if share == 1.0 {
        average.copy_from_slice(w);
    } else {
        dispatch(Take { share: T::of(share), w, average });
    }
}

struct Take<'a, T> {
    share: T,
    w: &'a [T],
    average: &'a mut [T],
}

impl<T: Float> Kernel<T> for Take<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let share = V::splat(self.share);
        let mut w = self.w.chunks_exact(V::LEN);
        let mut average = self.average.chunks_exact_mut(V::LEN);
        for (w, average) in (&mut w).zip(&mut average) {
            let old = V::load(average);
            share.mul_add(V::load(w) - old, old).store(average);
        }
        let (w, average) = (w.remainder(), average.into_remainder());
        let old = V::load_partial(average);
        share.mul_add(V::load_partial(w) - old, old).store_partial(average);
    }
}
