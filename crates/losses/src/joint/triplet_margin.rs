//! Of three vectors, which two should be near each other.

use super::distance::LpDistance;
use super::shapes::check_rows;
use super::triplet_margin_with_distance::TripletMarginWithDistance;
use crate::error::check_setting;
use crate::{JointLoss, LossError, Reduction, Weights};
use neuropil_simd::Float;

/// The triplet loss: loss_r = max(0, |a - p| - |a - n| + margin), where the anchor a should be nearer
/// to the positive p than to the negative n. PyTorch's `TripletMarginLoss`.
///
/// The inputs are `anchor`, `positive` and `negative`, all `[rows, width]`. The distance is that of
/// [`LpDistance`], and the gradient of a, where the loss is not 0, (a - p)/|a - p| - (a - n)/|a - n| for
/// p = 2; those of p and n are the parts of it, negated. By default the margin is 1, p is 2, ε is 1e-6,
/// nothing is [swapped](TripletMargin::swap), and the rows are reduced to their mean.
///
/// ```
/// use neuropil_losses::{JointLoss, TripletMargin};
///
/// let (anchor, positive, negative) = ([0.0_f64, 0.0], [3.0, 4.0], [0.0, 1.0]);
/// let value = TripletMargin::new().value(2, [&anchor, &positive, &negative], None)?;
/// assert!((value - (5.0 - 1.0 + 1.0)).abs() < 1e-5);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
///
/// Source: Schroff et al., "FaceNet" (2015); Balntas et al. (2016) for the swap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TripletMargin {
    loss: TripletMarginWithDistance<LpDistance>,
}

impl Default for TripletMargin {
    fn default() -> Self {
        Self::new()
    }
}

impl TripletMargin {
    /// A margin of 1, the Euclidean distance, the mean over the rows.
    pub fn new() -> Self {
        Self { loss: TripletMarginWithDistance::new(LpDistance::euclidean()) }
    }

    /// By how much the positive should be nearer.
    ///
    /// # Errors
    /// If it is not positive, or infinite or NaN.
    pub fn margin(mut self, margin: f64) -> Result<Self, LossError> {
        let good = margin > 0.0 && margin.is_finite();
        self.loss.margin = check_setting(NAME, "margin", margin, good, "positive and finite")?;
        Ok(self)
    }

    /// The p of the distance; it may be infinite.
    ///
    /// # Errors
    /// If it is not positive, or NaN.
    pub fn p(mut self, p: f64) -> Result<Self, LossError> {
        self.loss.distance.p = check_setting(NAME, "p", p, p > 0.0, "positive")?;
        Ok(self)
    }

    /// What is added to each difference of two numbers.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, LossError> {
        let good = epsilon >= 0.0 && epsilon.is_finite();
        self.loss.distance.epsilon =
            check_setting(NAME, "epsilon", epsilon, good, "finite and not negative")?;
        Ok(self)
    }

    /// Whether the positive's distance from the negative counts where it is smaller than the anchor's.
    pub fn swap(mut self, swap: bool) -> Self {
        self.loss = self.loss.swap(swap);
        self
    }

    /// The sum over the rows instead of their mean.
    pub fn sum(mut self) -> Self {
        self.loss = self.loss.sum();
        self
    }
}

/// What errors call it.
const NAME: &str = "TripletMargin";

impl JointLoss<3> for TripletMargin {
    const INPUTS: [&'static str; 3] = TripletMarginWithDistance::<LpDistance>::INPUTS;

    fn reduction(&self) -> Reduction {
        self.loss.reduction()
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: [&[T]; 3],
        weights: Weights<'_, T>,
        loss: &mut [T],
        dx: [Option<&mut [T]>; 3],
    ) {
        check_rows(self, width, &x, &weights, loss, &dx);
        self.loss.rows(width, x, weights, loss, dx);
    }
}
