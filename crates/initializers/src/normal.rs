//! The Gaussian with a mean and a spread of your own.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{
    Fan, Initializer, InitializerError,
    error::{finite, finite_non_negative},
    initializer::assert_len,
};

/// Independent draws from N(mean, std²): `w = mean + std z` with z from the standard normal
/// distribution.
///
/// 99.73 % of the weights lie within three standard deviations of the mean. A `std` of 0 gives the
/// mean everywhere.
///
/// Equals PyTorch's `init.normal_`, Keras's `RandomNormal`.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Normal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 100_000];
/// Normal::new(0.0, 0.01)?.fill(&mut w, &[100_000], Fan::of(&[100_000]), &mut ChaCha8Rng::seed_from_u64(1));
/// let within_3_sigma = w.iter().filter(|w| w.abs() < 0.03).count() as f64 / 100_000.0;
/// assert!((within_3_sigma - 0.9973).abs() < 5e-4);
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    mean: f64,
    std: f64,
}

impl Normal {
    /// The Gaussian of this mean and standard deviation.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if one of them is NaN or infinite,
    /// [`InitializerError::Negative`] if `std` is below 0.
    pub fn new(mean: f64, std: f64) -> Result<Self, InitializerError> {
        Ok(Self {
            mean: finite("Normal", "mean", mean)?,
            std: finite_non_negative("Normal", "std", std)?,
        })
    }
}

/// N(0, 1), as PyTorch's defaults have it.
impl Default for Normal {
    fn default() -> Self {
        Self { mean: 0.0, std: 1.0 }
    }
}

impl Initializer for Normal {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        fill_normal(w, self.mean, self.std, rng);
    }
}

/// Independent draws from N(mean, std²), for every initializer of a normal distribution.
pub(crate) fn fill_normal(w: &mut [f64], mean: f64, std: f64, rng: &mut dyn Rng) {
    for w in w {
        let z: f64 = StandardNormal.sample(rng);
        *w = mean + std * z;
    }
}

#[cfg(test)]
mod tests {
    use super::Normal;
    use crate::InitializerError::{Negative, NotFinite};

    #[test]
    fn a_negative_spread_is_an_error() {
        let (initializer, parameter, value) = ("Normal", "std", -0.5);
        assert_eq!(Normal::new(0.0, value), Err(Negative { initializer, parameter, value }));
    }

    #[test]
    fn a_parameter_that_is_no_number_is_an_error_and_named() {
        let parameter_of = |mean, std| match Normal::new(mean, std) {
            Err(NotFinite { parameter, .. }) => parameter,
            other => panic!("{mean} and {std} gave {other:?}"),
        };
        assert_eq!(parameter_of(f64::NAN, 1.0), "mean");
        assert_eq!(parameter_of(f64::INFINITY, 1.0), "mean");
        assert_eq!(parameter_of(0.0, f64::NAN), "std");
        assert_eq!(parameter_of(0.0, f64::INFINITY), "std");
    }
}
