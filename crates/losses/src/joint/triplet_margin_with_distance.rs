//! Of three vectors, which two should be near each other, by any distance.

use super::distance::{Distance, LpDistance};
use super::shapes::check_rows;
use crate::error::check_setting;
use crate::{JointLoss, LossError, Reduction, Weights};
use neuropil_simd::Float;

/// The triplet loss with a distance of your choice: loss_r = max(0, d(a, p) - d(a, n) + margin), where
/// the anchor a should be nearer to the positive p than to the negative n. PyTorch's
/// `TripletMarginWithDistanceLoss`.
///
/// The inputs are `anchor`, `positive` and `negative`, all `[rows, width]`. The gradients are those of
/// the distances where the loss is not 0. With
/// [`swap`](TripletMarginWithDistance::swap), d(p, n) takes the place of d(a, n) where it is smaller;
/// of equal ones each has half the gradient. By default the margin is 1, nothing is swapped, and the
/// rows are reduced to their mean.
///
/// ```
/// use neuropil_losses::{CosineDistance, JointLoss, TripletMarginWithDistance};
///
/// let (anchor, positive, negative) = ([1.0_f64, 0.0], [1.0, 0.0], [0.0, 1.0]);
/// let loss = TripletMarginWithDistance::new(CosineDistance).margin(1.5)?;
/// let value = loss.value(2, [&anchor, &positive, &negative], None)?;
/// assert!((value - (0.0 - 1.0 + 1.5)).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
///
/// Source: Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional
/// neural networks" (2016), for the swap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TripletMarginWithDistance<D = LpDistance> {
    pub(super) distance: D,
    pub(super) margin: f64,
    swap: bool,
    reduction: Reduction,
}

impl<D: Distance> TripletMarginWithDistance<D> {
    /// A margin of 1, the mean over the rows.
    pub fn new(distance: D) -> Self {
        Self { distance, margin: 1.0, swap: false, reduction: Reduction::Mean }
    }

    /// By how much the positive should be nearer.
    ///
    /// # Errors
    /// If it is not positive, or infinite or NaN.
    pub fn margin(mut self, margin: f64) -> Result<Self, LossError> {
        let good = margin > 0.0 && margin.is_finite();
        self.margin = check_setting(
            "TripletMarginWithDistance",
            "margin",
            margin,
            good,
            "positive and finite",
        )?;
        Ok(self)
    }

    /// Whether the positive's distance from the negative counts where it is smaller than the anchor's.
    pub fn swap(mut self, swap: bool) -> Self {
        self.swap = swap;
        self
    }

    /// The sum over the rows instead of their mean.
    pub fn sum(mut self) -> Self {
        self.reduction = Reduction::Sum;
        self
    }
}

impl<D: Distance> JointLoss<3> for TripletMarginWithDistance<D> {
    const INPUTS: [&'static str; 3] = ["anchor", "positive", "negative"];

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn rows<T: Float>(
        &self,
        width: usize,
        x: [&[T]; 3],
        weights: Weights<'_, T>,
        loss: &mut [T],
        mut dx: [Option<&mut [T]>; 3],
    ) {
        check_rows(self, width, &x, &weights, loss, &dx);
        let (distance, margin) = (&self.distance, T::of(self.margin));
        for (row, loss) in loss.iter_mut().enumerate() {
            let at = row * width..(row + 1) * width;
            let [a, p, n] = x.map(|x| &x[at.clone()]);
            let (near, far) = (distance.value(a, p), distance.value(a, n));
            let across = if self.swap { distance.value(p, n) } else { far };
            // A NaN is not smaller, and must not be lost.
            let nearest = if across < far || across.is_nan() { across } else { far };
            let excess = near - nearest + margin;
            *loss = if excess < T::ZERO { T::ZERO } else { excess };

            let [mut da, mut dp, mut dn] =
                dx.each_mut().map(|dx| dx.as_deref_mut().map(|dx| &mut dx[at.clone()]));
            for d in [&mut da, &mut dp, &mut dn].into_iter().flatten() {
                d.fill(T::ZERO);
            }
            if excess <= T::ZERO {
                continue;
            }
            let w = weights.of(row);
            // How much of the distance from the negative is the anchor's, how much the positive's.
            let (of_anchor, of_positive) = match (self.swap, across < far, across == far) {
                (false, ..) => (w, T::ZERO),
                (true, true, _) => (T::ZERO, w),
                (true, _, true) => (w * T::of(0.5), w * T::of(0.5)),
                (true, ..) => (w, T::ZERO),
            };
            if let Some(da) = &mut da {
                distance.backward(a, p, near, w, da);
                if of_anchor != T::ZERO {
                    distance.backward(a, n, far, -of_anchor, da);
                }
            }
            if let Some(dp) = &mut dp {
                distance.backward_second(a, p, near, w, dp);
                if of_positive != T::ZERO {
                    distance.backward(p, n, across, -of_positive, dp);
                }
            }
            if let Some(dn) = &mut dn {
                if of_anchor != T::ZERO {
                    distance.backward_second(a, n, far, -of_anchor, dn);
                }
                if of_positive != T::ZERO {
                    distance.backward_second(p, n, across, -of_positive, dn);
                }
            }
        }
    }
}
