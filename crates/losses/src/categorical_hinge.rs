//! The score of the right class against the best of the others.

use crate::reductions::reductions;
use crate::shapes::{check_labels, check_rows};
use crate::{Loss, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, reduce::within};

const NAME: &str = "CategoricalHinge";

/// The hinge loss of classes: loss_r = max(0, 1 - x_label + max_i x_i), where i are the other classes: the
/// margin by which the best of them comes too near. The gradient is -1 at the label and 1 at the best of
/// the others (the first of equal ones) where the loss is positive, else 0. Where there are no others
/// the loss is 0.
///
/// Targets are labels, `[rows]`. By default no label is
/// [ignored](CategoricalHinge::ignore_index), and the rows are reduced to their mean. Keras'
/// `CategoricalHinge` differs in that it takes 0 for one of the others.
///
/// Source: Crammer and Singer, "On the algorithmic implementation of multiclass kernel-based vector
/// machines", 2001.
///
/// ```
/// use neuropil_losses::{CategoricalHinge, Loss, Target};
///
/// let mut dx = [0.0_f32; 3];
/// let value = CategoricalHinge::new().both(3, &[0.5, 2.0, 1.25], Target::Labels(&[1]), &mut dx)?;
/// assert_eq!((value, dx), (0.25, [0.0, -1.0, 1.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CategoricalHinge {
    reduction: Reduction,
    ignore_index: Option<u32>,
}

impl CategoricalHinge {
    /// The mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The label of rows that count nothing: they have neither loss nor gradient, and no part in the
    /// mean.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignore_index: Some(label), ..self }
    }
}

reductions!(CategoricalHinge);

impl Loss for CategoricalHinge {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Labels
    }

    fn prediction(&self) -> Prediction {
        Prediction::Scores
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
        let rows = check_rows(|| NAME.into(), width, x, &weights, loss, dx.as_deref());
        let Target::Labels(labels) = target else { panic!("{NAME}: takes no values as target") };
        check_labels(|| NAME.into(), labels, rows, width, self.ignore_index);
        dispatch(Rows { ignored: self.ignore_index, width, x, labels, weights, loss, dx });
    }
}

struct Rows<'a, T> {
    ignored: Option<u32>,
    width: usize,
    x: &'a [T],
    labels: &'a [u32],
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    dx: Option<&'a mut [T]>,
}

impl<T: Float> Kernel<T> for Rows<'_, T> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { ignored, width, x, labels, weights, loss, mut dx } = self;
        for (row, (&label, loss)) in labels.iter().zip(loss).enumerate() {
            let mut dx = dx.as_deref_mut().map(|dx| &mut dx[row * width..][..width]);
            if let Some(dx) = &mut dx {
                dx.fill(T::ZERO);
            }
            *loss = T::ZERO;
            if Some(label) == ignored {
                continue;
            }
            let (x, label) = (&x[row * width..][..width], label as usize);
            let (before, behind) = (&x[..label], &x[label + 1..]);
            if within::largest::<T, V>(x).is_nan() {
                *loss = T::NAN;
                if let Some(dx) = &mut dx {
                    dx.fill(T::NAN);
                }
                continue;
            }
            // The first of the largest, if there are others.
            let of_before = within::argmax::<T, V>(before);
            let of_behind = within::argmax::<T, V>(behind).map(|place| label + 1 + place);
            let best = match (of_before, of_behind) {
                (Some(i), Some(j)) => Some(if x[i] >= x[j] { i } else { j }),
                (i, j) => i.or(j),
            };
            let Some(best) = best else { continue };
            let hinge = T::ONE - (x[label] - x[best]);
            // Two infinite scores have no difference.
            if hinge > T::ZERO || hinge.is_nan() {
                *loss = hinge;
                if let Some(dx) = &mut dx {
                    let w = weights.of(row);
                    dx[label] = -w;
                    dx[best] = w;
                }
            }
        }
    }
}
