//! The score of the right class, larger than all others by a margin.

use crate::class_weights::ClassWeights;
use crate::error::check_setting;
use crate::reductions::reductions;
use crate::shapes::{check_labels, check_rows};
use crate::{Loss, LossError, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

const NAME: &str = "MultiMargin";
const WEIGHTS: &str = "class_weights";

/// The multi-class margin loss: loss_r = v_label/C Σ_i max(0, margin - x_label + x_i)^p over the other
/// classes i, for a row of C scores. The gradient is v_label p/C max(0, margin - x_label + x_i)^(p-1) for each
/// of them, and at the label minus the sum of these. PyTorch's `MultiMarginLoss`, with its defaults
/// p = 1, margin 1.
///
/// Targets are labels, `[rows]`. By default there are no
/// [weights of classes](MultiMargin::class_weights), v = 1, no label is
/// [ignored](MultiMargin::ignore_index), and the rows are reduced to their mean; as in PyTorch, weights
/// of classes do not change what it is divided by.
///
/// Source: Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999.
///
/// ```
/// use neuropil_losses::{Loss, MultiMargin, Target};
///
/// let mut dx = [0.0_f32; 4];
/// let value = MultiMargin::new().both(4, &[0.5, 2.0, 1.25, -1.0], Target::Labels(&[1]), &mut dx)?;
/// assert_eq!((value, dx), (0.25 / 4.0, [0.0, -0.25, 0.25, 0.0]));
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MultiMargin {
    reduction: Reduction,
    is_squared: bool,
    margin: f64,
    class_weights: Option<ClassWeights>,
    ignore_index: Option<u32>,
}

impl Default for MultiMargin {
    fn default() -> Self {
        Self {
            reduction: Reduction::Mean,
            is_squared: false,
            margin: 1.0,
            class_weights: None,
            ignore_index: None,
        }
    }
}

impl MultiMargin {
    /// p = 1, a margin of 1, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets p, the power.
    ///
    /// # Errors
    /// If it is neither 1 nor 2.
    pub fn p(self, p: u32) -> Result<Self, LossError> {
        check_setting(NAME, "p", p.into(), matches!(p, 1 | 2), "1 or 2")?;
        Ok(Self { is_squared: p == 2, ..self })
    }

    /// Sets the margin.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn margin(self, margin: f64) -> Result<Self, LossError> {
        let margin = check_setting(NAME, "margin", margin, margin.is_finite(), "finite")?;
        Ok(Self { margin, ..self })
    }

    /// A weight for each class, `[classes]`. PyTorch's `weight`.
    ///
    /// # Errors
    /// If a weight is negative, infinite or NaN, or if none is positive.
    pub fn class_weights(self, weights: &[f64]) -> Result<Self, LossError> {
        Ok(Self { class_weights: Some(ClassWeights::new(NAME, WEIGHTS, weights)?), ..self })
    }

    /// The label of rows that count nothing: they have neither loss nor gradient, and no part in the
    /// mean.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignore_index: Some(label), ..self }
    }
}

reductions!(MultiMargin);

impl Loss for MultiMargin {
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

    fn check_width(&self, width: usize) -> Result<(), LossError> {
        self.class_weights.iter().try_for_each(|weights| weights.check_width(NAME, WEIGHTS, width))
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
        if let Err(error) = self.check_width(width) {
            panic!("{error}");
        }
        let Target::Labels(labels) = target else { panic!("{NAME}: takes no values as target") };
        check_labels(|| NAME.into(), labels, rows, width, self.ignore_index);
        let class_weights = self.class_weights.as_ref().map(ClassWeights::of::<T>);
        let ignored = self.ignore_index;
        let margin = T::of(self.margin);
        let of_rows = Rows { margin, class_weights, ignored, width, x, labels, weights, loss, dx };
        if self.is_squared {
            dispatch(Power::<T, true>(of_rows));
        } else {
            dispatch(Power::<T, false>(of_rows));
        }
    }
}

