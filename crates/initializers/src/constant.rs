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
///
/// Two hidden units of a network with one input and one output that start at zero, or at any other
/// equal weights, are still equal after a hundred steps of descent on (y - 1)²:
///
/// ```
/// use neuropil_initializers::{Constant, Fan, Initializer, Zeros};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let trained = |initializer: &dyn Initializer| {
///     let mut rng = ChaCha8Rng::seed_from_u64(1);
///     let (mut v, mut w) = ([f64::NAN; 2], [f64::NAN; 2]); // into the hidden units, and out
///     initializer.fill(&mut v, &[1, 2], Fan::matrix(1, 2), &mut rng);
///     initializer.fill(&mut w, &[2, 1], Fan::matrix(2, 1), &mut rng);
///     for _step in 0..100 {
///         let h = v.map(f64::tanh); // of the input 1
///         let dy = 2.0 * (h[0] * w[0] + h[1] * w[1] - 1.0);
///         for i in 0..2 {
///             let dv = dy * w[i] * (1.0 - h[i] * h[i]);
///             (w[i], v[i]) = (w[i] - 0.1 * dy * h[i], v[i] - 0.1 * dv);
///         }
///     }
///     (v, w)
/// };
/// assert_eq!(trained(&Zeros), ([0.0; 2], [0.0; 2])); // not even one unit learns
/// let (v, w) = trained(&Constant(0.3)); // both learn the same
/// assert!(v[0] > 0.5 && v[0] == v[1] && w[0] == w[1]);
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
