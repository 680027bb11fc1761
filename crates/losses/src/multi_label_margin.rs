//! The scores of all right classes, larger than those of all others by a margin.

use crate::reductions::reductions;
use crate::shapes::check_rows;
use crate::{Loss, Prediction, Reduction, Target, TargetKind, Weights};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

const NAME: &str = "MultiLabelMargin";

/// The margin loss of rows with several right classes: loss_r = 1/C Σ_j Σ_i max(0, 1 - (x_j - x_i)) for a
/// row of C scores, over the right classes j and the others i. The gradient is 1/C for each pair
/// that is too near: plus at i, minus at j. PyTorch's `MultiLabelMarginLoss`.
///
/// Targets are values, `[rows, width]`: a class is right where its value is at least 1/2. (PyTorch
/// takes a list of the right classes instead, ended by -1.) By default the rows are reduced to their
/// mean. A row costs time by the product of how many are right and its width.
///
/// Source: Crammer and Singer, "A family of additive online algorithms for category ranking", 2003.
///
/// ```
/// use neuropil_losses::{Loss, MultiLabelMargin, Target};
///
/// let x = [0.1_f64, 0.2, 0.4, 0.8];
/// let value = MultiLabelMargin::new().value(4, &x, Target::Values(&[1.0, 0.0, 0.0, 1.0]))?;
/// // 1 - (0.1 - 0.2), 1 - (0.1 - 0.4), 1 - (0.8 - 0.2), 1 - (0.8 - 0.4)
/// assert!((value - (1.1 + 1.3 + 0.4 + 0.6) / 4.0).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MultiLabelMargin {
    reduction: Reduction,
}

impl MultiLabelMargin {
    /// The mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }
}

reductions!(MultiLabelMargin);

impl Loss for MultiLabelMargin {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
    }

    fn prediction(&self) -> Prediction {
        Prediction::Scores
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
        let rows = check_rows(|| NAME.into(), width, x, &weights, loss, dx.as_deref());
        let Target::Values(target) = target else { panic!("{NAME}: takes no labels as target") };
        let found = target.len();
        assert!(found == x.len(), "{NAME}: {found} values for {rows} rows of {width}");
        dispatch(Rows { width, x, target, weights, loss, dx });
    }
}

struct Rows<'a, T> {
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
        let Self { width, x, target, weights, loss, mut dx } = self;
        let (part, half) = (T::of(1.0 / width as f64), T::of(0.5));
        for (row, loss) in loss.iter_mut().enumerate() {
            let x = &x[row * width..][..width];
            let target = &target[row * width..][..width];
            let mut dx = dx.as_deref_mut().map(|dx| &mut dx[row * width..][..width]);
            if within::largest::<T, V>(x).is_nan() {
                *loss = T::NAN;
                if let Some(dx) = &mut dx {
                    dx.fill(T::NAN);
                }
                continue;
            }
            if let Some(dx) = &mut dx {
                dx.fill(T::ZERO);
            }
            let mut sum = T::ZERO;
            for (j, &t) in target.iter().enumerate() {
                if t >= half {
                    let excess = Excess { right: x[j] };
                    sum += within::sum_of::<T, V, _, 2>(excess, [x, target]);
                    if let Some(dx) = &mut dx {
                        let near = within::sum_of::<T, V, _, 2>(Near(excess), [x, target]);
                        add_near::<T, V>(Near(excess), x, target, dx);
                        dx[j] -= near;
                    }
                }
            }
            *loss = sum * part;
            if let Some(dx) = dx {
                let w = part * weights.of(row);
                for dx in dx {
                    *dx *= w;
                }
            }
        }
    }
}

/// max(0, 1 - (right - x)) where the class is not right.
#[derive(Clone, Copy)]
struct Excess<T> {
    right: T,
}

impl<T: Float> Term<T, 2> for Excess<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, t]: [V; 2]) -> V {
        let zero = V::splat(T::ZERO);
        let excess = zero.max(V::splat(T::ONE) - (V::splat(self.right) - x));
        V::select(V::of(0.5).le(t), zero, excess)
    }
}

/// 1 where that is positive.
#[derive(Clone, Copy)]
struct Near<T>(Excess<T>);

impl<T: Float> Term<T, 2> for Near<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, pair: [V; 2]) -> V {
        let zero = V::splat(T::ZERO);
        V::select(zero.lt(self.0.term(pair)), V::splat(T::ONE), zero)
    }
}

/// dx += 1 where a class that is not right is too near.
#[inline(always)]
fn add_near<T: Float, V: Lanes<T>>(near: Near<T>, x: &[T], target: &[T], dx: &mut [T]) {
    let mut i = 0;
    let mut vectors = dx.chunks_exact_mut(V::LEN);
    for dx in &mut vectors {
        (V::load(dx) + near.term([V::load(&x[i..]), V::load(&target[i..])])).store(dx);
        i += V::LEN;
    }
    let rest = vectors.into_remainder();
    if !rest.is_empty() {
        let pair = [V::load_partial(&x[i..]), V::load_partial(&target[i..])];
        (V::load_partial(rest) + near.term(pair)).store_partial(rest);
    }
}
