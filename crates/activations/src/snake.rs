//! The number and a wave on it.

use crate::error::positive;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = x + sin²(a x)/a, with a = 1 by default: it rises as x and repeats itself, so that networks
/// extrapolate periodic data. Beyond PyTorch. The limits at ±∞ are ±∞.
///
/// The derivative, from the input: 1 + sin(2 a x), which has no limit at ±∞ and is NaN there. An a that
/// is learned is a layer of its own: `LearnedSnake` of the crate `neuropil-nn`.
///
/// Source: Ziyin, Hartwig and Ueda, "Neural Networks Fail to Learn Periodic Functions and How to Fix
/// It" (2020).
///
/// ```
/// use neuropil_activations::{Activation, Snake};
/// use std::f64::consts::PI;
///
/// let mut y = [0.0_f64; 3];
/// Snake::new().forward(3, &[0.0, PI / 2.0, f64::INFINITY], &mut y);
/// assert_eq!(y, [0.0, PI / 2.0 + 1.0, f64::INFINITY]);
/// assert!(Snake::new().frequency(0.0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snake {
    frequency: f64,
}

impl Snake {
    /// With an a of 1.
    pub const fn new() -> Self {
        Self { frequency: 1.0 }
    }

    /// The frequency of the wave: a.
    ///
    /// # Errors
    /// If a is not positive and finite.
    pub fn frequency(self, a: f64) -> Result<Self, ActivationError> {
        Ok(Self { frequency: positive("Snake", "frequency", a)? })
    }
}

impl Default for Snake {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Snake {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let a = V::of(self.frequency);
        let s = math::sin(a * x);
        // The sine of ∞ is NaN.
        let wave = V::select(x.abs().lt(V::splat(T::INFINITY)), (s * s) / a, V::of(0.0));
        x + wave
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        V::of(1.0) + math::sin(V::of(2.0 * self.frequency) * x)
    }
}
