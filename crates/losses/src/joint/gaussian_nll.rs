//! How likely numbers are under Gaussians whose means and variances are predicted.

use super::shapes::check_rows;
use crate::error::check_setting;
use crate::reductions::reductions;
use crate::{JointLoss, LossError, Reduction, Weights};
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};

/// The negative log likelihood of Gaussians: loss = (ln v + (t - μ)²/v)/2, with v = max(variance, ε), for
/// a network that says how sure it is. PyTorch's `GaussianNLLLoss`.
///
/// The inputs are `mean` μ, `target` t and `variance`, all `[rows, width]`; with
/// [`shared_variance`](GaussianNll::shared_variance) a row has one variance, `[rows]`. The loss of a
/// row is the mean over its numbers. The gradient of μ is
/// (μ - t)/v, that of t its negative, and that of the variance (1/v - (t - μ)²/v²)/2, below ε too, where
/// v stands still: so a variance that has become too small can grow again. By default ε is 1e-6,
/// [`full`](GaussianNll::full) is off, and the rows are reduced to their mean.
///
/// A negative variance is an error here; in a graph, where data are not looked at, it is ε.
///
/// ```
/// use neuropil_losses::{GaussianNll, JointLoss};
///
/// let (mean, target) = ([1.0_f64, 0.0], [1.0, 2.0]);
/// // To be wrong by two costs less if the variance says so.
/// let loss = GaussianNll::new();
/// let sure = loss.value(1, [&mean, &target, &[1.0, 1.0]], None)?;
/// let unsure = loss.value(1, [&mean, &target, &[1.0, 4.0]], None)?;
/// assert_eq!(sure, (0.0 + 2.0) / 2.0);
/// assert!((unsure - (0.0 + (4.0_f64.ln() + 1.0) / 2.0) / 2.0).abs() < 1e-15);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
///
/// Source: Nix and Weigend, "Estimating the mean and variance of the target probability distribution"
/// (1994).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianNll {
    epsilon: f64,
    full: bool,
    shared: bool,
    reduction: Reduction,
}

impl Default for GaussianNll {
    fn default() -> Self {
        Self { epsilon: 1e-6, full: false, shared: false, reduction: Reduction::Mean }
    }
}

impl GaussianNll {
    /// ε of 1e-6, without the constant, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// The least variance that counts.
    ///
    /// # Errors
    /// If it is not positive, or infinite or NaN.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, LossError> {
        let good = epsilon > 0.0 && epsilon.is_finite();
        self.epsilon =
            check_setting("GaussianNll", "epsilon", epsilon, good, "positive and finite")?;
        Ok(self)
    }

    /// Whether ln(2π)/2 is added for each number, which changes no gradient.
    pub fn full(mut self, full: bool) -> Self {
        self.full = full;
        self
    }

    /// One variance a row, instead of one for each number.
    pub fn shared_variance(mut self) -> Self {
        self.shared = true;
        self
    }
}

reductions!(GaussianNll);

