//! Distances between vectors, for losses that compare them.

use super::cosine_embedding::Angle;
use crate::LossError;
use crate::error::check_setting;
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};
use std::fmt::Debug;

/// A distance between two vectors of one length, with its gradient.
///
/// ```
/// use neuropil_losses::{Distance, Float, JointLoss, TripletMarginWithDistance};
///
/// /// Σ (a - b)²
/// #[derive(Clone, Copy, Debug)]
/// struct Squared;
///
/// impl Distance for Squared {
///     fn value<T: Float>(&self, a: &[T], b: &[T]) -> T {
///         a.iter().zip(b).map(|(&a, &b)| (a - b) * (a - b)).sum()
///     }
///     fn backward<T: Float>(&self, a: &[T], b: &[T], _d: T, factor: T, da: &mut [T]) {
///         for ((da, &a), &b) in da.iter_mut().zip(a).zip(b) {
///             *da += factor * (a - b + a - b);
///         }
///     }
/// }
///
/// let loss = TripletMarginWithDistance::new(Squared);
/// assert_eq!(loss.value(1, [&[0.0_f32], &[2.0], &[1.0]], None)?, 4.0 - 1.0 + 1.0);
/// # Ok::<(), neuropil_losses::LossError>(())
/// ```
pub trait Distance: Clone + Debug + Send + Sync + 'static {
    /// d(a, b).
    fn value<T: Float>(&self, a: &[T], b: &[T]) -> T;

    /// da += factor ∂d(a, b)/∂a, where `d` is what [`value`](Distance::value) gave.
    fn backward<T: Float>(&self, a: &[T], b: &[T], d: T, factor: T, da: &mut [T]);

    /// db += factor ∂d(a, b)/∂b. A distance is the same from both ends, unless said otherwise.
    fn backward_second<T: Float>(&self, a: &[T], b: &[T], d: T, factor: T, db: &mut [T]) {
        self.backward(b, a, d, factor, db);
    }
}

/// d(a, b) = (Σ |a_i - b_i + ε|^p)^(1/p), the Euclidean distance for p = 2. PyTorch's
/// `PairwiseDistance`.
///
/// With u = a - b + ε the gradient of a is sign(u_i) (|u_i|/d)^(p-1) and that of b its negative; where
/// u_i = 0 it is 0. For p = ∞, d is the largest |u_i|, and the numbers that are it share the gradient.
/// By default ε is 1e-6, which keeps equal vectors off the point without a gradient.
///
/// ```
/// use neuropil_losses::{Distance, LpDistance};
///
/// let d = LpDistance::euclidean().value(&[0.0_f64, 0.0], &[3.0, 4.0]);
/// assert!((d - 5.0).abs() < 1e-5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LpDistance {
    pub(super) p: f64,
    pub(super) epsilon: f64,
}

impl LpDistance {
    /// The Euclidean distance, p = 2.
    pub fn euclidean() -> Self {
        Self { p: 2.0, epsilon: 1e-6 }
    }

    /// The distance of this p.
    ///
    /// # Errors
    /// If p is not positive or is NaN; it may be infinite.
    pub fn new(p: f64) -> Result<Self, LossError> {
        let p = check_setting("LpDistance", "p", p, p > 0.0, "positive")?;
        Ok(Self { p, ..Self::euclidean() })
    }

    /// What is added to each difference.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, LossError> {
        let good = epsilon >= 0.0 && epsilon.is_finite();
        self.epsilon =
            check_setting("LpDistance", "epsilon", epsilon, good, "finite and not negative")?;
        Ok(self)
    }
}

impl Distance for LpDistance {
    fn value<T: Float>(&self, a: &[T], b: &[T]) -> T {
        dispatch(Norm { p: self.p, epsilon: T::of(self.epsilon), a, b })
    }

    fn backward<T: Float>(&self, a: &[T], b: &[T], d: T, factor: T, da: &mut [T]) {
        let epsilon = T::of(self.epsilon);
        dispatch(NormSlope { p: self.p, epsilon, a, b, d, factor, da });
    }

    // ε is added to a - b, and not to b - a.
    fn backward_second<T: Float>(&self, a: &[T], b: &[T], d: T, factor: T, db: &mut [T]) {
        let epsilon = T::of(-self.epsilon);
        dispatch(NormSlope { p: self.p, epsilon, a: b, b: a, d, factor, da: db });
    }
}

struct Norm<'a, T> {
    p: f64,
    epsilon: T,
    a: &'a [T],
    b: &'a [T],
}

impl<T: Float> Kernel<T> for Norm<'_, T> {
    type Out = T;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        let Self { p, epsilon, a, b } = self;
        if p == 2.0 {
            return within::sum_of::<T, V, _, 2>(Squares { epsilon }, [a, b]).sqrt();
        }
        if p == 1.0 {
            return within::sum_of::<T, V, _, 2>(Magnitudes { epsilon }, [a, b]);
        }
        let largest = largest_difference(epsilon, a, b);
        if p == f64::INFINITY || largest == T::ZERO || !largest.is_finite() {
            return largest;
        }
        // By the largest one, so that no power is beyond the type.
        let term = Powers { epsilon, over_largest: T::ONE / largest, p: T::of(p) };
        let sum = within::sum_of::<T, V, _, 2>(term, [a, b]);
        largest * power::<T, V>(V::splat(sum), T::of(1.0 / p)).largest()
    }
}

/// x^p for x >= 0 and p > 0.
#[inline(always)]
fn power<T: Float, V: Lanes<T>>(x: V, p: T) -> V {
    math::exp(math::ln(x) * V::splat(p))
}

/// (a - b + ε)²
#[derive(Clone, Copy)]
struct Squares<T> {
    epsilon: T,
}

