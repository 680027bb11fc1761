//! What hands its input on: the identity as a convolution.

use rand::Rng;

use crate::{
    Fan, Initializer, InitializerError,
    error::at_least,
    initializer::{assert_len, middle},
};

/// A convolution that hands its channels on: of the weight `[outputs, inputs, ..window]`,
/// `w[d][d][middle] = 1`, all others 0.
///
/// With padding for the same length and an odd window, output d is input d, for as many as both have; others
/// are silent. With groups, each of them does so for its own channels; by default there is 1 group. The middle
/// of an axis of n is n/2, rounded down. A number of outputs that the groups don't divide, which no convolution
/// takes, leaves the outputs that are left over silent.
///
/// Source: Zagoruyko and Komodakis, "DiracNets: Training Very Deep Neural Networks Without Skip-Connections"
/// (2017). Equals PyTorch's `init.dirac_`.
///
/// ```
/// use neuropil_initializers::{Dirac, Fan, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = [f64::NAN; 2 * 2 * 3];
/// Dirac::new().fill(&mut w, &[2, 2, 3], Fan::matrix(6, 6), &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(w, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Dirac {
    groups: usize,
}

impl Dirac {
    /// For a convolution of one group.
    #[must_use]
    pub const fn new() -> Self {
        Self { groups: 1 }
    }

    /// For a convolution of so many groups, whose weight is `[outputs, inputs/groups, ..window]`.
    ///
    /// # Errors
    /// [`InitializerError::Below`] if `groups` is 0.
    pub fn groups(self, groups: usize) -> Result<Self, InitializerError> {
        Ok(Self { groups: at_least("Dirac", "groups", 1, groups)? })
    }
}

impl Default for Dirac {
    fn default() -> Self {
        Self::new()
    }
}

impl Initializer for Dirac {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, _rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        w.fill(0.0);
        let axis = |i: usize| shape.get(i).copied().unwrap_or(1);
        let (outputs, inputs) = (axis(0), axis(1));
        let (taps, middle) = middle(shape);
        if w.is_empty() {
            return;
        }
        let of_group = outputs / self.groups;
        for group in 0..self.groups {
            for d in 0..of_group.min(inputs) {
                w[((group * of_group + d) * inputs + d) * taps + middle] = 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dirac;
    use crate::InitializerError::Below;

    #[test]
    fn no_groups_are_an_error() {
        let (initializer, parameter) = ("Dirac", "groups");
        assert_eq!(
            Dirac::new().groups(0),
            Err(Below { initializer, parameter, least: 1, value: 0 })
        );
    }
}
