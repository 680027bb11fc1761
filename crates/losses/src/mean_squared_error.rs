//! The mean of the squared differences.

use crate::shapes::check_rows;
use crate::{Loss, Reduction, Target, TargetKind, Weights};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The mean squared error: loss_r = 1/n Σ_i (x_i - t_i)² for a row of n numbers, with the gradient
/// 2/n (x_i - t_i). PyTorch's `MSELoss`.
///
/// Targets are values, `[rows, width]`. The mean over the rows (the default) is the mean over all
/// numbers; [`sum`](MeanSquaredError::sum) adds the rows' means up, which is PyTorch's
/// `reduction="sum"` divided by the width.
///
/// ```
/// use neuropil_losses::{Loss, MeanSquaredError, Target};
///
/// let value = MeanSquaredError::new().value(2, &[1.0_f32, 2.0], Target::Values(&[1.5, 1.5]))?;
/// assert_eq!(value, 0.25);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquaredError {
    reduction: Reduction,
}

impl MeanSquaredError {
    /// The mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The sum over the rows instead of their mean.
    pub fn sum(mut self) -> Self {
        self.reduction = Reduction::Sum;
        self
    }
}

impl Loss for MeanSquaredError {
    fn accepts(&self, kind: TargetKind) -> bool {
        kind == TargetKind::Values
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
        let name = "MeanSquaredError";
        let rows = check_rows(name, width, x, &weights, loss, dx.as_deref());
        let Target::Values(target) = target else {
            panic!("{name}: takes no labels as target");
        };
        let found = target.len();
        assert!(found == x.len(), "{name}: {found} values for {rows} rows of {width}");
        if rows == 0 {
            return;
        }
        match dx {
            Some(dx) => dispatch(Rows::<T, true> { width, x, target, weights, loss, dx }),
            None => dispatch(Rows::<T, false> { width, x, target, weights, loss, dx: &mut [] }),
        }
    }
}

/// The loss of each row and, if asked for, its weighted gradient.
struct Rows<'a, T, const GRADIENT: bool> {
    width: usize,
    x: &'a [T],
    target: &'a [T],
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    /// Empty if the gradient is not asked for.
    dx: &'a mut [T],
}

impl<T: Float, const GRADIENT: bool> Kernel<T> for Rows<'_, T, GRADIENT> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let width = self.width;
        let part = T::of(1.0 / width as f64);
        let twice_part = T::of(2.0 / width as f64);
        let rows = self.x.chunks_exact(width).zip(self.target.chunks_exact(width));
        for (row, ((x, target), loss)) in rows.zip(self.loss).enumerate() {
            *loss = within::sum_of::<T, V, _, 2>(SquaredDifference, [x, target]) * part;
            if GRADIENT {
                let dx = &mut self.dx[row * width..][..width];
                scaled_difference::<T, V>(x, target, twice_part * self.weights.of(row), dx);
            }
        }
    }
}

/// (x - target)²
#[derive(Clone, Copy)]
struct SquaredDifference;

impl<T: Float> Term<T, 2> for SquaredDifference {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, target]: [V; 2]) -> V {
        let d = x - target;
        d * d
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [x, target]: [V; 2]) -> V {
        let d = x - target;
        d.mul_add(d, sum)
    }
}

/// dx = factor (x - target)
#[inline(always)]
fn scaled_difference<T: Float, V: Lanes<T>>(x: &[T], target: &[T], factor: T, dx: &mut [T]) {
    let factor = V::splat(factor);
    let (mut x, mut target) = (x.chunks_exact(V::LEN), target.chunks_exact(V::LEN));
    let mut dx = dx.chunks_exact_mut(V::LEN);
    for ((x, target), dx) in (&mut x).zip(&mut target).zip(&mut dx) {
        ((V::load(x) - V::load(target)) * factor).store(dx);
    }
    let (x, target) = (V::load_partial(x.remainder()), V::load_partial(target.remainder()));
    ((x - target) * factor).store_partial(dx.into_remainder());
}