impl<T: Float> Term<T, 2> for Squares<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [a, b]: [V; 2]) -> V {
        let u = a - b + V::splat(self.epsilon);
        u * u
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [a, b]: [V; 2]) -> V {
        let u = a - b + V::splat(self.epsilon);
        u.mul_add(u, sum)
    }
}

/// |a - b + ε|
#[derive(Clone, Copy)]
struct Magnitudes<T> {
    epsilon: T,
}

impl<T: Float> Term<T, 2> for Magnitudes<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [a, b]: [V; 2]) -> V {
        (a - b + V::splat(self.epsilon)).abs()
    }
}

/// (|a - b + ε|/largest)^p
#[derive(Clone, Copy)]
struct Powers<T> {
    epsilon: T,
    over_largest: T,
    p: T,
}

impl<T: Float> Term<T, 2> for Powers<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [a, b]: [V; 2]) -> V {
        let u = (a - b + V::splat(self.epsilon)).abs();
        power::<T, V>(u * V::splat(self.over_largest), self.p)
    }
}

/// max |a_i - b_i + ε|, NaN if one is.
#[inline(always)]
fn largest_difference<T: Float>(epsilon: T, a: &[T], b: &[T]) -> T {
    let mut largest = T::ZERO;
    for (&a, &b) in a.iter().zip(b) {
        let u = (a - b + epsilon).abs();
        if u > largest || u.is_nan() {
            largest = u;
        }
        if u.is_nan() {
            return u;
        }
    }
    largest
}

struct NormSlope<'a, T> {
    p: f64,
    epsilon: T,
    a: &'a [T],
    b: &'a [T],
    d: T,
    factor: T,
    da: &'a mut [T],
}

impl<T: Float> Kernel<T> for NormSlope<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { p, epsilon, a, b, d, factor, da } = self;
        if d == T::ZERO {
            return;
        }
        if p == f64::INFINITY {
            let ties = a.iter().zip(b).filter(|&(&a, &b)| (a - b + epsilon).abs() == d).count();
            // None is it where d is NaN.
            let share = if ties == 0 { d } else { factor / T::of(ties as f64) };
            let slope = Slope { epsilon, factor: share, law: Law::Largest(d) };
            return slope.add::<V>(a, b, da);
        }
        let law = match p {
            1.0 => Law::Sign,
            2.0 => Law::Euclidean(T::ONE / d),
            _ => Law::Power(T::ONE / d, T::of(p - 1.0)),
        };
        Slope { epsilon, factor, law }.add::<V>(a, b, da);
    }
}

/// ∂d/∂a of one number, from u = a - b + ε.
#[derive(Clone, Copy)]
enum Law<T> {
    /// sign(u)
    Sign,
    /// u/d, from 1/d.
    Euclidean(T),
    /// sign(u) (|u|/d)^(p-1), from 1/d and p - 1.
    Power(T, T),
    /// sign(u) where |u| is d.
    Largest(T),
}

#[derive(Clone, Copy)]
struct Slope<T> {
    epsilon: T,
    factor: T,
    law: Law<T>,
}

impl<T: Float> Slope<T> {
    #[inline(always)]
    fn of<V: Lanes<T>>(&self, a: V, b: V) -> V {
        let (zero, one) = (V::splat(T::ZERO), V::splat(T::ONE));
        let u = a - b + V::splat(self.epsilon);
        let slope = match self.law {
            Law::Euclidean(over_d) => u * V::splat(over_d),
            Law::Sign => V::select(u.eq(zero), zero, one.copysign(u)),
            Law::Power(over_d, p) => {
                let power = power::<T, V>(u.abs() * V::splat(over_d), p).copysign(u);
                V::select(u.eq(zero), zero, power)
            }
            Law::Largest(d) => V::select(u.abs().eq(V::splat(d)), one.copysign(u), zero),
        };
        V::select(u.is_nan(), u, slope * V::splat(self.factor))
    }

    /// da += the slope.
    #[inline(always)]
    fn add<V: Lanes<T>>(&self, a: &[T], b: &[T], da: &mut [T]) {
        let mut at = 0;
        let mut vectors = da.chunks_exact_mut(V::LEN);
        for da in &mut vectors {
            (V::load(da) + self.of(V::load(&a[at..]), V::load(&b[at..]))).store(da);
            at += V::LEN;
        }
        let da = vectors.into_remainder();
        let slope = self.of(V::load_partial(&a[at..]), V::load_partial(&b[at..]));
        (V::load_partial(da) + slope).store_partial(da);
    }
}

/// d(a, b) = 1 - a b/(|a| |b|), from 0 for vectors that point the same way to 2 for opposite ones.
/// PyTorch's `1 - cosine_similarity(a, b)`, up to what keeps lengths from being zero.
///
/// The gradient of a is c a/|a|² - b/(|a| |b|), where c is the cosine; that of b likewise. 1e-16 is
/// added to each |a|², so that vectors of zeros have the distance 1 and no gradient of their own.
///
/// ```
/// use neuropil_losses::{CosineDistance, Distance};
///
/// assert_eq!(CosineDistance.value(&[2.0_f64, 0.0], &[0.0, 3.0]), 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CosineDistance;

/// What is added to the squares of the lengths: that of the 1e-8 below which PyTorch has no length.
const EPSILON: f64 = 1e-16;

impl Distance for CosineDistance {
    fn value<T: Float>(&self, a: &[T], b: &[T]) -> T {
        T::ONE - Angle::between(a, b, EPSILON).cosine
    }

    fn backward<T: Float>(&self, a: &[T], b: &[T], _d: T, factor: T, da: &mut [T]) {
        let angle = Angle::between(a, b, EPSILON);
        angle.slope(a, b, angle.squares[0], -factor, T::ONE, da);
    }
}
