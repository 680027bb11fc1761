//! Which of two numbers should be the larger one.

use super::shapes::check_rows;
use crate::error::check_setting;
use crate::reductions::reductions;
use crate::{JointLoss, LossError, Reduction, Weights};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The margin ranking loss of pairs of scores: loss = max(0, margin - y (x1 - x2)), where y is 1 if x1
/// should be the larger one and -1 if x2 should. PyTorch's `MarginRankingLoss`.
///
/// The inputs are `x1`, `x2` and `y`, all `[rows, width]`; the loss of a row is the mean over its
/// numbers. The gradient of x1 is -y where y (x1 - x2) does
/// not reach the margin, else 0; that of x2 is its negative. `y` has no gradient. By default the margin is 0 and the
/// rows are reduced to their mean.
///
/// ```
/// use neuropil_losses::{JointLoss, MarginRanking};
///
/// let (x1, x2, y) = ([3.0_f64, 1.0], [1.0, 0.75], [-1.0, 1.0]);
/// let loss = MarginRanking::new().margin(0.5)?;
/// // The first pair is wrong by 2 and the margin; the second is right, by less than the margin.
/// assert_eq!(loss.value(1, [&x1, &x2, &y], None)?, (2.5 + 0.25) / 2.0);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MarginRanking {
    margin: f64,
    reduction: Reduction,
}

impl MarginRanking {
    /// A margin of 0, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// By how much the right one should be larger.
    ///
    /// # Errors
    /// If it is infinite or NaN.
    pub fn margin(mut self, margin: f64) -> Result<Self, LossError> {
        self.margin =
            check_setting("MarginRanking", "margin", margin, margin.is_finite(), "finite")?;
        Ok(self)
    }
}

reductions!(MarginRanking);

impl JointLoss<3> for MarginRanking {
    const INPUTS: [&'static str; 3] = ["x1", "x2", "y"];

    fn differentiates(&self, input: usize) -> bool {
        input < 2
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn numbers(&self, width: usize) -> usize {
        width
    }

    fn check_numbers<T: Float>(&self, width: usize, x: [&[T]; 3]) -> Result<(), LossError> {
        signs("MarginRanking", width, x[2])
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
        let [d1, d2, _] = dx;
        let (margin, part) = (T::of(self.margin), T::of(1.0 / width as f64));
        dispatch(Rows { width, x, margin, part, weights, loss, d: [d1, d2] });
    }
}

/// Whether all y are 1 or -1.
pub(super) fn signs<T: Float>(loss: &str, width: usize, y: &[T]) -> Result<(), LossError> {
    let bad = |&y: &T| y != T::ONE && y != -T::ONE;
    let Some(at) = y.iter().position(bad) else { return Ok(()) };
    Err(LossError::Number {
        loss: loss.into(),
        input: "y",
        row: at / width,
        value: y[at].to_f64(),
        expected: "1 or -1".into(),
    })
}

struct Rows<'a, 'd, T> {
    width: usize,
    x: [&'a [T]; 3],
    margin: T,
    part: T,
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    d: [Option<&'d mut [T]>; 2],
}

impl<T: Float> Kernel<T> for Rows<'_, '_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(mut self) {
        let (width, term) = (self.width, Hinge { margin: self.margin });
        for (row, loss) in self.loss.iter_mut().enumerate() {
            let at = row * width..(row + 1) * width;
            let x = [&self.x[0][at.clone()], &self.x[1][at.clone()], &self.x[2][at.clone()]];
            *loss = within::sum_of::<T, V, _, 3>(term, x) * self.part;
            let w = self.part * self.weights.of(row);
            for (d, factor) in self.d.iter_mut().zip([w, -w]) {
                if let Some(d) = d {
                    slopes::<T, V>(term, x, factor, &mut d[at.clone()]);
                }
            }
        }
    }
}

/// max(0, margin - y (x1 - x2))
#[derive(Clone, Copy)]
struct Hinge<T> {
    margin: T,
}

impl<T: Float> Hinge<T> {
    #[inline(always)]
    fn distance<V: Lanes<T>>(&self, [x1, x2, y]: [V; 3]) -> V {
        V::splat(self.margin) - y * (x1 - x2)
    }

    /// The derivative with respect to x1.
    #[inline(always)]
    fn slope<V: Lanes<T>>(&self, x: [V; 3]) -> V {
        let (zero, distance) = (V::splat(T::ZERO), self.distance(x));
        let slope = V::select(distance.le(zero), zero, zero - x[2]);
        V::select(distance.is_nan(), distance, slope)
    }
}

impl<T: Float> Term<T, 3> for Hinge<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, x: [V; 3]) -> V {
        // In this order a NaN stays one.
        V::splat(T::ZERO).max(self.distance(x))
    }
}

#[inline(always)]
fn slopes<T: Float, V: Lanes<T>>(term: Hinge<T>, x: [&[T]; 3], factor: T, d: &mut [T]) {
    let factor = V::splat(factor);
    let mut at = 0;
    let mut vectors = d.chunks_exact_mut(V::LEN);
    for d in &mut vectors {
        let x = [V::load(&x[0][at..]), V::load(&x[1][at..]), V::load(&x[2][at..])];
        (term.slope(x) * factor).store(d);
        at += V::LEN;
    }
    let x =
        [V::load_partial(&x[0][at..]), V::load_partial(&x[1][at..]), V::load_partial(&x[2][at..])];
    (term.slope(x) * factor).store_partial(vectors.into_remainder());
}
