//! Distributions, and how far a sample is from one.

use std::f64::consts::PI;

/// |z| of a standard normal variable exceeds this with probability 0.001.
const Z_BOUND: f64 = 3.2905;

/// √n times the Kolmogorov-Smirnov distance exceeds this with probability 0.001 (Kolmogorov's limit
/// distribution; at n = 100,000 the critical distance is 0.006165).
const KS_BOUND: f64 = 1.9495;

/// What an initializer says that it draws from.
#[derive(Clone, Copy, Debug)]
pub enum Law {
    /// One number.
    Constant(f64),
    /// Equal chances.
    Uniform { low: f64, high: f64 },
    /// A Gaussian.
    Normal { mean: f64, std: f64 },
    /// The part of a Gaussian between two numbers.
    Truncated { mean: f64, std: f64, low: f64, high: f64 },
}

impl Law {
    /// U(-bound, bound)
    pub fn symmetric(bound: f64) -> Self {
        Self::Uniform { low: -bound, high: bound }
    }

    /// N(0, std²)
    pub fn centered(std: f64) -> Self {
        Self::Normal { mean: 0.0, std }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Constant(c) => c,
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Normal { mean, .. } => mean,
            Self::Truncated { .. } => self.moment(|x| x),
        }
    }

    /// The mean of f(x) over a Gaussian between two numbers, by Simpson's rule.
    fn moment(self, f: impl Fn(f64) -> f64) -> f64 {
        const PIECES: u32 = 2_000;
        let Self::Truncated { mean, std, low, high } = self else { return f64::NAN };
        let (low, high) = (low.max(mean - 12.0 * std), high.min(mean + 12.0 * std));
        let (mut sum, mut mass) = (0.0, 0.0);
        for i in 0..=PIECES {
            let x = low + (high - low) * f64::from(i) / f64::from(PIECES);
            let share = if i == 0 || i == PIECES { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            let density = share * (-((x - mean) / std).powi(2) / 2.0).exp();
            sum += density * f(x);
            mass += density;
        }
        sum / mass
    }

    fn std(self) -> f64 {
        match self {
            Self::Constant(_) => 0.0,
            Self::Uniform { low, high } => (high - low) / 12.0_f64.sqrt(),
            Self::Normal { std, .. } => std,
            Self::Truncated { .. } => {
                let mean = self.mean();
                self.moment(|x| (x - mean).powi(2)).sqrt()
            }
        }
    }

    /// The fourth central moment over the squared variance.
    fn kurtosis(self) -> f64 {
        match self {
            Self::Constant(_) => f64::NAN,
            Self::Uniform { .. } => 1.8,
            Self::Normal { .. } => 3.0,
            Self::Truncated { .. } => {
                let mean = self.mean();
                self.moment(|x| (x - mean).powi(4)) / self.std().powi(4)
            }
        }
    }

    fn cumulative(self, x: f64) -> f64 {
        match self {
            Self::Constant(c) => f64::from(x >= c),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Normal { mean, std } => standard_normal_cumulative((x - mean) / std),
            Self::Truncated { mean, std, low, high } => {
                let below = |x: f64| standard_normal_cumulative((x - mean) / std);
                (below(x.clamp(low, high)) - below(low)) / (below(high) - below(low))
            }
        }
    }

    /// Whether a sample may well come from this law: mean, spread, shape, and independence of
    /// neighbours lie where a right source with a fresh seed fails once in a thousand times each.
    ///
    /// # Errors
    /// How far it is.
    pub fn explains(self, sample: &[f64]) -> Result<(), String> {
        if let Self::Constant(c) = self {
            let other = sample.iter().find(|&&x| x != c);
            return other.map_or(Ok(()), |x| Err(format!("{x} is not {c}")));
        }
        let distance = Distance::between(sample, self);
        let fits = distance.mean.abs() < Z_BOUND
            && distance.variance.abs() < Z_BOUND
            && distance.kolmogorov_smirnov < KS_BOUND
            && distance.neighbours.abs() < Z_BOUND;
        if fits { Ok(()) } else { Err(format!("{self:?}: {distance:?}")) }
    }
}

/// Φ(z) = 1/2 + φ(z) (z + z³/3 + z⁵/15 + ...), whose terms shrink to nothing for every |z| that a
/// sample holds.
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

/// That between -2 and 2 has the variance 1 - 4 φ(2)/(2 Φ(2) - 1).
#[test]
fn the_moments_of_a_truncated_law_are_those_of_its_formula() {
    let law = Law::Truncated { mean: 0.5, std: 2.0, low: -3.5, high: 4.5 };
    assert!((law.mean() - 0.5).abs() < 1e-14, "{}", law.mean());
    assert!((law.std() - 2.0 * 0.879_625_661_034_239_8).abs() < 1e-10, "{}", law.std());
    assert!((law.cumulative(0.5) - 0.5).abs() < 1e-15 && law.cumulative(9.0) == 1.0);
}

/// The measures can fail, each on a sample that is wrong in its respect.
mod turn_down {
    use super::{Distance, KS_BOUND, Law, Z_BOUND};
    use crate::initializers::sample;
    use neuropil::initializers::{Normal, Uniform};

    #[test]
    fn a_wrong_spread() {
        let w = sample(&Normal::new(0.0, 1.05).unwrap());
        let distance = Distance::between(&w, Law::centered(1.0));
        assert!(distance.variance > Z_BOUND, "{distance:?}");
        assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
        assert!(Law::centered(1.0).explains(&w).is_err());
        assert_eq!(Law::centered(1.05).explains(&w), Ok(()));
    }

    #[test]
    fn a_wrong_mean() {
        let w = sample(&Uniform::new(-0.95, 1.05).unwrap());
        let distance = Distance::between(&w, Law::symmetric(1.0));
        assert!(distance.mean > Z_BOUND, "{distance:?}");
        assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
    }

    #[test]
    fn a_wrong_shape_of_equal_mean_and_spread() {
        let bound = 3.0_f64.sqrt(); // of standard deviation 1
        let w = sample(&Uniform::new(-bound, bound).unwrap());
        let distance = Distance::between(&w, Law::centered(1.0));
        assert!(distance.mean.abs() < Z_BOUND, "{distance:?}");
        assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
    }

    #[test]
    fn draws_that_repeat() {
        let mut w = sample(&Normal::new(0.0, 1.0).unwrap());
        for pair in w.chunks_exact_mut(2) {
            pair[1] = pair[0];
        }
        let distance = Distance::between(&w, Law::centered(1.0));
        assert!(distance.neighbours > Z_BOUND, "{distance:?}");
    }

    #[test]
    fn tails_that_should_be_cut() {
        let law = Law::Truncated { mean: 0.0, std: 1.0, low: -2.0, high: 2.0 };
        let w = sample(&Normal::new(0.0, 1.0).unwrap());
        let distance = Distance::between(&w, law);
        assert!(distance.variance > Z_BOUND, "{distance:?}");
        assert!(distance.kolmogorov_smirnov > KS_BOUND, "{distance:?}");
    }

    #[test]
    fn a_constant_that_is_another() {
        assert_eq!(Law::Constant(1.0).explains(&[1.0; 3]), Ok(()));
        assert!(Law::Constant(1.0).explains(&[1.0, 1.0, 1.5]).is_err());
    }
}
