//! Orthogonal convolutions: what keeps the length of every signal at each of its places.

use rand::Rng;

use crate::{
    Fan, Initializer, InitializerError, Nonlinearity, Orthogonal,
    error::finite,
    initializer::{assert_len, middle},
};

/// A convolution's weight `[outputs, inputs, ..window]` that is zero but in the middle of the window, where it
/// is a random orthogonal matrix: `w[..][..][middle] = gain · H` with H Hᵀ = I or Hᵀ H = I, to rounding.
///
/// With it, plain networks of ten thousand convolutions have been trained. H is that of [`Orthogonal`]: with at
/// least as many outputs as inputs, the length of a signal is kept at each of its places; with fewer, what gets
/// through is a projection. The gain is 1 by default. The middle of an axis of n is n/2, rounded down. As for
/// [`Orthogonal`], the shape decides the scale, and not the fan.
///
/// Source: Xiao and others, "Dynamical Isometry and a Mean Field Theory of CNNs: How to Train 10,000-Layer
/// Vanilla Convolutional Neural Networks" (2018), algorithm 1. PyTorch has no such thing.
///
/// ```
/// use neuropil_initializers::{DeltaOrthogonal, Fan, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = [f64::NAN; 2 * 2 * 3];
/// let rng = &mut ChaCha8Rng::seed_from_u64(1);
/// DeltaOrthogonal::new().fill(&mut w, &[2, 2, 3], Fan::matrix(6, 6), rng);
/// assert!(w.iter().enumerate().all(|(i, w)| i % 3 == 1 || *w == 0.0));
/// let [a, b, c, d] = [w[1], w[4], w[7], w[10]];
/// assert!((a * a + b * b - 1.0).abs() < 1e-15 && (a * c + b * d).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeltaOrthogonal {
    gain: f64,
}

impl DeltaOrthogonal {
    /// With a gain of 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Multiplies the matrix by `gain`.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if `gain` is NaN or infinite.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        Ok(Self { gain: finite("DeltaOrthogonal", "gain", gain)? })
    }

    /// The gain of the activation that follows.
    ///
    /// # Errors
    /// [`InitializerError`] if its gain is NaN, as a leaky ReLU of slope NaN has it.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Result<Self, InitializerError> {
        self.gain(nonlinearity.gain())
    }
}

impl Default for DeltaOrthogonal {
    fn default() -> Self {
        Self::new()
    }
}

impl Initializer for DeltaOrthogonal {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let (taps, middle) = middle(shape);
        let matrix = &shape[..shape.len().min(2)];
        let mut h = vec![0.0; matrix.iter().product()];
        Orthogonal::new().fill(&mut h, matrix, fan, rng);
        for (w, h) in w.chunks_exact_mut(taps.max(1)).zip(h) {
            w.fill(0.0);
            w[middle] = self.gain * h;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::DeltaOrthogonal;
    use crate::{Fan, Initializer, Nonlinearity};

    /// The middle of [outputs, inputs, 3, 4] is row 1, column 2; there the fewer of rows and columns
    /// are orthonormal, elsewhere is nothing.
    #[test]
    fn the_middle_is_orthogonal_to_rounding() {
        for (outputs, inputs) in [(5, 3), (4, 4), (2, 6)] {
            let shape = [outputs, inputs, 3, 4];
            let mut w = vec![f64::NAN; outputs * inputs * 12];
            let init = DeltaOrthogonal::new().nonlinearity(Nonlinearity::Relu).unwrap();
            init.fill(&mut w, &shape, Fan::of(&shape), &mut ChaCha8Rng::seed_from_u64(1));
            assert!(w.iter().enumerate().all(|(i, w)| i % 12 == 6 || *w == 0.0));
            let h = |i: usize, j: usize| w[(i * inputs + j) * 12 + 6];
            for i in 0..outputs.min(inputs) {
                for j in 0..outputs.min(inputs) {
                    let product: f64 = if outputs < inputs {
                        (0..inputs).map(|k| h(i, k) * h(j, k)).sum()
                    } else {
                        (0..outputs).map(|k| h(k, i) * h(k, j)).sum()
                    };
                    let expected = if i == j { 2.0 } else { 0.0 };
                    assert!((product - expected).abs() < 8e-15, "{shape:?} {i} {j}: {product}");
                }
            }
        }
    }

    #[test]
    fn a_gain_that_is_no_number_is_an_error() {
        assert!(DeltaOrthogonal::new().gain(f64::NAN).is_err());
        assert!(DeltaOrthogonal::new().nonlinearity(Nonlinearity::LeakyRelu(f64::NAN)).is_err());
    }
}
