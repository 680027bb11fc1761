//! Between cross entropy and the absolute error, for labels that may be wrong.

use crate::error::check_setting;
use crate::of_cross_entropy::{OfCrossEntropy, sweep};
use crate::reductions::reductions;
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, Lanes, math};

const NAME: &str = "GeneralizedCrossEntropy";

/// The generalized cross entropy from logits: loss_r = (1 - p^q)/q, with p = softmax(x)_label. The
/// gradient is p^q (softmax(x) - onehot): what the network finds unlikely pulls less than in
/// [`CrossEntropy`](crate::CrossEntropy), to which it tends for q → 0; labels that are wrong do less
/// harm. q = 1 is 1 - p, half the absolute error of the probabilities.
///
/// Targets are labels, `[rows]`. By default q = 0.7, as in the paper, no label is
/// [ignored](GeneralizedCrossEntropy::ignore_index), and the rows are reduced to their mean.
///
/// Source: Zhang and Sabuncu, "Generalized cross entropy loss for training deep neural networks with
/// noisy labels", 2018.
///
/// ```
/// use neuropil_losses::{GeneralizedCrossEntropy, Loss, Target};
///
/// let x = [0.25_f64.ln(), 0.75_f64.ln()];
/// let loss = GeneralizedCrossEntropy::new().q(1.0)?;
/// assert!((loss.value(2, &x, Target::Labels(&[0]))? - 0.75).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneralizedCrossEntropy {
    reduction: Reduction,
    q: f64,
    ignore_index: Option<u32>,
}

impl Default for GeneralizedCrossEntropy {
    fn default() -> Self {
        Self { reduction: Reduction::Mean, q: 0.7, ignore_index: None }
    }
}

impl GeneralizedCrossEntropy {
    /// q = 0.7, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets q, the power of the probability.
    ///
    /// # Errors
    /// If it is not in (0, 1].
    pub fn q(self, q: f64) -> Result<Self, LossError> {
        let is_right = q > 0.0 && q <= 1.0;
        Ok(Self { q: check_setting(NAME, "q", q, is_right, "in (0, 1]")?, ..self })
    }

    /// The label of rows that count nothing: they have neither loss nor gradient, and no part in the
    /// mean.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignore_index: Some(label), ..self }
    }
}

reductions!(GeneralizedCrossEntropy);

impl Loss for GeneralizedCrossEntropy {
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
        let f = Power { q: self.q };
        sweep(NAME, f, self.ignore_index, width, x, target, weights, loss, dx);
    }
}

/// (1 - e^(-q c))/q
struct Power {
    q: f64,
}

impl OfCrossEntropy for Power {
    #[inline(always)]
    fn both<T: Float, V: Lanes<T>>(&self, c: V) -> (V, V) {
        let power = V::of(-self.q) * c;
        (math::expm1(power) * V::of(-1.0 / self.q), math::exp(power))
    }
}
