//! Mixup.

use crate::mixture::beta;
use crate::{Mix, Mixture, RegularizerError};

/// Mixup: training on straight lines between samples, so that a network is straight between them, too.
///
/// x_i = λ x_i + (1 − λ) x_j and t_i = λ t_i + (1 − λ) t_j, with λ ~ Beta(α, α) once a batch
///
/// where j is the partner of row i ([`partners`](crate::partners)) and t are targets: probabilities of
/// classes, or values. The paper takes an α of 0.1 to 0.4 for ImageNet and 1, the default here as in
/// PyTorch's torchvision, for CIFAR-10. A small α mostly leaves samples as they are, or nearly.
///
/// Source: Zhang, Cissé, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization" (2018).
/// torchvision's `v2.MixUp(alpha=1.0)`.
///
/// ```
/// use neuropil_regularizers::{Mixture, Mixup, random};
///
/// let mixup = Mixup::new(0.4)?;
/// let shares = (0..1_000).map(|step| mixup.draw(random::key(&[42, step]), &[784]).share());
/// let mean = shares.sum::<f64>() / 1_000.0;
/// assert!((mean - 0.5).abs() < 0.05);
/// assert!(Mixup::new(0.0).is_err());
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixup {
    alpha: f64,
}

impl Mixup {
    /// With this α.
    ///
    /// # Errors
    /// [`RegularizerError`] if `alpha` is no positive finite number in `f32`.
    pub fn new(alpha: f64) -> Result<Self, RegularizerError> {
        Ok(Self { alpha: RegularizerError::positive("Mixup", "alpha", alpha)? })
    }
}

impl Default for Mixup {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Mixture for Mixup {
    fn name(&self) -> String {
        format!("Mixup({})", self.alpha)
    }

    fn check(&self, _sample: &[usize]) -> Result<(), RegularizerError> {
        Ok(())
    }

    fn draw(&self, stream: u64, _sample: &[usize]) -> Mix {
        Mix::of_all(beta(self.alpha, stream))
    }
}
