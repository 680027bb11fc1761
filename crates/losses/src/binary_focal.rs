//! Cross entropy that looks at what is still wrong.

use crate::binary_cross_entropy_with_logits::cross_entropy;
use crate::elementwise::product;
use crate::error::{check_not_negative, check_unit};
use crate::powers::power;
use crate::reductions::reductions;
use crate::{ElementwiseLoss, LossError, Prediction, Reduction};
use neuropil_simd::{Float, Lanes, math};

/// The focal loss of yes or no, from logits: loss_r = 1/n Σ_i α_t (1 - p_t)^γ c_i for a row of n logits. c is
/// the binary cross entropy, p_t = t σ(x) + (1 - t) σ(-x) the probability of what is right, and
/// α_t = t α + (1 - t) (1 - α). What is already right with ease (p_t near 1) counts little. The gradient
/// is α_t ((1 - p_t)^γ (σ(x) - t) - γ (1 - p_t)^(γ-1) c (2t - 1) σ(x) σ(-x)) / n.
/// torchvision's `sigmoid_focal_loss`, with its defaults α = 0.25, γ = 2, though there the sum is the
/// default of none; here it is the mean over all numbers.
///
/// Targets are values, `[rows, width]`, in [0, 1]. With γ = 0 and
/// [without α](BinaryFocal::unbalanced) it is
/// [`BinaryCrossEntropyWithLogits`](crate::BinaryCrossEntropyWithLogits).
///
/// Source: Lin et al., "Focal loss for dense object detection", 2017.
///
/// ```
/// use neuropil_losses::{BinaryFocal, Loss, Target};
///
/// let loss = BinaryFocal::new();
/// let easy = loss.value(1, &[4.0_f64], Target::Values(&[1.0]))?;
/// let hard = loss.value(1, &[-4.0_f64], Target::Values(&[1.0]))?;
/// assert!(hard > 1e5 * easy);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryFocal {
    reduction: Reduction,
    alpha: Option<f64>,
    gamma: f64,
}

impl Default for BinaryFocal {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, alpha: Some(0.25), gamma: 2.0 }
    }
}

impl BinaryFocal {
    /// α = 0.25, γ = 2, the mean over all numbers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets α, the weight of a yes, which leaves 1 - α for a no.
    ///
    /// # Errors
    /// If it is not in [0, 1].
    pub fn alpha(self, alpha: f64) -> Result<Self, LossError> {
        Ok(Self { alpha: Some(check_unit("BinaryFocal", "alpha", alpha)?), ..self })
    }

    /// Lets yes and no count the same, 1 and not 1/2: without α. torchvision's `alpha=-1`.
    pub fn unbalanced(self) -> Self {
        Self { alpha: None, ..self }
    }

    /// Sets γ: how much less counts what is already right.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn gamma(self, gamma: f64) -> Result<Self, LossError> {
        Ok(Self { gamma: check_not_negative("BinaryFocal", "gamma", gamma)?, ..self })
    }

    /// α_t
    #[inline(always)]
    fn balance<T: Float, V: Lanes<T>>(&self, t: V) -> V {
        match self.alpha {
            Some(alpha) => t.mul_add(V::of(2.0 * alpha - 1.0), V::of(1.0 - alpha)),
            None => V::splat(T::ONE),
        }
    }
}

reductions!(BinaryFocal);

impl ElementwiseLoss for BinaryFocal {
    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn prediction(&self) -> Prediction {
        Prediction::BinaryLogits
    }

    #[inline(always)]
    fn term<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let yes = math::sigmoid(x);
        let wrong = t * math::sigmoid(-x) + (V::splat(T::ONE) - t) * yes;
        self.balance::<T, V>(t) * product(power(wrong, self.gamma), cross_entropy(x, t))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, t: V) -> V {
        let (yes, no, one) = (math::sigmoid(x), math::sigmoid(-x), V::splat(T::ONE));
        let wrong = t * no + (one - t) * yes;
        let slope = (one - t) * yes - t * no;
        let of_entropy = power(wrong, self.gamma) * slope;
        let side = t + t - one;
        let of_power = if self.gamma == 0.0 {
            V::splat(T::ZERO)
        } else {
            // (1 - p_t)^(γ-1) may be infinite where σ(x) σ(-x) is 0.
            let steep = product(yes * no, power(wrong, self.gamma - 1.0));
            V::of(self.gamma) * product(steep, cross_entropy(x, t)) * side
        };
        self.balance::<T, V>(t) * (of_entropy - of_power)
    }
}
