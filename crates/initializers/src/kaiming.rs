//! Kaiming: the variance that keeps the signal's size through layers of rectifiers.

use rand::Rng;

use crate::{
    Fan, FanMode, Initializer, InitializerError, Nonlinearity, error::finite_non_negative,
    initializer::assert_len, normal::fill_normal, uniform::fill_uniform,
};

/// Independent draws from U(-A, A) with A = gain · √(3/fan).
///
/// By default the fan is the fan-in and the gain is that of ReLU, √2. The standard deviation is
/// A/√3 = gain/√fan. A fan of 0 counts as 1.
///
/// Source: He and others, "Delving Deep into Rectifiers" (2015), section 2.2. Equals PyTorch's
/// `init.kaiming_uniform_`, Keras's `HeUniform`.
///
/// ```
/// use neuropil_initializers::{Fan, FanMode, Initializer, KaimingUniform, Nonlinearity};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 300 * 200];
/// let init = KaimingUniform::new().fan(FanMode::Output).nonlinearity(Nonlinearity::LeakyRelu(0.2))?;
/// init.fill(&mut w, &[300, 200], Fan::matrix(300, 200), &mut ChaCha8Rng::seed_from_u64(1));
/// let bound = (2.0_f64 / 1.04).sqrt() * (3.0_f64 / 200.0).sqrt();
/// assert!(w.iter().all(|w| (-bound..bound).contains(w)));
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KaimingUniform {
    fan: FanMode,
    gain: f64,
}

/// Independent draws from N(0, std²) with std = gain/√fan.
///
/// By default the fan is the fan-in and the gain is that of ReLU, √2: std = √(2/fan_in). A fan of 0
/// counts as 1.
///
/// Source: He and others, "Delving Deep into Rectifiers" (2015), equations 10 and 14. Equals
/// PyTorch's `init.kaiming_normal_`. Keras's `HeNormal` cuts the tails at two standard deviations;
/// this one doesn't.
///
/// Ten layers of ReLU, and the signal still has its size:
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, KaimingNormal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let n = 256;
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let mut x = vec![1.0; n];
/// let mut w = vec![0.0; n * n];
/// for _layer in 0..10 {
///     KaimingNormal::new().fill(&mut w, &[n, n], Fan::matrix(n, n), &mut rng);
///     x = (0..n).map(|j| (0..n).map(|i| x[i] * w[i * n + j]).sum::<f64>().max(0.0)).collect();
/// }
/// let mean_square = x.iter().map(|x| x * x).sum::<f64>() / n as f64;
/// assert!((0.25..4.0).contains(&mean_square));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KaimingNormal {
    fan: FanMode,
    gain: f64,
}

impl KaimingUniform {
    /// Over the fan-in, for ReLU.
    #[must_use]
    pub fn new() -> Self {
        Self { fan: FanMode::Input, gain: Nonlinearity::Relu.gain() }
    }

    /// The default of PyTorch's `Linear` for its weight: over the fan-in, with the gain of a leaky
    /// ReLU of slope √5, which is 1/√3, so that A = 1/√fan_in. Its bias has the same bound:
    /// [`UniformFanIn`](crate::UniformFanIn).
    ///
    /// ```
    /// use neuropil_initializers::{Fan, Initializer, KaimingUniform};
    /// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
    ///
    /// let mut w = vec![0.0; 784 * 128];
    /// let mut rng = ChaCha8Rng::seed_from_u64(1);
    /// KaimingUniform::pytorch_linear().fill(&mut w, &[784, 128], Fan::matrix(784, 128), &mut rng);
    /// let largest = w.iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
    /// assert!((largest - 1.0 / 28.0).abs() < 1e-5); // √784 = 28
    /// ```
    #[must_use]
    pub fn pytorch_linear() -> Self {
        Self { fan: FanMode::Input, gain: Nonlinearity::LeakyRelu(5.0_f64.sqrt()).gain() }
    }

    /// Which side keeps its variance.
    #[must_use]
    pub const fn fan(self, fan: FanMode) -> Self {
        Self { fan, ..self }
    }

    /// Sets the gain: the standard deviation is gain/√fan.
    ///
    /// # Errors
    /// [`InitializerError`] if `gain` is NaN, infinite or negative.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        let gain = finite_non_negative("KaimingUniform", "gain", gain)?;
        Ok(Self { gain, ..self })
    }

    /// The gain of the activation that follows.
    ///
    /// # Errors
    /// [`InitializerError`] if its gain is NaN, as a leaky ReLU of slope NaN has it.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Result<Self, InitializerError> {
        self.gain(nonlinearity.gain())
    }
}

impl KaimingNormal {
    /// Over the fan-in, for ReLU.
    #[must_use]
    pub fn new() -> Self {
        Self { fan: FanMode::Input, gain: Nonlinearity::Relu.gain() }
    }

    /// Which side keeps its variance.
    #[must_use]
    pub const fn fan(self, fan: FanMode) -> Self {
        Self { fan, ..self }
    }

    /// Sets the gain: the standard deviation is gain/√fan.
    ///
    /// # Errors
    /// [`InitializerError`] if `gain` is NaN, infinite or negative.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        let gain = finite_non_negative("KaimingNormal", "gain", gain)?;
        Ok(Self { gain, ..self })
    }

    /// The gain of the activation that follows.
    ///
    /// # Errors
    /// [`InitializerError`] if its gain is NaN, as a leaky ReLU of slope NaN has it.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Result<Self, InitializerError> {
        self.gain(nonlinearity.gain())
    }
}

impl Default for KaimingUniform {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for KaimingNormal {
    fn default() -> Self {
        Self::new()
    }
}

impl Initializer for KaimingUniform {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let bound = self.gain * (3.0 / fan.pick(self.fan)).sqrt();
        fill_uniform(w, -bound, bound, rng);
    }
}

impl Initializer for KaimingNormal {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let std = self.gain / fan.pick(self.fan).sqrt();
        fill_normal(w, 0.0, std, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::{KaimingNormal, KaimingUniform};
    use crate::Nonlinearity;

    #[test]
    fn a_gain_that_cannot_be_is_an_error() {
        for gain in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(KaimingUniform::new().gain(gain).is_err(), "{gain}");
            assert!(KaimingNormal::new().gain(gain).is_err(), "{gain}");
        }
        let nan = Nonlinearity::LeakyRelu(f64::NAN);
        assert!(KaimingUniform::new().nonlinearity(nan).is_err());
        assert!(KaimingNormal::new().nonlinearity(nan).is_err());
    }
}
