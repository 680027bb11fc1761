//! Every random initializer is held to the distribution that it documents: mean, standard
//! deviation, Kolmogorov-Smirnov distance, and independence of neighbours, over 100,000 draws of a
//! fixed seed.
//!
//! Every bound lies where a right initializer with a fresh seed would fail once in a thousand times
//! (two-sided z = 3.2905); the seed is fixed, so a failure is a change of the code. The last tests
//! show that the same measures turn down a wrong spread, a wrong mean, a wrong shape and a
//! dependence.

use std::f64::consts::PI;

use neuropil_initializers::{
    Fan, FanMode, Initializer, KaimingNormal, KaimingUniform, Nonlinearity, Normal, Uniform,
    UniformFanIn, XavierNormal, XavierUniform,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Draws in one sample, a weight of shape [400, 250].
const N: usize = 100_000;
const SHAPE: [usize; 2] = [400, 250];

/// |z| of a standard normal variable exceeds this with probability 0.001.
const Z_BOUND: f64 = 3.2905;

/// √n times the Kolmogorov-Smirnov distance exceeds this with probability 0.001 (Kolmogorov's limit
/// distribution; at n = 100,000 the critical distance is 0.006165).
const KS_BOUND: f64 = 1.9495;

/// What an initializer says that it draws from.
#[derive(Clone, Copy)]
enum Law {
    Uniform { low: f64, high: f64 },
    Normal { mean: f64, std: f64 },
}

impl Law {
    fn symmetric(bound: f64) -> Self {
        Self::Uniform { low: -bound, high: bound }
    }

    fn centered(std: f64) -> Self {
        Self::Normal { mean: 0.0, std }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Normal { mean, .. } => mean,
        }
    }

    fn std(self) -> f64 {
        match self {
            Self::Uniform { low, high } => (high - low) / 12.0_f64.sqrt(),
            Self::Normal { std, .. } => std,
        }
    }

    /// The fourth central moment over the squared variance.
    fn kurtosis(self) -> f64 {
        match self {
            Self::Uniform { .. } => 1.8,
            Self::Normal { .. } => 3.0,
        }
    }

    fn cumulative(self, x: f64) -> f64 {
        match self {
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Normal { mean, std } => standard_normal_cumulative((x - mean) / std),
        }
    }
}

/// Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/15 + ...), whose terms shrink to nothing for every |z| that a
/// sample of N holds.
fn standard_normal_cumulative(z: f64) -> f64 {
    if z.abs() > 8.0 {
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut divisor) = (0.0, z, 1.0);
    while sum + term != sum {
        sum += term;
        divisor += 2.0;
        term *= z * z / divisor;
    }
    0.5 + sum * (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

/// How far a sample is from a law, each number in units in which its bound is stated.
#[derive(Clone, Copy, Debug)]
struct Distance {
    /// (sample mean - mean) / (std/√n).
    mean: f64,
    /// (sample variance / variance - 1) / √((kurtosis - 1)/n).
    variance: f64,
    /// √n sup |F_n(x) - F(x)|, F_n the share of the sample up to x.
    kolmogorov_smirnov: f64,
    /// √n times the correlation of each draw with the next one.
    neighbours: f64,
}

impl Distance {
    fn between(sample: &[f64], law: Law) -> Self {
        let n = sample.len() as f64;
        let (mean, std) = (law.mean(), law.std());
        let sample_mean = sample.iter().sum::<f64>() / n;
        let sample_variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let covariance =
            sample.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>() / n;

        let mut sorted = sample.to_vec();
        sorted.sort_by(f64::total_cmp);
        // F_n jumps at every draw, so the supremum lies just before or at one.
        let supremum = sorted.iter().enumerate().fold(0.0_f64, |d, (i, &x)| {
            let f = law.cumulative(x);
            d.max(f - i as f64 / n).max((i + 1) as f64 / n - f)
        });

        Self {
            mean: (sample_mean - mean) / (std / n.sqrt()),
            variance: (sample_variance / (std * std) - 1.0) / ((law.kurtosis() - 1.0) / n).sqrt(),
            kolmogorov_smirnov: n.sqrt() * supremum,
            neighbours: n.sqrt() * covariance / (std * std),
        }
    }
}

fn sample(initializer: &dyn Initializer, fan: Fan) -> Vec<f64> {
    let mut w = vec![f64::NAN; N];
    initializer.fill(&mut w, &SHAPE, fan, &mut ChaCha8Rng::seed_from_u64(20_10));
    w
}

#[track_caller]
fn assert_follows(initializer: &dyn Initializer, fan: Fan, law: Law) {
    let distance = Distance::between(&sample(initializer, fan), law);
    let message = format!("{initializer:?} with {fan:?}: {distance:?}");
    assert!(distance.mean.abs() < Z_BOUND, "{message}");
    assert!(distance.variance.abs() < Z_BOUND, "{message}");
    assert!(distance.kolmogorov_smirnov < KS_BOUND, "{message}");
    assert!(distance.neighbours.abs() < Z_BOUND, "{message}");
}

#[test]
fn uniform() {
    let (low, high) = (-0.3, 1.7);
    let initializer = Uniform::new(low, high).unwrap();
    assert_follows(&initializer, Fan::of(&SHAPE), Law::Uniform { low, high });
}

#[test]
fn normal() {
    let (mean, std) = (-2.0, 0.3);
    let initializer = Normal::new(mean, std).unwrap();
    assert_follows(&initializer, Fan::of(&SHAPE), Law::Normal { mean, std });
}

#[test]
fn uniform_fan_in_takes_the_fan_and_not_the_shape() {
    assert_follows(&UniformFanIn, Fan::matrix(49, 3), Law::symmetric(1.0 / 7.0));
}

#[test]
fn xavier() {
    let fan = Fan::of(&SHAPE); // 400 + 250 = 650
    let bound = (6.0_f64 / 650.0).sqrt();
    let std = (2.0_f64 / 650.0).sqrt();
    let tanh = Nonlinearity::Tanh;
    assert_follows(&XavierUniform::new(), fan, Law::symmetric(bound));
    assert_follows(&XavierNormal::new(), fan, Law::centered(std));
    assert_follows(
        &XavierUniform::new().nonlinearity(tanh).unwrap(),
        fan,
        Law::symmetric(5.0 / 3.0 * bound),
    );
    assert_follows(
        &XavierNormal::new().nonlinearity(tanh).unwrap(),
        fan,
        Law::centered(5.0 / 3.0 * std),
    );
    assert_follows(&XavierUniform::new().gain(0.25).unwrap(), fan, Law::symmetric(bound / 4.0));
    assert_follows(&XavierNormal::new().gain(0.25).unwrap(), fan, Law::centered(std / 4.0));
}

#[test]
fn kaiming() {
    let fan = Fan::of(&SHAPE);
    let forward_std = (2.0_f64 / 400.0).sqrt();
    let backward_std = (2.0_f64 / 250.0).sqrt();
    let to_bound = 3.0_f64.sqrt();
    assert_follows(&KaimingNormal::new(), fan, Law::centered(forward_std));
    assert_follows(&KaimingUniform::new(), fan, Law::symmetric(to_bound * forward_std));
    assert_follows(&KaimingNormal::new().fan(FanMode::Output), fan, Law::centered(backward_std));
    assert_follows(
        &KaimingUniform::new().fan(FanMode::Output),
        fan,
        Law::symmetric(to_bound * backward_std),
    );
    let selu = Nonlinearity::Selu;
    assert_follows(
        &KaimingNormal::new().nonlinearity(selu).unwrap(),
        fan,
        Law::centered(0.75 / 20.0),
    );
    assert_follows(
        &KaimingUniform::new().gain(0.75).unwrap(),
        fan,
        Law::symmetric(to_bound * 0.75 / 20.0),
    );
    assert_follows(&KaimingUniform::pytorch_linear(), fan, Law::symmetric(1.0 / 20.0));
}

#[test]
fn an_empty_layer_gets_finite_numbers() {
    let empty = Fan::matrix(0, 0);
    assert_follows(&UniformFanIn, empty, Law::symmetric(1.0));
    assert_follows(&XavierUniform::new(), empty, Law::symmetric(6.0_f64.sqrt()));
    assert_follows(&KaimingNormal::new(), empty, Law::centered(2.0_f64.sqrt()));
}

#[test]
fn the_normal_cumulative_is_that_of_the_tables() {
    for (z, tabled) in [
        (0.0, 0.5),
        (1.0, 0.841_344_746_068_542_9),
        (-1.0, 0.158_655_253_931_457_05),
        (3.0, 0.998_650_101_968_369_9),
        (-5.0, 2.866_515_718_791_939e-7),
    ] {
        let computed = standard_normal_cumulative(z);
        assert!((computed - tabled).abs() < 1e-14, "{z}: {computed}");
    }
}

#[test]
fn the_measures_turn_down_a_wrong_spread() {
    let w = sample(&Normal::new(0.0, 1.05).unwrap(), Fan::of(&SHAPE));
    let distance = Distance::between(&w, Law::centered(1.0));
    assert!(distance.variance > Z_BOUND, "{distance:?}");
    assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
}

#[test]
fn the_measures_turn_down_a_wrong_mean() {
    let w = sample(&Uniform::new(-0.95, 1.05).unwrap(), Fan::of(&SHAPE));
    let distance = Distance::between(&w, Law::symmetric(1.0));
    assert!(distance.mean > Z_BOUND, "{distance:?}");
    assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
}

#[test]
fn kolmogorov_smirnov_turns_down_a_wrong_shape_of_equal_mean_and_spread() {
    let bound = 3.0_f64.sqrt(); // of standard deviation 1
    let w = sample(&Uniform::new(-bound, bound).unwrap(), Fan::of(&SHAPE));
    let distance = Distance::between(&w, Law::centered(1.0));
    assert!(distance.mean.abs() < Z_BOUND, "{distance:?}");
    assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
}

#[test]
fn the_correlation_turns_down_draws_that_repeat() {
    let mut w = sample(&Normal::new(0.0, 1.0).unwrap(), Fan::of(&SHAPE));
    for pair in w.chunks_exact_mut(2) {
        pair[1] = pair[0];
    }
    let distance = Distance::between(&w, Law::centered(1.0));
    assert!(distance.neighbours > Z_BOUND, "{distance:?}");
}
