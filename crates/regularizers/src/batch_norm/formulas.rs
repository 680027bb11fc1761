//! What is done to the numbers of a channel.

use super::planes::{At, Formula};
use super::sums::rectified;
use neuropil_simd::{Float, Lanes};

/// (x - μ) ρ
#[derive(Clone, Copy)]
pub(super) struct Normal<'a, T> {
    pub mean: &'a [T],
    pub rstd: &'a [T],
}

impl<T: Float> Formula<T, 1, 2> for Normal<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 2] {
        [at.of(self.mean), at.of(self.rstd)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [x]: [V; 1], [mean, rstd]: [V; 2]) -> V {
        (x - mean) * rstd
    }
}

/// (x - μ) ρ γ + β
#[derive(Clone, Copy)]
pub(super) struct NormalAffine<'a, T> {
    pub mean: &'a [T],
    pub rstd: &'a [T],
    pub gain: &'a [T],
    pub shift: &'a [T],
}

impl<T: Float> Formula<T, 1, 3> for NormalAffine<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 3] {
        let scale: V = at.of::<T, V>(self.rstd) * at.of(self.gain);
        [at.of(self.mean), scale, at.of(self.shift)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [x]: [V; 1], [mean, scale, shift]: [V; 3]) -> V {
        (x - mean).mul_add(scale, shift)
    }
}

/// x a + b
#[derive(Clone, Copy)]
pub(super) struct ScaledShifted<'a, T> {
    pub scale: &'a [T],
    pub shift: &'a [T],
}

impl<T: Float> Formula<T, 1, 2> for ScaledShifted<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 2] {
        [at.of(self.scale), at.of(self.shift)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [x]: [V; 1], [scale, shift]: [V; 2]) -> V {
        x.mul_add(scale, shift)
    }
}

/// dy γ ρ
#[derive(Clone, Copy)]
pub(super) struct Scaled<'a, T> {
    pub rstd: &'a [T],
    pub gain: Option<&'a [T]>,
}

impl<T: Float> Formula<T, 1, 1> for Scaled<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 1] {
        [scale(self.rstd, self.gain, at)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [dy]: [V; 1], [scale]: [V; 1]) -> V {
        dy * scale
    }
}

/// γ ρ, or ρ where there is no γ.
#[inline(always)]
fn scale<T: Float, V: Lanes<T>>(rstd: &[T], gain: Option<&[T]>, at: At) -> V {
    let rstd: V = at.of(rstd);
    match gain {
        None => rstd,
        Some(gain) => at.of::<T, V>(gain) * rstd,
    }
}

/// ρ γ (dy - 1/n Σ dy - x̂ 1/n Σ dy x̂), from dy and x, with x̂ = (x - μ) ρ
#[derive(Clone, Copy)]
pub(super) struct Gradient<'a, T> {
    pub mean: &'a [T],
    pub rstd: &'a [T],
    pub gain: Option<&'a [T]>,
    /// Σ dy
    pub sum: &'a [T],
    /// Σ dy (x - μ)
    pub moment: &'a [T],
    /// 1/n
    pub share: T,
}

impl<T: Float> Formula<T, 2, 4> for Gradient<'_, T> {
    /// μ, and what dy, x - μ and 1 are multiplied with.
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 4] {
        let rstd: V = at.of(self.rstd);
        let scale: V = scale(self.rstd, self.gain, at);
        let less = -scale * V::splat(self.share);
        let slope = less * rstd * rstd * at.of(self.moment);
        [at.of(self.mean), scale, slope, less * at.of(self.sum)]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [dy, x]: [V; 2], [mean, scale, slope, offset]: [V; 4]) -> V {
        dy.mul_add(scale, (x - mean).mul_add(slope, offset))
    }
}

/// The same behind max(y, 0): dy counts where y = (x - μ) ρ γ + β is above 0.
#[derive(Clone, Copy)]
pub(super) struct GradientRectified<'a, T> {
    pub gradient: Gradient<'a, T>,
    pub shift: Option<&'a [T]>,
}

impl<T: Float> Formula<T, 2, 5> for GradientRectified<'_, T> {
    #[inline(always)]
    fn of_channel<V: Lanes<T>>(&self, at: At) -> [V; 5] {
        let [mean, scale, slope, offset] = self.gradient.of_channel(at);
        let shift = match self.shift {
            None => V::splat(T::ZERO),
            Some(shift) => at.of(shift),
        };
        [mean, scale, slope, offset, shift]
    }

    #[inline(always)]
    fn value<V: Lanes<T>>(&self, [dy, x]: [V; 2], of_channel: [V; 5]) -> V {
        let [mean, scale, slope, offset, shift] = of_channel;
        let dy = rectified(dy, x, [mean, scale, shift]);
        self.gradient.value([dy, x], [mean, scale, slope, offset])
    }
}
