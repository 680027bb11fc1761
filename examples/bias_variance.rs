//! Bias and variance: why a model that can say more does not always predict better.
//!
//! ```text
//! cargo run --release --example bias_variance     # `-- --seed 7` for other samples
//! ```
//!
//! Polynomials of degree 0 to 9 are fitted by least squares to 25 noisy points of a sine, each to many
//! training sets. What they are off on average is their bias; how far they are from their average is
//! their variance. A low degree cannot bend as the sine does, a high one bends after the noise: bias
//! falls, variance rises, and their sum, the expected error, is least in between.
//! `target/bias_variance/curve.png` shows the parts of the error against the degree,
//! `target/bias_variance/polynomials.png` some of the polynomials.
#![forbid(unsafe_code)]

use examples::plot::lines::{Lines, write_lines};
use examples::{Failure, options::Options};
use neuropil::Error;
use neuropil::inspect::{BiasVariance, SquaredError};
use neuropil::regularizers::random;
use std::process::ExitCode;

/// Points of a training set.
const POINTS: usize = 25;

/// The standard deviation of their noise.
const NOISE: f64 = 0.3;

/// The highest degree.
const DEGREES: usize = 9;

/// The degrees whose polynomials are drawn, and how many of each.
const DRAWN: [usize; 3] = [1, 3, 9];
const DRAWN_OF_EACH: usize = 3;

fn main() -> ExitCode {
    examples::exit(run())
}

fn run() -> Result<(), Failure> {
    let options = Options::from_command_line("Shows bias and variance of polynomials.")?;
    let study = BiasVariance::new(if options.quick { 50 } else { 1_000 }, options.seed)?;
    let at: Vec<f64> = (0..=80).map(|i| f64::from(i) / 40.0 - 1.0).collect();
    let truth: Vec<f64> = at.iter().map(|&x| sine(x)).collect();

    println!("degree     bias  variance    noise    error");
    let mut errors = Vec::new();
    let mut pictures = Vec::new();
    for degree in 0..=DEGREES {
        let fitted = study.repeat(|key| Ok::<_, Error>(fit(degree, &points(key), &at)))?;
        let error = SquaredError::of(&fitted, &truth)?.noise(NOISE * NOISE)?;
        let SquaredError { bias, variance, noise, error: whole } = error;
        println!("{degree:>6} {bias:>8.4}  {variance:>8.4} {noise:>8.4} {whole:>8.4}");
        errors.push(error);
        if DRAWN.contains(&degree) {
            pictures.push(curves(degree, &at, &truth, &fitted));
        }
    }
    let least = (0..=DEGREES).min_by(|&a, &b| errors[a].error.total_cmp(&errors[b].error));
    println!("\nthe error is least at degree {}", least.unwrap_or_default());

    let folder = examples::output_folder("bias_variance")?;
    let (curve, polynomials) = (folder.join("curve.png"), folder.join("polynomials.png"));
    write_lines(&[parts(&errors)], 1, [720.0, 460.0], &curve)?;
    write_lines(&pictures, 3, [440.0, 360.0], &polynomials)?;
    println!("its parts: {}", curve.display());
    println!("some of the polynomials: {}", polynomials.display());
    Ok(())
}

/// What is to be learned, on [-1, 1].
fn sine(x: f64) -> f64 {
    (3.0 * x).sin()
}

/// The training set that belongs to a number.
fn points(key: u64) -> Vec<(f64, f64)> {
    let unit = |i: usize| ((random::bits(key, i as u64) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    let point = |i: usize| {
        // One in each piece of the interval: gaps would make the tails of a high degree fly off.
        let x = 2.0 * (i as f64 + unit(3 * i)) / POINTS as f64 - 1.0;
        // Box and Muller: a normal number from two uniform ones.
        let (u, v) = (unit(3 * i + 1), unit(3 * i + 2));
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        (x, sine(x) + NOISE * normal)
    };
    (0..POINTS).map(point).collect()
}

/// The Legendre polynomials up to a degree: powers of x would be too much alike.
fn basis(degree: usize, x: f64) -> Vec<f64> {
    let mut p = vec![1.0, x];
    for n in 1..degree {
        let n_real = n as f64;
        p.push(((2.0 * n_real + 1.0) * x * p[n] - n_real * p[n - 1]) / (n_real + 1.0));
    }
    p.truncate(degree + 1);
    p
}

/// The polynomial of least squares through points, at other places.
fn fit(degree: usize, points: &[(f64, f64)], at: &[f64]) -> Vec<f64> {
    let size = degree + 1;
    // The normal equations, their right side in the last column; a trace of ridge keeps them solvable
    // where points leave a gap.
    let mut system = vec![vec![0.0; size + 1]; size];
    for (i, row) in system.iter_mut().enumerate() {
        row[i] = 1e-3;
    }
    for &(x, y) in points {
        let p = basis(degree, x);
        for (row, a) in system.iter_mut().zip(&p) {
            for (cell, b) in row.iter_mut().zip(p.iter().chain([&y])) {
                *cell += a * b;
            }
        }
    }
    // Gauss and Jordan. The matrix is positive definite: no pivot is zero.
    for i in 0..size {
        let pivot = system[i].clone();
        for (j, row) in system.iter_mut().enumerate() {
            if j != i {
                let factor = row[i] / pivot[i];
                row.iter_mut().zip(&pivot).for_each(|(cell, above)| *cell -= factor * above);
            }
        }
    }
    let w: Vec<f64> = (0..size).map(|i| system[i][size] / system[i][i]).collect();
    at.iter().map(|&x| basis(degree, x).iter().zip(&w).map(|(p, w)| p * w).sum()).collect()
}

/// The parts of the error against the degree.
fn parts(errors: &[SquaredError]) -> Lines {
    let line = |name: &str, part: fn(&SquaredError) -> f64| {
        let points = errors.iter().enumerate().map(|(degree, error)| (degree as f64, part(error)));
        (Some(name.to_owned()), points.collect())
    };
    Lines {
        title: "Where the error comes from".into(),
        axes: ["degree of the polynomial".into(), "squared error".into()],
        lines: vec![
            line("noise", |error| error.noise),
            line("bias²", |error| error.bias),
            line("variance", |error| error.variance),
            line("expected error", |error| error.error),
        ],
    }
}

/// Some polynomials of one degree, and what they should be.
fn curves(degree: usize, at: &[f64], truth: &[f64], fitted: &[Vec<f64>]) -> Lines {
    let line = |y: &[f64]| at.iter().copied().zip(y.iter().copied()).collect();
    let of_sets = fitted.iter().take(DRAWN_OF_EACH).map(|y| (None, line(y)));
    // The legend is shared by all pictures.
    let name =
        (degree == DRAWN[0]).then(|| "the sine; other lines: a training set each".to_owned());
    let lines = of_sets.chain([(name, line(truth))]);
    Lines {
        title: format!("Degree {degree}"),
        axes: ["x".into(), "y".into()],
        lines: lines.collect(),
    }
}
