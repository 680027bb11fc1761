//! Mean and variance of numbers that stand side by side, and what gradients need of deviations.

use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Lanes};

/// x - mean
#[derive(Clone, Copy)]
struct Deviation<T> {
    mean: T,
}

impl<T: Float> Term<T, 1> for Deviation<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        x - V::splat(self.mean)
    }
}

/// (x - mean)²
#[derive(Clone, Copy)]
struct SquaredDeviation<T> {
    mean: T,
}

impl<T: Float> Term<T, 1> for SquaredDeviation<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        let d = x - V::splat(self.mean);
        d * d
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [x]: [V; 1]) -> V {
        let d = x - V::splat(self.mean);
        d.mul_add(d, sum)
    }
}

/// Standard deviations from which on the error of a mean is taken off. To do it always would make
/// layer normalization take half as long again.
const LARGE_MEAN: f64 = 4.0;

/// 1/n Σ (x - mean)²
#[inline(always)]
fn variance<T: Float, V: Lanes<T>>(mean: T, x: &[T], share: T) -> T {
    within::sum_of::<T, V, _, 1>(SquaredDeviation { mean }, [x]) * share
}

/// Mean and variance of `x`, given 1/n. Where the mean is large beside the deviations, the error of
/// its sum is taken off.
#[inline(always)]
pub(crate) fn mean_and_variance<T: Float, V: Lanes<T>>(x: &[T], share: T) -> (T, T) {
    let mut mean = within::sum::<T, V>(x) * share;
    let mut variance = self::variance::<T, V>(mean, x, share);
    // The rounding of the sum is a few last places of a mean of such numbers, nothing beside their
    // deviations. Not so if the mean is large, and where all numbers are equal above all.
    let is_small = mean * mean < T::of(LARGE_MEAN * LARGE_MEAN) * variance;
    if !is_small {
        mean += within::sum_of::<T, V, _, 1>(Deviation { mean }, [x]) * share;
        variance = self::variance::<T, V>(mean, x, share);
    }
    (mean, variance)
}

/// g (x - mean), with g = dy γ or dy itself.
#[derive(Clone, Copy)]
pub(crate) struct Moment<T> {
    pub mean: T,
}

impl<T: Float> Term<T, 2> for Moment<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [dy, x]: [V; 2]) -> V {
        dy * (x - V::splat(self.mean))
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [dy, x]: [V; 2]) -> V {
        dy.mul_add(x - V::splat(self.mean), sum)
    }
}

impl<T: Float> Term<T, 3> for Moment<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [dy, gain, x]: [V; 3]) -> V {
        dy * gain * (x - V::splat(self.mean))
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [dy, gain, x]: [V; 3]) -> V {
        (dy * gain).mul_add(x - V::splat(self.mean), sum)
    }
}