struct Rows<'a, T> {
    margin: T,
    class_weights: Option<&'a [T]>,
    ignored: Option<u32>,
    width: usize,
    x: &'a [T],
    labels: &'a [u32],
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    dx: Option<&'a mut [T]>,
}

struct Power<'a, T, const SQUARED: bool>(Rows<'a, T>);

impl<T: Float, const SQUARED: bool> Kernel<T> for Power<'_, T, SQUARED> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Rows { margin, class_weights, ignored, width, x, labels, weights, loss, mut dx } =
            self.0;
        for (row, (&label, loss)) in labels.iter().zip(loss).enumerate() {
            let mut dx = dx.as_deref_mut().map(|dx| &mut dx[row * width..][..width]);
            if Some(label) == ignored {
                *loss = T::ZERO;
                if let Some(dx) = &mut dx {
                    dx.fill(T::ZERO);
                }
                continue;
            }
            let (x, label) = (&x[row * width..][..width], label as usize);
            let mut factor = T::of(1.0 / width as f64);
            if let Some(weights) = class_weights {
                factor *= weights[label];
            }
            // The others stand on both sides of the label.
            let excess = Excess::<T, SQUARED> { margin, right: x[label] };
            let others = [&x[..label], &x[label + 1..]];
            let sums = others.map(|x| within::sum_of::<T, V, _, 1>(excess, [x]));
            // A NaN at the label shows even where there are no others.
            let nan = if x[label].is_nan() { T::NAN } else { T::ZERO };
            *loss = (sums[0] + sums[1] + nan) * factor;
            if let Some(dx) = dx {
                let w = factor * weights.of(row);
                let slope = Slope(excess);
                let (before, rest) = dx.split_at_mut(label);
                let mut sums = [T::ZERO; 2];
                for ((x, dx), sum) in
                    others.into_iter().zip([before, &mut rest[1..]]).zip(&mut sums)
                {
                    *sum = within::sum_into::<T, V, _, 1>(slope, [x], dx);
                    scale::<T, V>(dx, w);
                }
                dx[label] = (nan - (sums[0] + sums[1])) * w;
            }
        }
    }
}

/// max(0, margin - right + x), or its square
#[derive(Clone, Copy)]
struct Excess<T, const SQUARED: bool> {
    margin: T,
    right: T,
}

impl<T: Float, const SQUARED: bool> Excess<T, SQUARED> {
    #[inline(always)]
    fn excess<V: Lanes<T>>(&self, x: V) -> V {
        V::splat(T::ZERO).max(V::splat(self.margin) - (V::splat(self.right) - x))
    }
}

impl<T: Float, const SQUARED: bool> Term<T, 1> for Excess<T, SQUARED> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        let excess = self.excess(x);
        if SQUARED { excess * excess } else { excess }
    }
}

/// Its derivative.
#[derive(Clone, Copy)]
struct Slope<T, const SQUARED: bool>(Excess<T, SQUARED>);

impl<T: Float, const SQUARED: bool> Term<T, 1> for Slope<T, SQUARED> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x]: [V; 1]) -> V {
        let (zero, excess) = (V::splat(T::ZERO), self.0.excess(x));
        if SQUARED {
            excess + excess
        } else {
            // A NaN is equal to nothing and stays.
            let one = V::select(excess.is_nan(), excess, V::splat(T::ONE));
            V::select(excess.eq(zero), zero, one)
        }
    }
}

/// dx = w dx
#[inline(always)]
fn scale<T: Float, V: Lanes<T>>(dx: &mut [T], w: T) {
    let w = V::splat(w);
    let mut vectors = dx.chunks_exact_mut(V::LEN);
    for dx in &mut vectors {
        (V::load(dx) * w).store(dx);
    }
    let rest = vectors.into_remainder();
    (V::load_partial(rest) * w).store_partial(rest);
}
