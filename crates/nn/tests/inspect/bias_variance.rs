//! Bias and variance against what is known of them.

use neuropil_nn::Error;
use neuropil_nn::inspect::{BiasVariance, SquaredError, ZeroOneError};
use neuropil_regularizers::random;

/// A number in (0, 1).
fn unit(key: u64, i: u64) -> f64 {
    ((random::bits(key, i) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// The polynomial of least squares through points, at other places: by Legendre polynomials and
/// Gauss's elimination.
fn polynomial(degree: usize, points: &[(f64, f64)], at: &[f64]) -> Vec<f64> {
    let basis = |x: f64| {
        let mut p = vec![1.0, x];
        for n in 1..degree.max(1) {
            p.push(((2 * n + 1) as f64 * x * p[n] - n as f64 * p[n - 1]) / (n + 1) as f64);
        }
        p.truncate(degree + 1);
        p
    };
    let n = degree + 1;
    let mut system = vec![vec![0.0; n + 1]; n];
    for &(x, y) in points {
        let p = basis(x);
        for (row, a) in system.iter_mut().zip(&p) {
            for (cell, b) in row.iter_mut().zip(p.iter().chain([&y])) {
                *cell += a * b;
            }
        }
    }
    for i in 0..n {
        let best = (i..n).max_by(|&a, &b| system[a][i].abs().total_cmp(&system[b][i].abs()));
        system.swap(i, best.expect("a row"));
        let pivot = system[i].clone();
        for (_, row) in system.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = row[i] / pivot[i];
            row.iter_mut().zip(&pivot).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    let w: Vec<f64> = (0..n).map(|i| system[i][n] / system[i][i]).collect();
    at.iter().map(|&x| basis(x).iter().zip(&w).map(|(p, w)| p * w).sum()).collect()
}

/// Straight lines cannot bend; polynomials of degree 9 bend after each point.
#[test]
fn bias_falls_and_variance_rises_with_the_degree() -> Result<(), Error> {
    let sine = |x: f64| (3.0 * x).sin();
    let at: Vec<f64> = (0..41).map(|i| f64::from(i) / 20.0 - 1.0).collect();
    let truth: Vec<f64> = at.iter().map(|&x| sine(x)).collect();
    let deviation = 0.3;
    let study = BiasVariance::new(300, 42)?;
    let of_degree = |degree| {
        let predictions = study.repeat(|key| {
            let point = |i: u64| {
                let x = (i as f64 + unit(key, 3 * i)) / 10.0 - 1.0;
                let (u, v) = (unit(key, 3 * i + 1), unit(key, 3 * i + 2));
                let noise = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
                (x, sine(x) + deviation * noise)
            };
            let points: Vec<_> = (0..20).map(point).collect();
            Ok::<_, Error>(polynomial(degree, &points, &at))
        })?;
        SquaredError::of(&predictions, &truth)?.noise(deviation * deviation)
    };
    let [line, cubic, ninth] = [of_degree(1)?, of_degree(3)?, of_degree(9)?];
    for error in [line, cubic, ninth] {
        let sum = error.noise + error.bias + error.variance;
        assert!((sum - error.error).abs() < 1e-12 * error.error, "{error:?}");
    }
    assert!(line.bias > 10.0 * cubic.bias && cubic.bias > ninth.bias);
    assert!(line.variance < cubic.variance && 2.0 * cubic.variance < ninth.variance);
    assert!(cubic.error < line.error && cubic.error < ninth.error);
    // p weights of n points have about p/n of the noise as variance.
    assert!((line.variance / (0.09 * 2.0 / 20.0) - 1.0).abs() < 0.6, "{line:?}");
    Ok(())
}

#[test]
fn squared_parts_are_exact_for_whole_numbers() -> Result<(), Error> {
    let error = SquaredError::of(&[vec![1.0], vec![2.0], vec![6.0]], &[5.0])?;
    assert_eq!(
        error,
        SquaredError { error: 26.0 / 3.0, noise: 0.0, bias: 4.0, variance: 14.0 / 3.0 }
    );
    Ok(())
}

/// Against Domingos's theorem: E = (2P(y = optimal) − 1)N + B + cV with c = 1 without bias and
/// −P(y right | y off main) with it.
#[test]
fn zero_one_parts_follow_the_theorem() -> Result<(), Error> {
    let (repetitions, rows, classes) = (37, 200, 4);
    let class = |key: u64, i: u64| (random::bits(random::key(&[key]), i) % classes) as u32;
    let labels: Vec<u32> = (0..rows).map(|i| class(0, i)).collect();
    let predictions: Vec<Vec<u32>> = (1..=repetitions)
        .map(|r| {
            (0..rows)
                .map(|i| if class(r, i) < 2 { class(99, i) } else { class(r, 500 + i) })
                .collect()
        })
        .collect();
    let found = ZeroOneError::of(&predictions, &labels)?;
    let (mut bias, mut variance, mut error, mut sum) = (0.0, 0.0, 0.0, 0.0);
    for (row, &label) in labels.iter().enumerate() {
        let share = |class: u32| {
            predictions.iter().filter(|of| of[row] == class).count() as f64 / repetitions as f64
        };
        // The first of the largest.
        let main =
            (0..4).fold(0, |main, class| if share(class) > share(main) { class } else { main });
        let (b, v) = (f64::from(u8::from(main != label)), 1.0 - share(main));
        let c = if main == label { 1.0 } else { -share(label) / v.max(1e-300) };
        bias += b;
        variance += v;
        error += 1.0 - share(label);
        sum += b + c * v;
    }
    for (found, expected) in
        [(found.bias, bias), (found.variance, variance), (found.error, error), (found.error, sum)]
    {
        assert!(
            (found - expected / rows as f64).abs() < 1e-12,
            "{found} {}",
            expected / rows as f64
        );
    }
    assert!((found.bias + found.net_variance - found.error).abs() < 1e-12);
    Ok(())
}

#[test]
fn bootstrap_samples_are_those_of_the_seed() -> Result<(), Error> {
    let draw =
        |seed| BiasVariance::new(200, seed)?.bootstrap(50, |rows| Ok::<_, Error>(rows.to_vec()));
    let (first, again, other) = (draw(1)?, draw(1)?, draw(2)?);
    assert!(first == again && first != other && first[0] != first[1]);
    // A row is left out with probability (1 − 1/n)ⁿ.
    let mut distinct = 0;
    for rows in &first {
        let mut rows = rows.clone();
        assert!(rows.len() == 50 && rows.iter().all(|&row| row < 50));
        rows.sort_unstable();
        rows.dedup();
        distinct += rows.len();
    }
    let share = distinct as f64 / (200.0 * 50.0);
    assert!((share - (1.0 - (1.0 - 1.0 / 50.0_f64).powi(50))).abs() < 0.01, "{share}");
    Ok(())
}

#[test]
fn what_makes_no_sense_is_refused() {
    assert!(BiasVariance::new(0, 1).is_err());
    let none =
        BiasVariance::new(1, 1).and_then(|study| study.bootstrap(0, |_| Ok::<_, Error>(vec![0.0])));
    assert!(none.is_err());
    assert!(SquaredError::of(&[], &[1.0]).is_err() && SquaredError::of(&[vec![]], &[]).is_err());
    let error = ZeroOneError::of(&[vec![0, 1], vec![0]], &[0, 1]).unwrap_err().to_string();
    assert!(error.contains("repetition 1: 1 numbers, expected 2"), "{error}");
    let error = SquaredError { error: 1.0, noise: 0.0, bias: 1.0, variance: 0.0 };
    assert!(error.noise(f64::NAN).is_err() && error.noise(-1.0).is_err());
}
