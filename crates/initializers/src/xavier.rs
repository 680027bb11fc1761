//! Xavier: one variance that suits the signal forward and the gradients back.

use rand::Rng;

use crate::{
    Fan, Initializer, InitializerError, Nonlinearity, error::finite_non_negative,
    initializer::assert_len, normal::fill_normal, uniform::fill_uniform,
};

/// Independent draws from U(-A, A) with A = gain · √(6/(fan_in + fan_out)).
///
/// The variance A²/3 = gain² · 2/(fan_in + fan_out) lies between what keeps the signal's size on
/// the way forward (1/fan_in) and the gradients' on the way back (1/fan_out). The gain is 1 by
/// default. Fans of 0 and 0 count as a sum of 1.
///
/// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
/// networks" (2010), equation 16. Equals PyTorch's `init.xavier_uniform_`, Keras's `GlorotUniform`.
///
/// For a layer of `a` inputs and `b` outputs, mean 0 and standard deviation 2A/√12:
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, XavierUniform};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let (a, b) = (300, 200);
/// let mut w = vec![0.0; a * b];
/// XavierUniform::new().fill(&mut w, &[a, b], Fan::matrix(a, b), &mut ChaCha8Rng::seed_from_u64(1));
///
/// let bound = (6.0 / (a + b) as f64).sqrt();
/// assert!(w.iter().all(|w| (-bound..bound).contains(w)));
/// let mean = w.iter().sum::<f64>() / w.len() as f64;
/// let std = (w.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / w.len() as f64).sqrt();
/// assert!(mean.abs() < 1e-3);
/// assert!((std - 2.0 * bound / 12.0_f64.sqrt()).abs() < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct XavierUniform {
    gain: f64,
}

/// Independent draws from N(0, std²) with std = gain · √(2/(fan_in + fan_out)).
///
/// The Gaussian of the same variance as [`XavierUniform`]; gain 1 by default. Fans of 0 and 0 count
/// as a sum of 1.
///
/// Source: Glorot and Bengio (2010), equation 12. Equals PyTorch's `init.xavier_normal_`. Keras's
/// `GlorotNormal` cuts the tails at two standard deviations; this one doesn't.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Nonlinearity, XavierNormal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 300 * 200];
/// let init = XavierNormal::new().nonlinearity(Nonlinearity::Tanh)?;
/// init.fill(&mut w, &[300, 200], Fan::matrix(300, 200), &mut ChaCha8Rng::seed_from_u64(1));
/// let std = (w.iter().map(|w| w * w).sum::<f64>() / w.len() as f64).sqrt();
/// assert!((std - 5.0 / 3.0 * (2.0_f64 / 500.0).sqrt()).abs() < 1e-3);
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct XavierNormal {
    gain: f64,
}

impl XavierUniform {
    /// With a gain of 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Multiplies the bound by `gain`.
    ///
    /// # Errors
    /// [`InitializerError`] if `gain` is NaN, infinite or negative.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        let gain = finite_non_negative("XavierUniform", "gain", gain)?;
        Ok(Self { gain })
    }

    /// The gain of the activation that follows.
    ///
    /// # Errors
    /// [`InitializerError`] if its gain is NaN, as a leaky ReLU of slope NaN has it.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Result<Self, InitializerError> {
        self.gain(nonlinearity.gain())
    }
}

impl XavierNormal {
    /// With a gain of 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Multiplies the standard deviation by `gain`.
    ///
    /// # Errors
    /// [`InitializerError`] if `gain` is NaN, infinite or negative.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        let gain = finite_non_negative("XavierNormal", "gain", gain)?;
        Ok(Self { gain })
    }

    /// The gain of the activation that follows.
    ///
    /// # Errors
    /// [`InitializerError`] if its gain is NaN, as a leaky ReLU of slope NaN has it.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Result<Self, InitializerError> {
        self.gain(nonlinearity.gain())
    }
}

impl Default for XavierUniform {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for XavierNormal {
    fn default() -> Self {
        Self::new()
    }
}

impl Initializer for XavierUniform {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let bound = self.gain * (6.0 / fan.sum()).sqrt();
        fill_uniform(w, -bound, bound, rng);
    }
}

impl Initializer for XavierNormal {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let std = self.gain * (2.0 / fan.sum()).sqrt();
        fill_normal(w, 0.0, std, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::{XavierNormal, XavierUniform};
    use crate::Nonlinearity;

    #[test]
    fn a_gain_that_cannot_be_is_an_error() {
        for gain in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(XavierUniform::new().gain(gain).is_err(), "{gain}");
            assert!(XavierNormal::new().gain(gain).is_err(), "{gain}");
        }
        let nan = Nonlinearity::LeakyRelu(f64::NAN);
        assert!(XavierUniform::new().nonlinearity(nan).is_err());
        assert!(XavierNormal::new().nonlinearity(nan).is_err());
    }
}
