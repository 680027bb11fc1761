//! Slow and obvious forms of what members compute, in `f64` with the standard library alone.

pub mod convolution;
pub mod losses;
pub mod pooling;
pub mod recurrent;
pub mod steps;

use neuropil::Params;
use neuropil::losses::Target;

/// 1/(1 + e^-x)
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Φ(x), the normal distribution: its series around 0, and elsewhere a continued fraction.
pub fn normal(x: f64) -> f64 {
    if x > 1.25 {
        return 1.0 - normal(-x);
    }
    let bell = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if x < -1.25 {
        let terms = 10 + (500.0 / (x * x)) as u32;
        return bell / (1..=terms).rev().fold(-x, |below, k| -x + f64::from(k) / below);
    }
    let (mut sum, mut term, mut divisor) = (0.0, x, 1.0);
    while sum + term != sum {
        sum += term;
        divisor += 2.0;
        term *= x * x / divisor;
    }
    0.5 + bell * sum
}

/// x Φ(x)
pub fn gelu(x: f64) -> f64 {
    x * normal(x)
}

/// e^(x_i) / Σ e^(x_j)
pub fn softmax(x: &[f64]) -> Vec<f64> {
    let sum: f64 = x.iter().map(|x| x.exp()).sum();
    x.iter().map(|x| x.exp() / sum).collect()
}

/// A function of rows over an axis of `width` numbers with `inner` numbers behind each.
pub fn over_axis(
    width: usize,
    inner: usize,
    x: &[f64],
    f: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let block = |x: &[f64]| -> Vec<f64> {
        let column = |i: usize| -> Vec<f64> {
            f(&x.iter().skip(i).step_by(inner).copied().collect::<Vec<_>>())
        };
        let columns: Vec<Vec<f64>> = (0..inner).map(column).collect();
        (0..columns[0].len()).flat_map(|k| columns.iter().map(move |column| column[k])).collect()
    };
    x.chunks(width * inner).flat_map(block).collect()
}

/// The largest is one, the others zero.
pub fn one_hot(x: &[f64]) -> Vec<f64> {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    x.iter().map(|&x| f64::from(x == largest)).collect()
}

/// x + sin²(a x)/a
pub fn snake(x: f64, a: f64) -> f64 {
    x + (a * x).sin().powi(2) / a
}

/// -Σ p ln softmax(x)
pub fn cross_entropy(x: &[f64], target: Target<'_, f64>) -> f64 {
    let ln_sum = x.iter().map(|x| x.exp()).sum::<f64>().ln();
    match target {
        Target::Labels(label) => ln_sum - x[label[0] as usize],
        Target::Values(p) => x.iter().zip(p).map(|(x, p)| p * (ln_sum - x)).sum(),
    }
}

/// 1/n Σ (x - t)²
pub fn mean_squared_error(x: &[f64], target: Target<'_, f64>) -> f64 {
    let Target::Values(t) = target else { panic!("labels are no values") };
    x.iter().zip(t).map(|(x, t)| (x - t).powi(2)).sum::<f64>() / x.len() as f64
}

/// Each row of x times W, plus b, which is as long as a row of the result.
pub fn product(x: &[f64], w: &[f64], b: &[f64]) -> Vec<f64> {
    let (n, k) = (b.len(), w.len() / b.len());
    let of_row = |x: &[f64]| -> Vec<f64> {
        (0..n).map(|j| b[j] + (0..k).map(|i| x[i] * w[i * n + j]).sum::<f64>()).collect()
    };
    x.chunks(k).flat_map(of_row).collect()
}

/// The layer of `weight` and, if there is one, `bias` below a path.
pub fn linear(params: &Params<f64>, path: &str, x: &[f64]) -> Vec<f64> {
    let weight = format!("{path}weight");
    let outputs = params.shape(&weight).expect("a weight")[1];
    let none = vec![0.0; outputs];
    let bias = params.get(&format!("{path}bias")).unwrap_or(&none);
    product(x, params.get(&weight).expect("a weight"), bias)
}
