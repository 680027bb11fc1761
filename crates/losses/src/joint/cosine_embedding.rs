//! Whether two vectors should point the same way.

use super::margin_ranking::signs;
use super::shapes::check_rows;
use crate::error::check_setting;
use crate::reductions::reductions;
use crate::{JointLoss, LossError, Reduction, Weights};
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The cosine embedding loss of pairs of vectors: loss_r = 1 - c where y = 1, max(0, c - margin) where
/// y = -1, with c the cosine of the angle between x1 and x2. PyTorch's `CosineEmbeddingLoss`.
///
/// The inputs are `x1` and `x2`, `[rows, width]`, and `y`, `[rows]`, which has no gradient. With
/// c = x1 x2 / (|x1| |x2|) the gradient of x1 is ∓(x2/(|x1| |x2|) - c x1/|x1|²), and zero where y = -1
/// and c <= margin; that of x2 likewise. 1e-12 is added to each |x|², as in PyTorch, so that vectors of
/// zeros have c = 0. By default the margin is 0 and the rows are reduced to their mean.
///
/// ```
/// use neuropil_losses::{CosineEmbedding, JointLoss};
///
/// let (x1, x2) = ([1.0_f64, 0.0, 1.0, 0.0], [0.0, 2.0, 3.0, 0.0]); // at a right angle; parallel
/// let loss = CosineEmbedding::new();
/// let same = loss.value(2, [&x1, &x2, &[1.0, 1.0]], None)?;
/// let different = loss.value(2, [&x1, &x2, &[-1.0, -1.0]], None)?;
/// assert!((same - (1.0 + 0.0) / 2.0).abs() < 1e-11);
/// assert!((different - (0.0 + 1.0) / 2.0).abs() < 1e-11);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CosineEmbedding {
    margin: f64,
    reduction: Reduction,
}

impl CosineEmbedding {
    /// A margin of 0, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Up to which cosine vectors count as different; 0 to 0.5 are usual.
    ///
    /// # Errors
    /// If it is not in [-1, 1].
    pub fn margin(mut self, margin: f64) -> Result<Self, LossError> {
        self.margin =
            check_setting("CosineEmbedding", "margin", margin, margin.abs() <= 1.0, "in [-1, 1]")?;
        Ok(self)
    }
}

reductions!(CosineEmbedding);

impl JointLoss<3> for CosineEmbedding {
    const INPUTS: [&'static str; 3] = ["x1", "x2", "y"];

    fn input_width(&self, input: usize, width: usize) -> usize {
        if input < 2 { width } else { 1 }
    }

    fn differentiates(&self, input: usize) -> bool {
        input < 2
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn check_numbers<T: Float>(&self, _width: usize, x: [&[T]; 3]) -> Result<(), LossError> {
        signs("CosineEmbedding", 1, x[2])
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
        let ([x1, x2, y], [mut d1, mut d2, _], margin) = (x, dx, T::of(self.margin));
        for (row, loss) in loss.iter_mut().enumerate() {
            let at = row * width..(row + 1) * width;
            let (x1, x2) = (&x1[at.clone()], &x2[at.clone()]);
            let angle = Angle::between(x1, x2, EPSILON);
            let above = angle.cosine - margin;
            let (value, slope) = if y[row] == T::ONE {
                (T::ONE - angle.cosine, -T::ONE)
            } else if above <= T::ZERO {
                (T::ZERO, T::ZERO)
            } else {
                (above, T::ONE)
            };
            *loss = value;
            let factor = slope * weights.of(row);
            if let Some(d1) = &mut d1 {
                angle.slope(x1, x2, angle.squares[0], factor, T::ZERO, &mut d1[at.clone()]);
            }
            if let Some(d2) = &mut d2 {
                angle.slope(x2, x1, angle.squares[1], factor, T::ZERO, &mut d2[at]);
            }
        }
    }
}

/// What is added to the squares of the lengths, PyTorch's number.
const EPSILON: f64 = 1e-12;

/// The cosine of the angle between two vectors, and what its gradient needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Angle<T> {
    pub cosine: T,
    /// |a|² and |b|², with what was added.
    pub squares: [T; 2],
    /// 1/(|a| |b|)
    pub over_lengths: T,
}

impl<T: Float> Angle<T> {
    /// With `epsilon` added to the squares of the lengths.
    pub fn between(a: &[T], b: &[T], epsilon: f64) -> Self {
        let [dot, aa, bb] = dispatch(Dots { a, b });
        let squares = [aa + T::of(epsilon), bb + T::of(epsilon)];
        // Two roots: a product of squares is beyond f32 for lengths of 1e10.
        let over_lengths = T::ONE / (squares[0].sqrt() * squares[1].sqrt());
        Self { cosine: dot * over_lengths, squares, over_lengths }
    }

    /// da = beta da + factor ∂cosine/∂a, where `square` is that of a.
    pub fn slope(&self, a: &[T], b: &[T], square: T, factor: T, beta: T, da: &mut [T]) {
        if factor == T::ZERO {
            // A row that costs nothing has no gradient, whatever it holds.
            if beta == T::ZERO {
                da.fill(T::ZERO);
            }
            return;
        }
        let (of_b, of_a) = (factor * self.over_lengths, -factor * self.cosine / square);
        dispatch(Combine { a, b, of_a, of_b, beta, da });
    }
}

/// a b, a a, b b
struct Dots<'a, T> {
    a: &'a [T],
    b: &'a [T],
}

impl<T: Float> Kernel<T> for Dots<'_, T> {
    type Out = [T; 3];

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> [T; 3] {
        let Self { a, b } = self;
        [
            within::dot::<T, V>(a, b),
            within::sum_of_squares::<T, V>(a),
            within::sum_of_squares::<T, V>(b),
        ]
    }
}

/// da = beta da + of_a a + of_b b
struct Combine<'a, T> {
    a: &'a [T],
    b: &'a [T],
    of_a: T,
    of_b: T,
    beta: T,
    da: &'a mut [T],
}

impl<T: Float> Kernel<T> for Combine<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let (of_a, of_b, adds) = (V::splat(self.of_a), V::splat(self.of_b), self.beta != T::ZERO);
        let mut at = 0;
        let mut vectors = self.da.chunks_exact_mut(V::LEN);
        for da in &mut vectors {
            let sum = V::load(&self.a[at..]).mul_add(of_a, V::load(&self.b[at..]) * of_b);
            if adds {
                (V::load(da) + sum).store(da)
            } else {
                sum.store(da)
            }
            at += V::LEN;
        }
        let da = vectors.into_remainder();
        let (a, b) = (V::load_partial(&self.a[at..]), V::load_partial(&self.b[at..]));
        let sum = a.mul_add(of_a, b * of_b);
        if adds { (V::load_partial(da) + sum).store_partial(da) } else { sum.store_partial(da) }
    }
}
