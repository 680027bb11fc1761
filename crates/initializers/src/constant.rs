//! One number everywhere: zeros, ones, any constant.

use rand::Rng;

use crate::{Fan, Initializer, initializer::assert_len};

/// Every element is 0: `w = 0`.
///
/// For biases. A hidden layer whose *weights* all start equal never learns more than one unit: each
/// unit computes the same and gets the same gradient, for ever.
///
/// Equals PyTorch's `init.zeros_`.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Zeros};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut b = [f64::NAN; 3];
/// Zeros.fill(&mut b, &[3], Fan::matrix(4, 3), &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(b, [0.0; 3]);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Zeros;

/// Every element is 1: `w = 1`.
///
/// For the gains of normalizations. Equals PyTorch's `init.ones_`.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Ones};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut gain = [f64::NAN; 3];
/// Ones.fill(&mut gain, &[3], Fan::of(&[3]), &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(gain, [1.0; 3]);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Ones;

/// Every element is the number given: `w = c`.
///
/// Equals PyTorch's `init.constant_`.
///
/// ```
/// use neuropil_initializers::{Constant, Fan, Initializer};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut b = [f64::NAN; 3];
/// Constant(-0.5).fill(&mut b, &[3], Fan::of(&[3]), &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(b, [-0.5; 3]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant(pub f64);

impl Initializer for Zeros {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        Constant(0.0).fill(w, shape, fan, rng);
    }
}

impl Initializer for Ones {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        Constant(1.0).fill(w, shape, fan, rng);
    }
}

impl Initializer for Constant {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, _rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        w.fill(self.0);
    }
}
