//! How far two sets overlap, with weights for what is too much and what is missing.

use crate::error::{check_not_negative, check_positive};
use crate::reductions::reductions;
use crate::shapes::check_rows;
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The Tversky loss: loss_r = 1 - (I + ε) / (I + α P + β N + ε) for a row of probabilities, with what they
/// share with the target, I = Σ x_i t_i, what is too much, P = Σ x_i (1 - t_i), and what is missing,
/// N = Σ (1 - x_i) t_i. The gradient is ((I + ε) (α + (1 - α - β) t_i) - D t_i) / D², with D the
/// denominator. Keras' `Tversky`, with its defaults α = β = 0.5 and ε = 1e-7; those make it
/// [`Dice`](crate::Dice) but for ε. α above β is for few false alarms, β above α for few misses.
///
/// Targets are values, `[rows, width]`, in [0, 1]: a row is a whole set, the mask of a picture, say. By
/// default the rows are reduced to their mean.
///
/// Source: Salehi, Erdogmus and Gholipour, "Tversky loss function for image segmentation using 3D fully
/// convolutional deep networks", 2017.
///
/// ```
/// use neuropil_losses::{Loss, Target, Tversky};
///
/// let (x, target) = ([1.0_f64, 1.0, 0.0, 0.0], Target::Values(&[1.0, 0.0, 0.0, 0.0]));
/// let loss = Tversky::new().weights(0.25, 0.75)?;
/// assert!((loss.value(4, &x, target)? - (1.0 - 1.0 / 1.25)).abs() < 1e-7);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tversky {
    reduction: Reduction,
    alpha: f64,
    beta: f64,
    epsilon: f64,
}

impl Default for Tversky {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, alpha: 0.5, beta: 0.5, epsilon: 1e-7 }
    }
}

impl Tversky {
    /// α = β = 0.5, ε = 1e-7, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets α, which weighs what is too much, and β, which weighs what is missing.
    ///
    /// # Errors
    /// If one is negative, infinite or NaN.
    pub fn weights(self, alpha: f64, beta: f64) -> Result<Self, LossError> {
        let alpha = check_not_negative("Tversky", "alpha", alpha)?;
        Ok(Self { alpha, beta: check_not_negative("Tversky", "beta", beta)?, ..self })
    }

    /// Sets ε, which makes two empty sets equal.
    ///
    /// # Errors
    /// If it is not positive and finite.
    pub fn epsilon(self, epsilon: f64) -> Result<Self, LossError> {
        Ok(Self { epsilon: check_positive("Tversky", "epsilon", epsilon)?, ..self })
    }
}

reductions!(Tversky);

impl Loss for Tversky {
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
        let Self { alpha, beta, epsilon, .. } = *self;
        sweep("Tversky", Overlap { alpha, beta, epsilon }, width, x, target, weights, loss, dx);
    }
}

/// 1 - (I + ε) / (I + α P + β N + ε)
pub(crate) struct Overlap {
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) epsilon: f64,
}

/// The loss of each row and, if asked for, its weighted gradient.
///
/// # Panics
/// As [`Loss::rows`].
#[expect(clippy::too_many_arguments, reason = "those of `Loss::rows`, and what they are for")]
pub(crate) fn sweep<T: Float>(
    name: &'static str,
    overlap: Overlap,
    width: usize,
    x: &[T],
    target: Target<'_, T>,
    weights: Weights<'_, T>,
    loss: &mut [T],
    dx: Option<&mut [T]>,
) {
    let rows = check_rows(|| name.into(), width, x, &weights, loss, dx.as_deref());
    let Target::Values(target) = target else { panic!("{name}: takes no labels as target") };
    let found = target.len();
    assert!(found == x.len(), "{name}: {found} values for {rows} rows of {width}");
    dispatch(Rows { overlap, width, x, target, weights, loss, dx });
}

struct Rows<'a, T> {
    overlap: Overlap,
    width: usize,
    x: &'a [T],
    target: &'a [T],
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    dx: Option<&'a mut [T]>,
}

impl<T: Float> Kernel<T> for Rows<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { overlap, width, x, target, weights, loss, mut dx } = self;
        let [alpha, beta, epsilon] =
            [overlap.alpha, overlap.beta, overlap.epsilon].map(|setting| T::of(setting));
        for (row, loss) in loss.iter_mut().enumerate() {
            let x = &x[row * width..][..width];
            let target = &target[row * width..][..width];
            let shared = within::dot::<T, V>(x, target);
            let (all_x, all_t) = (within::sum::<T, V>(x), within::sum::<T, V>(target));
            let (too_much, missing) = (all_x - shared, all_t - shared);
            let wrong = alpha * too_much + beta * missing;
            let denominator = shared + wrong + epsilon;
            *loss = wrong / denominator;
            if let Some(dx) = dx.as_deref_mut() {
                // a + b t_i
                let w = weights.of(row) / denominator;
                let share = (shared + epsilon) / denominator;
                let a = V::splat(w * share * alpha);
                let b = V::splat(w * (share * (T::ONE - alpha - beta) - T::ONE));
                affine::<T, V>(target, a, b, &mut dx[row * width..][..width]);
            }
        }
    }
}

/// dx = a + b t
#[inline(always)]
fn affine<T: Float, V: Lanes<T>>(target: &[T], a: V, b: V, dx: &mut [T]) {
    let (mut target, mut dx) = (target.chunks_exact(V::LEN), dx.chunks_exact_mut(V::LEN));
    for (t, dx) in (&mut target).zip(&mut dx) {
        V::load(t).mul_add(b, a).store(dx);
    }
    V::load_partial(target.remainder()).mul_add(b, a).store_partial(dx.into_remainder());
}
