//! The bias of a classifier that knows how rare its class is.

use rand::Rng;

use crate::{Constant, Fan, Initializer, InitializerError, error::inside};

/// The logit of a probability, everywhere: `b = -ln((1 - p)/p)`, so that sigmoid(b) = p.
///
/// For the bias of the last layer before a sigmoid. When a class is rare, a network that starts at 1/2 spends its
/// first steps on learning that, with large losses of the common class that drown the rare one's; started so, it
/// knows it.
///
/// Source: Lin and others, "Focal Loss for Dense Object Detection" (2017), section 4.1, where p = 0.01. PyTorch has
/// no such initializer.
///
/// ```
/// use neuropil_initializers::{ClassPrior, Fan, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut b = [f64::NAN; 3];
/// ClassPrior::new(0.01)?.fill(&mut b, &[3], Fan::matrix(4, 3), &mut ChaCha8Rng::seed_from_u64(1));
/// assert!(b.iter().all(|b| (1.0 / (1.0 + (-b).exp()) - 0.01).abs() < 1e-15));
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassPrior {
    probability: f64,
}

impl ClassPrior {
    /// The share of rows that belong to the class.
    ///
    /// # Errors
    /// [`InitializerError::NotInside`] unless `probability` lies above 0 and below 1.
    pub fn new(probability: f64) -> Result<Self, InitializerError> {
        Ok(Self { probability: inside("ClassPrior", "probability", probability)? })
    }
}

impl Initializer for ClassPrior {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        let p = self.probability;
        Constant(-((1.0 - p) / p).ln()).fill(w, shape, fan, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::ClassPrior;

    #[test]
    fn a_probability_that_decides_everything_is_an_error() {
        for p in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
            assert!(ClassPrior::new(p).is_err(), "{p}");
        }
        let error = ClassPrior::new(1.0).unwrap_err().to_string();
        assert_eq!(error, "ClassPrior: probability must lie above 0 and below 1, but is 1");
    }
}
