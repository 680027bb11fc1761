//! Equal chances over an interval: one of your own, or one that the fan-in sets.

use rand::{Rng, RngExt};

use crate::{Fan, FanMode, Initializer, InitializerError, error::finite, initializer::assert_len};

/// Independent draws from U(low, high): `w = low + (high - low) u` with u uniform in [0, 1).
///
/// Mean (low + high)/2, standard deviation (high - low)/√12. In f32, rounding may reach `high`
/// itself.
///
/// Equals PyTorch's `init.uniform_`, Keras's `RandomUniform`.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Uniform};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = [0.0; 1_000];
/// Uniform::new(-0.05, 0.05)?.fill(&mut w, &[10, 100], Fan::matrix(10, 100), &mut ChaCha8Rng::seed_from_u64(1));
/// assert!(w.iter().all(|w| (-0.05..0.05).contains(w)));
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    low: f64,
    high: f64,
}

impl Uniform {
    /// The interval `[low, high)`.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if an end or the width is NaN or infinite,
    /// [`InitializerError::EmptyRange`] unless `low < high`.
    pub fn new(low: f64, high: f64) -> Result<Self, InitializerError> {
        let (low, high) = (finite("Uniform", "low", low)?, finite("Uniform", "high", high)?);
        if low >= high {
            return Err(InitializerError::EmptyRange { initializer: "Uniform", low, high });
        }
        finite("Uniform", "high - low", high - low)?;
        Ok(Self { low, high })
    }
}

/// U(0, 1), as PyTorch's defaults have it.
impl Default for Uniform {
    fn default() -> Self {
        Self { low: 0.0, high: 1.0 }
    }
}

impl Initializer for Uniform {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        fill_uniform(w, self.low, self.high, rng);
    }
}

/// Independent draws from U(-A, A) with A = 1/√fan_in.
///
/// What PyTorch's `Linear` gives its bias, with the fan-in of its weight; its weight has the same
/// distribution, written there as Kaiming with the slope √5
/// ([`KaimingUniform::pytorch_linear`](crate::KaimingUniform::pytorch_linear)). Standard deviation
/// 1/√(3 fan_in). A fan-in of 0 counts as 1.
///
/// Source: LeCun and others, "Efficient BackProp" (1998), section 4.6, with the interval in place
/// of the standard deviation.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, UniformFanIn};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut bias = [0.0; 128];
/// UniformFanIn.fill(&mut bias, &[128], Fan::matrix(784, 128), &mut ChaCha8Rng::seed_from_u64(1));
/// assert!(bias.iter().all(|b| b.abs() <= 1.0 / 28.0)); // √784 = 28
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct UniformFanIn;

impl Initializer for UniformFanIn {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let bound = 1.0 / fan.pick(FanMode::Input).sqrt();
        fill_uniform(w, -bound, bound, rng);
    }
}

/// Independent draws from U(low, high), for every initializer of a uniform distribution.
pub(crate) fn fill_uniform(w: &mut [f64], low: f64, high: f64, rng: &mut dyn Rng) {
    let width = high - low;
    for w in w {
        let u: f64 = rng.random();
        *w = low + width * u;
    }
}

#[cfg(test)]
mod tests {
    use super::Uniform;
    use crate::InitializerError::{EmptyRange, NotFinite};

    #[test]
    fn an_interval_without_numbers_is_an_error() {
        for (low, high) in [(1.0, 1.0), (2.0, -2.0)] {
            let initializer = "Uniform";
            assert_eq!(Uniform::new(low, high), Err(EmptyRange { initializer, low, high }));
        }
    }

    #[test]
    fn an_end_that_is_no_number_is_an_error_and_named() {
        let parameter_of = |low, high| match Uniform::new(low, high) {
            Err(NotFinite { parameter, .. }) => parameter,
            other => panic!("{low} and {high} gave {other:?}"),
        };
        assert_eq!(parameter_of(f64::NAN, 1.0), "low");
        assert_eq!(parameter_of(f64::NEG_INFINITY, 1.0), "low");
        assert_eq!(parameter_of(0.0, f64::NAN), "high");
        assert_eq!(parameter_of(0.0, f64::INFINITY), "high");
        assert_eq!(parameter_of(f64::MIN, f64::MAX), "high - low");
    }
}
