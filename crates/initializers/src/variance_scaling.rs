//! Any variance over any fan: what Xavier, Kaiming and LeCun are cases of.

use rand::Rng;

use crate::{
    Fan, FanMode, Initializer, InitializerError, error::positive, initializer::assert_len,
    normal::fill_normal, truncated::fill_truncated, uniform::fill_uniform,
};

/// The standard deviation of N(0, 1) cut at -2 and 2: √(1 − 4 φ(2)/(2 Φ(2) − 1)).
const CUT: f64 = 0.879_625_661_034_239_8;

/// Independent draws of mean 0 and variance = scale/fan.
///
/// | distribution | law |
/// | --- | --- |
/// | truncated normal (the default) | N(0, std²) cut at ±2 std, with std = √(scale/fan)/0.87962566 |
/// | normal | N(0, scale/fan) |
/// | uniform | U(-A, A) with A = √(3 scale/fan) |
///
/// By default scale = 1 and the fan is the fan-in; that of [`FanMode::Average`] is (fan_in + fan_out)/2. The
/// division by 0.8796 gives back what the cut takes from the spread. A fan below 1 counts as 1.
///
/// | | scale | fan |
/// | --- | --- | --- |
/// | LeCun | 1 | in |
/// | Kaiming, He | 2 | in |
/// | Xavier, Glorot | 1 | average |
///
/// Source: the three papers, see [`LecunNormal`](crate::LecunNormal), [`KaimingNormal`](crate::KaimingNormal) and
/// [`XavierNormal`](crate::XavierNormal). Equals Keras's `VarianceScaling`, JAX's `variance_scaling`; PyTorch has
/// no such thing.
///
/// ```
/// use neuropil_initializers::{Fan, FanMode, Initializer, VarianceScaling};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// // Keras's GlorotNormal.
/// let init = VarianceScaling::new(1.0)?.fan(FanMode::Average);
/// let mut w = vec![0.0; 300 * 500];
/// init.fill(&mut w, &[300, 500], Fan::matrix(300, 500), &mut ChaCha8Rng::seed_from_u64(1));
/// let std = (w.iter().map(|w| w * w).sum::<f64>() / w.len() as f64).sqrt();
/// assert!((std - 0.05).abs() < 5e-4); // 1/√400
/// assert!(w.iter().all(|w| w.abs() < 2.0 * 0.05 / 0.8796));
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceScaling {
    scale: f64,
    fan: FanMode,
    shape: Shape,
}

/// The kinds of distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    TruncatedNormal,
    Normal,
    Uniform,
}

impl VarianceScaling {
    /// The variance is `scale` over the fan-in, the distribution the truncated normal one.
    ///
    /// # Errors
    /// [`InitializerError`] if `scale` is NaN, infinite, zero or negative.
    pub fn new(scale: f64) -> Result<Self, InitializerError> {
        let scale = positive("VarianceScaling", "scale", scale)?;
        Ok(Self { scale, fan: FanMode::Input, shape: Shape::TruncatedNormal })
    }

    /// What the scale is divided by.
    #[must_use]
    pub const fn fan(self, fan: FanMode) -> Self {
        Self { fan, ..self }
    }

    /// A Gaussian cut at two of its standard deviations.
    #[must_use]
    pub const fn truncated_normal(self) -> Self {
        Self { shape: Shape::TruncatedNormal, ..self }
    }

    /// A Gaussian, Keras's `untruncated_normal`.
    #[must_use]
    pub const fn normal(self) -> Self {
        Self { shape: Shape::Normal, ..self }
    }

    /// Equal chances between two bounds.
    #[must_use]
    pub const fn uniform(self) -> Self {
        Self { shape: Shape::Uniform, ..self }
    }
}

/// Scale 1 over the fan-in, truncated normal.
impl Default for VarianceScaling {
    fn default() -> Self {
        Self { scale: 1.0, fan: FanMode::Input, shape: Shape::TruncatedNormal }
    }
}

impl Initializer for VarianceScaling {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let std = (self.scale / fan.pick(self.fan)).sqrt();
        match self.shape {
            Shape::TruncatedNormal => {
                let std = std / CUT;
                fill_truncated(w, 0.0, std, (-2.0 * std, 2.0 * std), rng);
            }
            Shape::Normal => fill_normal(w, 0.0, std, rng),
            Shape::Uniform => {
                let bound = 3.0_f64.sqrt() * std;
                fill_uniform(w, -bound, bound, rng);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VarianceScaling;
    use crate::InitializerError::{NotFinite, NotPositive};

    #[test]
    fn a_scale_that_cannot_be_is_an_error() {
        let (initializer, parameter) = ("VarianceScaling", "scale");
        for value in [0.0, -1.0] {
            let error = Err(NotPositive { initializer, parameter, value });
            assert_eq!(VarianceScaling::new(value), error);
        }
        let value = f64::INFINITY;
        let error = Err(NotFinite { initializer, parameter, value });
        assert_eq!(VarianceScaling::new(value), error);
    }
}
