//! Losses of a row.

use super::{cross_entropy, sigmoid, softmax};
use neuropil::losses::Target;

/// 1/n Σ f(x, t)
pub fn mean(x: &[f64], target: Target<'_, f64>, f: impl Fn(f64, f64) -> f64) -> f64 {
    let Target::Values(t) = target else { panic!("labels are no values") };
    sum(x.iter().zip(t).map(|(&x, &t)| f(x, t))) / x.len() as f64
}

/// What rounding has lost is added to the next term: Kahan's sum.
fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0, 0.0);
    for term in terms {
        let term = term - lost;
        let next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    sum
}

/// Squared up to a distance, straight behind it.
pub fn huber(delta: f64, d: f64) -> f64 {
    if d.abs() <= delta { d * d / 2.0 } else { delta * (d.abs() - delta / 2.0) }
}

/// The cross entropy with (1 - ε) p + ε/n for p.
pub fn smooth_cross_entropy(epsilon: f64, x: &[f64], target: Target<'_, f64>) -> f64 {
    let n = x.len() as f64;
    let all = cross_entropy(x, Target::Values(&vec![1.0; x.len()]));
    (1.0 - epsilon) * cross_entropy(x, target) + epsilon / n * all
}

/// The label of the only row.
pub fn label(target: Target<'_, f64>) -> usize {
    let Target::Labels([label]) = target else { panic!("not the label of a row") };
    *label as usize
}

/// The probability of the label.
pub fn probability(x: &[f64], target: Target<'_, f64>) -> f64 {
    softmax(x)[label(target)]
}

/// t ln(1 + e^-x) + (1 - t) ln(1 + e^x)
pub fn binary_cross_entropy(x: f64, t: f64) -> f64 {
    t * (-x).exp().ln_1p() + (1.0 - t) * x.exp().ln_1p()
}

/// The binary cross entropy, times a power of how wrong it is.
pub fn focal(alpha: Option<f64>, gamma: f64, x: f64, t: f64) -> f64 {
    let wrong = t * sigmoid(-x) + (1.0 - t) * sigmoid(x);
    let balance = alpha.map_or(1.0, |alpha| t * alpha + (1.0 - t) * (1.0 - alpha));
    balance * wrong.powf(gamma) * binary_cross_entropy(x, t)
}

/// max(0, 1 - t x)
pub fn hinge(x: f64, t: f64) -> f64 {
    (1.0 - t * x).max(0.0)
}

/// 1/C Σ f(x_label - x_i) over the other classes.
pub fn others(x: &[f64], target: Target<'_, f64>, f: impl Fn(f64) -> f64) -> f64 {
    let right = label(target);
    let others = (0..x.len()).filter(|&i| i != right);
    sum(others.map(|i| f(x[right] - x[i]))) / x.len() as f64
}

/// 1/C Σ max(0, 1 - (x_j - x_i)) over classes j that are right and i that are not.
pub fn margins(x: &[f64], target: Target<'_, f64>) -> f64 {
    let Target::Values(t) = target else { panic!("labels are no values") };
    let (mut sum, all) = (0.0, 0..x.len());
    for j in all.clone().filter(|&j| t[j] >= 0.5) {
        for i in all.clone().filter(|&i| t[i] < 0.5) {
            sum += (1.0 - (x[j] - x[i])).max(0.0);
        }
    }
    sum / x.len() as f64
}

/// 1 - (shared + ε) / (shared + α too much + β missing + ε)
pub fn sets(alpha: f64, beta: f64, epsilon: f64, x: &[f64], target: Target<'_, f64>) -> f64 {
    let Target::Values(t) = target else { panic!("labels are no values") };
    let of = |f: fn(f64, f64) -> f64| sum(x.iter().zip(t).map(|(&x, &t)| f(x, t)));
    let (shared, too_much) = (of(|x, t| x * t), of(|x, t| x * (1.0 - t)));
    let missing = of(|x, t| (1.0 - x) * t);
    1.0 - (shared + epsilon) / (shared + alpha * too_much + beta * missing + epsilon)
}