impl JointLoss<3> for GaussianNll {
    const INPUTS: [&'static str; 3] = ["mean", "target", "variance"];

    fn input_width(&self, input: usize, width: usize) -> usize {
        if input == 2 && self.shared { 1 } else { width }
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn numbers(&self, width: usize) -> usize {
        width
    }

    fn check_numbers<T: Float>(&self, width: usize, x: [&[T]; 3]) -> Result<(), LossError> {
        let Some(at) = x[2].iter().position(|&v| v < T::ZERO) else { return Ok(()) };
        Err(LossError::Number {
            loss: "GaussianNll".into(),
            input: "variance",
            row: at / self.input_width(2, width),
            value: x[2][at].to_f64(),
            expected: "not negative".into(),
        })
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
        let constant = match self.full {
            true => (2.0 * std::f64::consts::PI).ln() / 2.0 * width as f64,
            false => 0.0,
        };
        let (part, epsilon) = (T::of(1.0 / width as f64), T::of(self.epsilon));
        let constant = T::of(constant);
        dispatch(Rows {
            width,
            shared: self.shared,
            x,
            epsilon,
            constant,
            part,
            weights,
            loss,
            dx,
        });
    }
}

struct Rows<'a, 'd, T> {
    width: usize,
    shared: bool,
    x: [&'a [T]; 3],
    epsilon: T,
    constant: T,
    part: T,
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    dx: [Option<&'d mut [T]>; 3],
}

impl<T: Float> Kernel<T> for Rows<'_, '_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { width, shared, x, epsilon, constant, part, weights, loss, dx } = self;
        let [mut d_mean, mut d_target, mut d_variance] = dx;
        let half = T::of(0.5);
        for (row, loss) in loss.iter_mut().enumerate() {
            let at = row * width..(row + 1) * width;
            let (mean, target) = (&x[0][at.clone()], &x[1][at.clone()]);
            let w = part * weights.of(row);
            if shared {
                let variance = V::splat(epsilon).max(V::splat(x[2][row]));
                let (v, ln) = (variance.largest(), math::ln(variance).largest());
                let (over_v, n) = (T::ONE / v, T::of(width as f64));
                let squares = within::sum_of::<T, V, _, 2>(Squares, [mean, target]) * over_v;
                *loss = (half * (n * ln + squares) + constant) * part;
                let source = Variance::<T, V>::Shared(V::splat(over_v));
                for (d, sign) in [(&mut d_mean, w), (&mut d_target, -w)] {
                    if let Some(d) = d {
                        difference(mean, target, source, sign, &mut d[at.clone()]);
                    }
                }
                if let Some(d) = &mut d_variance {
                    d[row] = w * half * over_v * (n - squares);
                }
                continue;
            }
            let variance = &x[2][at.clone()];
            let term = Cost { epsilon };
            let sum = within::sum_of::<T, V, _, 3>(term, [mean, target, variance]);
            *loss = (half * sum + constant) * part;
            let source = Variance::<T, V>::Each(variance, V::splat(epsilon));
            for (d, sign) in [(&mut d_mean, w), (&mut d_target, -w)] {
                if let Some(d) = d {
                    difference(mean, target, source, sign, &mut d[at.clone()]);
                }
            }
            if let Some(d) = &mut d_variance {
                let d = &mut d[at.clone()];
                of_variance::<T, V>([mean, target, variance], epsilon, w * half, d);
            }
        }
    }
}

/// (μ - t)²
#[derive(Clone, Copy)]
struct Squares;

impl<T: Float> Term<T, 2> for Squares {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [mean, target]: [V; 2]) -> V {
        let d = mean - target;
        d * d
    }
}

/// ln v + (μ - t)²/v
#[derive(Clone, Copy)]
struct Cost<T> {
    epsilon: T,
}

impl<T: Float> Term<T, 3> for Cost<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [mean, target, variance]: [V; 3]) -> V {
        // In this order a NaN stays one.
        let v = V::splat(self.epsilon).max(variance);
        let d = mean - target;
        math::ln(v) + d * d / v
    }
}

/// Where the variance of a number stands.
#[derive(Clone, Copy)]
enum Variance<'a, T, V> {
    /// 1/v, for all.
    Shared(V),
    /// The variances, and ε.
    Each(&'a [T], V),
}

/// d = factor (μ - t)/v
#[inline(always)]
fn difference<T: Float, V: Lanes<T>>(
    mean: &[T],
    target: &[T],
    variance: Variance<'_, T, V>,
    factor: T,
    d: &mut [T],
) {
    let factor = V::splat(factor);
    let mut at = 0;
    let mut vectors = d.chunks_exact_mut(V::LEN);
    for d in &mut vectors {
        let difference = (V::load(&mean[at..]) - V::load(&target[at..])) * factor;
        match variance {
            Variance::Shared(over_v) => (difference * over_v).store(d),
            Variance::Each(v, epsilon) => (difference / epsilon.max(V::load(&v[at..]))).store(d),
        }
        at += V::LEN;
    }
    let d = vectors.into_remainder();
    let difference = (V::load_partial(&mean[at..]) - V::load_partial(&target[at..])) * factor;
    match variance {
        Variance::Shared(over_v) => (difference * over_v).store_partial(d),
        Variance::Each(v, epsilon) => {
            (difference / epsilon.max(V::load_partial(&v[at..]))).store_partial(d);
        }
    }
}

/// d = factor (1 - (μ - t)²/v)/v
#[inline(always)]
fn of_variance<T: Float, V: Lanes<T>>(x: [&[T]; 3], epsilon: T, factor: T, d: &mut [T]) {
    let slope =
        Slope { epsilon: V::splat(epsilon), factor: V::splat(factor), one: V::splat(T::ONE) };
    let mut at = 0;
    let mut vectors = d.chunks_exact_mut(V::LEN);
    for d in &mut vectors {
        slope.of([V::load(&x[0][at..]), V::load(&x[1][at..]), V::load(&x[2][at..])]).store(d);
        at += V::LEN;
    }
    let x =
        [V::load_partial(&x[0][at..]), V::load_partial(&x[1][at..]), V::load_partial(&x[2][at..])];
    slope.of(x).store_partial(vectors.into_remainder());
}

struct Slope<V> {
    epsilon: V,
    factor: V,
    one: V,
}

impl<V> Slope<V> {
    #[inline(always)]
    fn of<T: Float>(&self, [mean, target, variance]: [V; 3]) -> V
    where
        V: Lanes<T>,
    {
        let (v, d) = (self.epsilon.max(variance), mean - target);
        self.factor * (self.one - d * d / v) / v
    }
}
