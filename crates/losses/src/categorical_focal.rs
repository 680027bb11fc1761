//! Cross entropy of classes that looks at what is still wrong.

use crate::elementwise::product;
use crate::error::{check_not_negative, check_positive};
use crate::of_cross_entropy::{OfCrossEntropy, sweep};
use crate::powers::power;
use crate::reductions::reductions;
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, Lanes, math};

const NAME: &str = "CategoricalFocal";

/// The focal loss of classes, from logits: loss_r = -α (1 - p)^γ ln p, with p = softmax(x)_label. What is
/// already right with ease (p near 1) counts little. The gradient is
/// α ((1 - p)^γ - γ (1 - p)^(γ-1) p ln p) (softmax(x) - onehot). Keras' `CategoricalFocalCrossentropy`
/// with `from_logits=True` and one-hot targets, with its defaults α = 0.25, γ = 2.
///
/// Targets are labels, `[rows]`. By default no label is
/// [ignored](CategoricalFocal::ignore_index), and the rows are reduced to their mean. With γ = 0 and
/// α = 1 it is [`CrossEntropy`](crate::CrossEntropy).
///
/// Source: Lin et al., "Focal loss for dense object detection", 2017.
///
/// ```
/// use neuropil_losses::{CategoricalFocal, Loss, Target};
///
/// let x = [0.25_f64.ln(), 0.75_f64.ln()];
/// let value = CategoricalFocal::new().value(2, &x, Target::Labels(&[1]))?;
/// assert!((value + 0.25 * 0.25_f64.powi(2) * 0.75_f64.ln()).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategoricalFocal {
    reduction: Reduction,
    alpha: f64,
    gamma: f64,
    ignore_index: Option<u32>,
}

impl Default for CategoricalFocal {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, alpha: 0.25, gamma: 2.0, ignore_index: None }
    }
}

impl CategoricalFocal {
    /// α = 0.25, γ = 2, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets α, by which all is multiplied.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn alpha(self, alpha: f64) -> Result<Self, LossError> {
        Ok(Self { alpha: check_positive(NAME, "alpha", alpha)?, ..self })
    }

    /// Sets γ: how much less counts what is already right.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn gamma(self, gamma: f64) -> Result<Self, LossError> {
        Ok(Self { gamma: check_not_negative(NAME, "gamma", gamma)?, ..self })
    }

    /// The label of rows that count nothing: they have neither loss nor gradient, and no part in the
    /// mean.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignore_index: Some(label), ..self }
    }
}

reductions!(CategoricalFocal);

impl Loss for CategoricalFocal {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }

    fn prediction(&self) -> Prediction {
        Prediction::Logits
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn ignored_label(&self) -> Option<u32> {
        self.ignore_index
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: &[T],
        target: Target<'_, T>,
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: Option<&mut [T]>,
    ) {
        let f = Focus { alpha: self.alpha, gamma: self.gamma };
        sweep(NAME, f, self.ignore_index, width, x, target, weights, loss, dx);
    }
}

/// α (1 - p)^γ c, with p = e^-c
struct Focus {
    alpha: f64,
    gamma: f64,
}

impl OfCrossEntropy for Focus {
    #[inline(always)]
    fn both<T: Float, V: Lanes<T>>(&self, c: V) -> (V, V) {
        let (alpha, gamma) = (V::of(self.alpha), self.gamma);
        let (p, wrong) = (math::exp(-c), -math::expm1(-c));
        let focus = power(wrong, gamma);
        let mut slope = focus;
        if gamma > 0.0 {
            // p c is 0 where c is ∞; (1 - p)^(γ-1) c is finite where c is 0 only if γ is not.
            let steep = product(product(p, c), power(wrong, gamma - 1.0));
            slope = V::of(gamma).mul_add(steep, focus);
        }
        (alpha * product(focus, c), alpha * slope)
    }
}
