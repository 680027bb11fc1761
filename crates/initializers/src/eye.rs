//! What hands its input on: the identity as a matrix.

use rand::Rng;

use crate::{Fan, Initializer, InitializerError, error::finite, initializer::assert_len};

/// Ones on the diagonal, zeros elsewhere: `w[i][j] = gain` if i = j, else 0.
///
/// A layer of `[inputs, outputs]` hands as many numbers on as both have. For residual blocks that should start
/// as nothing but their shortcut's continuation, and for the state of a recurrent layer of rectifiers. The gain
/// is 1 by default. All axes before the last are taken as one; a convolution's identity is
/// [`Dirac`](crate::Dirac).
///
/// Source: Le, Jaitly and Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units"
/// (2015). Equals PyTorch's `init.eye_`, Keras's `Identity(gain)`.
///
/// ```
/// use neuropil_initializers::{Eye, Fan, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = [f64::NAN; 6];
/// Eye::new().fill(&mut w, &[2, 3], Fan::matrix(2, 3), &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(w, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    gain: f64,
}

impl Eye {
    /// Ones.
    #[must_use]
    pub const fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// What stands on the diagonal.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if `gain` is NaN or infinite.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        Ok(Self { gain: finite("Eye", "gain", gain)? })
    }
}

impl Default for Eye {
    fn default() -> Self {
        Self::new()
    }
}

impl Initializer for Eye {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, _rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let width = shape.last().copied().unwrap_or(1);
        for (i, w) in w.iter_mut().enumerate() {
            *w = if i / width == i % width { self.gain } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Eye;

    #[test]
    fn a_gain_that_is_no_number_is_an_error() {
        assert!(Eye::new().gain(f64::NAN).is_err() && Eye::new().gain(f64::INFINITY).is_err());
        assert!(Eye::new().gain(-0.5).is_ok());
    }
}
