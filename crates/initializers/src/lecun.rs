//! LeCun: the variance that keeps the signal's size on its way forward.

use rand::Rng;

use crate::{
    Fan, FanMode, Initializer, initializer::assert_len, normal::fill_normal, uniform::fill_uniform,
};

/// Independent draws from U(-A, A) with A = √(3/fan_in).
///
/// The standard deviation is A/√3 = 1/√fan_in, so that a sum of `fan_in` inputs of variance 1 has variance 1. A
/// fan-in of 0 counts as 1. For SELU and for layers without an activation.
///
/// Source: LeCun and others, "Efficient BackProp" (1998), equation 16. Equals Keras's `LecunUniform`; PyTorch has
/// it as `init.kaiming_uniform_(nonlinearity="linear")`.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, LecunUniform};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 300 * 200];
/// LecunUniform.fill(&mut w, &[300, 200], Fan::matrix(300, 200), &mut ChaCha8Rng::seed_from_u64(1));
/// assert!(w.iter().all(|w| w.abs() <= 0.1)); // √(3/300)
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct LecunUniform;

/// Independent draws from N(0, std²) with std = 1/√fan_in.
///
/// The Gaussian of the same variance as [`LecunUniform`], and what self-normalizing networks of SELU are derived
/// from. A fan-in of 0 counts as 1.
///
/// Source: LeCun and others, "Efficient BackProp" (1998), equation 16; Klambauer and others, "Self-Normalizing
/// Neural Networks" (2017). PyTorch has it as `init.kaiming_normal_(nonlinearity="linear")`. Keras's
/// `LecunNormal` cuts the tails at two standard deviations; this one doesn't, and
/// [`VarianceScaling`](crate::VarianceScaling) does.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, LecunNormal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 400 * 200];
/// LecunNormal.fill(&mut w, &[400, 200], Fan::matrix(400, 200), &mut ChaCha8Rng::seed_from_u64(1));
/// let std = (w.iter().map(|w| w * w).sum::<f64>() / w.len() as f64).sqrt();
/// assert!((std - 0.05).abs() < 5e-4); // 1/√400
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct LecunNormal;

impl Initializer for LecunUniform {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let bound = (3.0 / fan.pick(FanMode::Input)).sqrt();
        fill_uniform(w, -bound, bound, rng);
    }
}

impl Initializer for LecunNormal {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        fill_normal(w, 0.0, 1.0 / fan.pick(FanMode::Input).sqrt(), rng);
    }
}
