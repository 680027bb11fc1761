//! The sine.

use crate::error::positive;
use crate::{ActivationError, Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

/// y = sin(ω₀ x), with ω₀ = 30 by default: the activation of SIREN, networks of coordinates that learn
/// images, sounds and their derivatives. Beyond PyTorch. NaN at ±∞, where there is no limit.
///
/// The derivative, from the input: ω₀ cos(ω₀ x). The product ω₀ x is rounded, so y is precise to the last
/// places of ω₀ x.
///
/// Source: Sitzmann et al., "Implicit Neural Representations with Periodic Activation Functions"
/// (2020).
///
/// ```
/// use neuropil_activations::{Activation, Sine};
/// use std::f64::consts::PI;
///
/// let (x, mut y, mut dx) = ([0.0_f64, PI / 60.0], [0.0; 2], [0.0; 2]);
/// Sine::new().forward(2, &x, &mut y);
/// assert_eq!(y, [0.0, 1.0]);
/// Sine::new().backward(2, &x, &[], &[1.0; 2], &mut dx);
/// assert!(dx[0] == 30.0 && dx[1].abs() < 1e-13);
/// Sine::new().frequency(1.0)?.forward(2, &[0.0, PI / 2.0], &mut y);
/// assert_eq!(y, [0.0, 1.0]);
/// # Ok::<(), neuropil_activations::ActivationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sine {
    frequency: f64,
}

impl Sine {
    /// With an ω₀ of 30.
    pub const fn new() -> Self {
        Self { frequency: 30.0 }
    }

    /// The frequency: ω₀.
    ///
    /// # Errors
    /// If ω₀ is not positive and finite.
    pub fn frequency(self, omega: f64) -> Result<Self, ActivationError> {
        Ok(Self { frequency: positive("Sine", "frequency", omega)? })
    }
}

impl Default for Sine {
    fn default() -> Self {
        Self::new()
    }
}

impl Elementwise for Sine {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        math::sin(V::of(self.frequency) * x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let frequency = V::of(self.frequency);
        frequency * math::cos(frequency * x)
    }
}
