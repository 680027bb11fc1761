//! A series forecast by a weighted sum of its last values: what a network has to beat.

use crate::Failure;

/// x(t) = b + Σ w_k x(t-k) for k from 1 to the order.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoregression {
    /// w_1 first.
    weights: Vec<f64>,
    constant: f64,
}

impl Autoregression {
    /// Weights and constant that make Σ (x(t) - forecast)² least over a series, one step ahead.
    ///
    /// # Errors
    /// If the series has fewer than twice as many values as `order`, and two more, or says nothing
    /// about a weight, as one that never changes.
    pub fn fit(series: &[f32], order: usize) -> Result<Self, Failure> {
        let unknowns = order + 1;
        if series.len() < order + unknowns {
            return Err(format!("{} values for {unknowns} unknowns", series.len()).into());
        }
        // A row for each value that has `order` before it: those, the latest first, and 1.
        let rows = series.windows(unknowns);
        let known = rows.clone().flat_map(|row| {
            row[..order].iter().rev().map(|&x| f64::from(x)).chain(std::iter::once(1.0))
        });
        let sought = rows.map(|row| f64::from(row[order])).collect();
        let mut weights = least_squares(known.collect(), sought, unknowns)
            .ok_or("the series does not determine the weights")?;
        let constant = weights.pop().unwrap_or_default();
        Ok(Self { weights, constant })
    }

    /// What comes `ahead` steps after the last value of `past`: one step at a time, each from the
    /// forecasts before it.
    ///
    /// # Panics
    /// If `past` is shorter than the order.
    pub fn forecast(&self, past: &[f32], ahead: usize) -> f64 {
        let mut values: Vec<f64> =
            past[past.len() - self.weights.len()..].iter().map(|&x| x.into()).collect();
        let mut next = 0.0;
        for _ in 0..ahead {
            let terms = self.weights.iter().zip(values.iter().rev()).map(|(w, x)| w * x);
            next = self.constant + terms.sum::<f64>();
            values.push(next);
        }
        next
    }
}

/// The w for which |A w - y|² is least, A `[rows, columns]` row by row with no fewer rows than columns;
/// `None` if there is more than one.
///
/// Householder reflections make A upper triangular, column by column, and do the same to y; w then
/// follows from the last row up. A is not squared, as it is in the normal equations.
fn least_squares(mut a: Vec<f64>, mut y: Vec<f64>, columns: usize) -> Option<Vec<f64>> {
    let rows = y.len();
    let scale = a.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
    for k in 0..columns {
        // The rest of column k, of length n, is mirrored onto its first place. With v that rest and
        // v_0 moved by n away from zero, a mirrored x is x - 2 v (v·x) / |v|², and |v|² = 2 n |v_0|.
        let mut v: Vec<f64> = (k..rows).map(|i| a[i * columns + k]).collect();
        let norm = v.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm <= 1e-10 * scale * (rows as f64).sqrt() {
            return None;
        }
        v[0] += norm.copysign(v[0]);
        let half = norm * v[0].abs();
        for j in k..columns {
            let dot: f64 = v.iter().zip(k..).map(|(v, i)| v * a[i * columns + j]).sum();
            for (v, i) in v.iter().zip(k..) {
                a[i * columns + j] -= v * dot / half;
            }
        }
        let dot: f64 = v.iter().zip(&y[k..]).map(|(v, y)| v * y).sum();
        for (v, y) in v.iter().zip(&mut y[k..]) {
            *y -= v * dot / half;
        }
    }
    let mut w = vec![0.0; columns];
    for k in (0..columns).rev() {
        let known: f64 = (k + 1..columns).map(|j| a[k * columns + j] * w[j]).sum();
        w[k] = (y[k] - known) / a[k * columns + k];
    }
    Some(w)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * b.abs().max(1.0)
    }

    #[test]
    fn residuals_are_orthogonal_to_what_is_known() {
        let a = vec![1.0, 2.0, 3.0, -1.0, 0.5, 4.0, -2.0, 1.0];
        let y = vec![1.0, -2.0, 0.5, 3.0];
        let w = least_squares(a.clone(), y.clone(), 2).unwrap();
        let residuals = a.chunks(2).zip(&y).map(|(a, y)| y - a[0] * w[0] - a[1] * w[1]);
        let residuals: Vec<f64> = residuals.collect();
        for j in 0..2 {
            assert!(close(a.chunks(2).zip(&residuals).map(|(a, r)| a[j] * r).sum(), 0.0));
        }
        // The second column is twice the first.
        assert_eq!(least_squares(vec![1.0, 2.0, 2.0, 4.0, 3.0, 6.0], vec![1.0; 3], 2), None);
    }

    #[test]
    fn a_series_that_is_such_a_sum_is_found_and_continued() {
        // x(t) = 3 + x(t-1) - x(t-2) / 2, whose numbers f32 holds for a while.
        let mut series = vec![1.0_f32, 2.0];
        while series.len() < 14 {
            let [.., b, a] = series[..] else { unreachable!() };
            series.push(3.0 + a - b / 2.0);
        }
        let model = Autoregression::fit(&series[..10], 2).unwrap();
        assert!(close(model.weights[0], 1.0) && close(model.weights[1], -0.5));
        assert!(close(model.constant, 3.0));
        assert!(close(model.forecast(&series[..10], 1), series[10].into()));
        assert!(close(model.forecast(&series[..10], 4), series[13].into()));
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert!(Autoregression::fit(&[1.0, 2.0, 4.0, 3.0], 2).is_err());
        assert!(Autoregression::fit(&[1.0; 30], 2).is_err());
    }
}
