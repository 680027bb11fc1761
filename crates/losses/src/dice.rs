//! How far two sets overlap.

use crate::error::check_positive;
use crate::reductions::reductions;
use crate::tversky::{Overlap, sweep};
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::Float;

/// The Dice loss: loss_r = 1 - (2 Σ x_i t_i + ε) / (Σ x_i + Σ t_i + ε) for a row of probabilities: 0 if they
/// are the target's set, 1 if they share nothing with it. The gradient is ((2 Σ x t + ε) - 2 t_i D) / D²,
/// with D the denominator. Keras' `Dice`, with its default ε = 1e-7.
///
/// Targets are values, `[rows, width]`, in [0, 1]: a row is a whole set, the mask of a picture, say. By
/// default the rows are reduced to their mean. Unlike
/// [`BinaryCrossEntropy`](crate::BinaryCrossEntropy) it does not care how much of the picture is
/// background.
///
/// Source: Milletari, Navab and Ahmadi, "V-Net: fully convolutional neural networks for volumetric
/// medical image segmentation", 2016.
///
/// ```
/// use neuropil_losses::{Dice, Loss, Target};
///
/// let (x, target) = ([1.0_f64, 1.0, 0.0, 0.0], Target::Values(&[1.0, 0.0, 0.0, 0.0]));
/// assert!((Dice::new().value(4, &x, target)? - 1.0 / 3.0).abs() < 1e-7);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dice {
    reduction: Reduction,
    epsilon: f64,
}

impl Default for Dice {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, epsilon: 1e-7 }
    }
}

impl Dice {
    /// ε = 1e-7, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets ε, which makes two empty sets equal; 1 is usual, too, and smoother.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, LossError> {
        Ok(Self { epsilon: check_positive("Dice", "epsilon", epsilon)?, ..self })
    }
}

reductions!(Dice);

impl Loss for Dice {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn prediction(&self) -> Prediction {
        Prediction::Probabilities
    }

    fn reduction(&self) -> Reduction {
        self.reduction
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
        // Numerator and denominator halved.
        let overlap = Overlap { alpha: 0.5, beta: 0.5, epsilon: self.epsilon / 2.0 };
        sweep("Dice", overlap, width, x, target, weights, loss, dx);
    }
}
