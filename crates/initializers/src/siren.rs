//! The start of networks of sines.

use rand::Rng;

use crate::{
    Fan, FanMode, Initializer, InitializerError, error::positive, initializer::assert_len,
    uniform::fill_uniform,
};

/// Independent draws from U(-A, A), for a layer whose outputs go through sin(ω x): A = 1/fan_in in the first
/// layer, A = √(6/fan_in)/ω in all others.
///
/// By default ω = 30. So the first layer spreads inputs of -1 to 1 over several periods, and what goes into each
/// later sine is a Gaussian of deviation 1, however deep the network is. A fan-in of 0 counts as 1.
///
/// Source: Sitzmann and others, "Implicit Neural Representations with Periodic Activation Functions" (2020),
/// section 3.2. PyTorch has no such thing.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Siren};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let (mut first, mut second) = (vec![0.0; 2 * 600], vec![0.0; 600 * 600]);
/// Siren::first().fill(&mut first, &[2, 600], Fan::matrix(2, 600), &mut rng);
/// Siren::hidden().fill(&mut second, &[600, 600], Fan::matrix(600, 600), &mut rng);
/// assert!(first.iter().all(|w| w.abs() <= 0.5));
/// assert!(second.iter().all(|w| w.abs() <= 0.1 / 30.0)); // √(6/600) = 0.1
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Siren {
    first: bool,
    omega: f64,
}

impl Siren {
    /// For the layer that takes the coordinates.
    #[must_use]
    pub const fn first() -> Self {
        Self { first: true, omega: 30.0 }
    }

    /// For every layer behind a sine, the last one too.
    #[must_use]
    pub const fn hidden() -> Self {
        Self { first: false, omega: 30.0 }
    }

    /// The frequency ω of the sines. The first layer's start does not depend on it.
    ///
    /// # Errors
    /// [`InitializerError`] if `omega` is NaN, infinite, zero or negative.
    pub fn omega(self, omega: f64) -> Result<Self, InitializerError> {
        Ok(Self { omega: positive("Siren", "omega", omega)?, ..self })
    }
}

impl Initializer for Siren {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let inputs = fan.pick(FanMode::Input);
        let bound = if self.first { 1.0 / inputs } else { (6.0 / inputs).sqrt() / self.omega };
        fill_uniform(w, -bound, bound, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::Siren;

    #[test]
    fn a_frequency_that_cannot_be_is_an_error() {
        for omega in [0.0, -30.0, f64::NAN, f64::INFINITY] {
            assert!(Siren::hidden().omega(omega).is_err(), "{omega}");
        }
    }
}
