//! How much one learns from what happens: entropies and divergences of distributions, in nats.
//!
//! ```
//! use neuropil_losses::information::{bits, cross_entropy, entropy, kl_divergence};
//!
//! let (p, q) = ([0.5_f64, 0.25, 0.25], [0.25_f64, 0.5, 0.25]);
//! assert_eq!(bits(entropy(&p)), 1.5);
//!
//! // H(p, q) = H(p) + KL(p, q): the uncertainty of p, and what it costs to believe in q.
//! let sum = entropy(&p) + kl_divergence(&p, &q);
//! assert!((cross_entropy(&p, &q) - sum).abs() < 1e-15);
//! ```
//!
//! Distributions are slices of probabilities; that they sum to 1 is not looked at. What cannot happen
//! costs nothing, 0 ln 0 = 0. A negative probability, like NaN, gives NaN.

use neuropil_simd::reduce::{Term, sum_of};
use neuropil_simd::{Float, Lanes, math};

/// Nats as bits: divided by ln 2.
///
/// ```
/// use neuropil_losses::information::{bits, self_information};
/// assert_eq!(bits(self_information(0.125_f64)), 3.0); // three coins that all show heads
/// ```
pub fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}

/// -ln p: what one learns when something of this probability happens; infinite for what cannot.
///
/// ```
/// use neuropil_losses::information::self_information;
/// assert_eq!(self_information(1.0_f32), 0.0);
/// assert_eq!(self_information(0.0_f32), f64::INFINITY);
/// ```
pub fn self_information<T: Float>(p: T) -> f64 {
    0.0 - p.to_f64().ln()
}

/// H(p) = -Σ p ln p: what one learns on average, from 0 for what is certain to ln n for n equal chances.
///
/// ```
/// use neuropil_losses::information::entropy;
/// assert_eq!(entropy(&[1.0_f64, 0.0]), 0.0);
/// assert!((entropy(&[0.25_f64; 4]) - 4.0_f64.ln()).abs() < 1e-15);
/// ```
pub fn entropy<T: Float>(p: &[T]) -> f64 {
    0.0 - sum_of(TimesLog, [p, p]).to_f64()
}

/// H(p, q) = -Σ p ln q: what one learns on average of what follows p, believing in q. Infinite where
/// something can happen that q rules out.
///
/// ```
/// use neuropil_losses::information::{cross_entropy, entropy};
/// let p = [0.5_f64, 0.5, 0.0];
/// assert_eq!(cross_entropy(&p, &p), entropy(&p));
/// assert_eq!(cross_entropy(&p, &[1.0, 0.0, 0.0]), f64::INFINITY);
/// ```
///
/// # Panics
/// If the lengths differ.
pub fn cross_entropy<T: Float>(p: &[T], q: &[T]) -> f64 {
    check("cross_entropy", p, q);
    0.0 - sum_of(TimesLog, [p, q]).to_f64()
}

/// KL(p, q) = Σ p ln(p/q), the Kullback-Leibler divergence: what believing in q costs where p is right.
/// Never negative for distributions, 0 where q is p, and not the same the other way round.
///
/// ```
/// use neuropil_losses::information::kl_divergence;
/// let (p, q) = ([0.5_f64, 0.5], [0.25, 0.75]);
/// assert!((kl_divergence(&p, &q) - 0.143_841).abs() < 1e-6);
/// assert_eq!(kl_divergence(&p, &p), 0.0);
/// assert_eq!(kl_divergence(&[0.0, 1.0], &[0.0_f64, 1.0]), 0.0);
/// ```
///
/// # Panics
/// If the lengths differ.
pub fn kl_divergence<T: Float>(p: &[T], q: &[T]) -> f64 {
    check("kl_divergence", p, q);
    sum_of(TimesLogRatio, [p, q]).to_f64()
}

/// JS(p, q) = (KL(p, m) + KL(q, m))/2 with m = (p + q)/2, the Jensen-Shannon divergence: the same both
/// ways, and never more than ln 2.
///
/// ```
/// use neuropil_losses::information::{bits, jensen_shannon};
/// assert_eq!(bits(jensen_shannon(&[1.0_f64, 0.0], &[0.0, 1.0])), 1.0); // nothing in common
/// ```
///
/// # Panics
/// If the lengths differ.
pub fn jensen_shannon<T: Float>(p: &[T], q: &[T]) -> f64 {
    check("jensen_shannon", p, q);
    sum_of(BothToMean, [p, q]).to_f64() / 2.0
}

fn check<T>(name: &str, p: &[T], q: &[T]) {
    let (p, q) = (p.len(), q.len());
    assert!(p == q, "{name}: p has {p} numbers, q {q}");
}

/// p ln q, 0 where p = 0.
#[inline(always)]
fn times_log<T: Float, V: Lanes<T>>(p: V, q: V) -> V {
    let zero = V::splat(T::ZERO);
    V::select(p.eq(zero) & !q.is_nan(), zero, p * math::ln(q))
}

/// p ln(p/q), 0 where p = 0.
#[inline(always)]
fn times_log_ratio<T: Float, V: Lanes<T>>(p: V, q: V) -> V {
    let zero = V::splat(T::ZERO);
    V::select(p.eq(zero) & !q.is_nan(), zero, p * math::ln(p / q))
}

#[derive(Clone, Copy)]
struct TimesLog;

impl<T: Float> Term<T, 2> for TimesLog {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [p, q]: [V; 2]) -> V {
        times_log(p, q)
    }
}

#[derive(Clone, Copy)]
struct TimesLogRatio;

impl<T: Float> Term<T, 2> for TimesLogRatio {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [p, q]: [V; 2]) -> V {
        times_log_ratio(p, q)
    }
}

/// p ln(p/m) + q ln(q/m)
#[derive(Clone, Copy)]
struct BothToMean;

impl<T: Float> Term<T, 2> for BothToMean {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [p, q]: [V; 2]) -> V {
        let m = (p + q) * V::of(0.5);
        times_log_ratio(p, m) + times_log_ratio(q, m)
    }
}
