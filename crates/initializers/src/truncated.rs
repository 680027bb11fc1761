//! The Gaussian without its tails.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::{
    Fan, Initializer, InitializerError,
    error::{finite, finite_non_negative},
    initializer::assert_len,
};

/// Independent draws from N(mean, std²), those outside of `[low, high]` drawn again.
///
/// The density is φ((w − mean)/std) / (std (Φ(b) − Φ(a))) between a = (low − mean)/std and b = (high −
/// mean)/std, and 0 elsewhere. By default mean = 0, std = 1, low = -2 and high = 2. The bounds are numbers, not
/// multiples of `std`; -∞ and ∞ are none. Cut at two standard deviations, the spread that is left is 0.8796
/// std. A `std` of 0 gives the number of `[low, high]` that is nearest to the mean. In f32, rounding may lead
/// past a bound that f32 doesn't have.
///
/// Draws are exact however far out the interval lies: from the Gaussian itself, from a uniform or from an
/// exponential distribution, of which at least every fifth is accepted.
///
/// Source: Robert, "Simulation of truncated normal variables" (1995). Equals PyTorch's `init.trunc_normal_`;
/// Keras's `TruncatedNormal` cuts at two standard deviations from the mean.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, TruncatedNormal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 300 * 200];
/// let init = TruncatedNormal::new(0.0, 0.02)?.bounds(-0.04, 0.04)?;
/// init.fill(&mut w, &[300, 200], Fan::matrix(300, 200), &mut ChaCha8Rng::seed_from_u64(1));
/// assert!(w.iter().all(|w| w.abs() <= 0.04));
/// let std = (w.iter().map(|w| w * w).sum::<f64>() / w.len() as f64).sqrt();
/// assert!((std / 0.02 - 0.8796).abs() < 5e-3);
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    mean: f64,
    std: f64,
    low: f64,
    high: f64,
}

impl TruncatedNormal {
    /// The Gaussian of this mean and standard deviation, between -2 and 2.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if one of them is NaN or infinite,
    /// [`InitializerError::Negative`] if `std` is below 0.
    pub fn new(mean: f64, std: f64) -> Result<Self, InitializerError> {
        Ok(Self {
            mean: finite("TruncatedNormal", "mean", mean)?,
            std: finite_non_negative("TruncatedNormal", "std", std)?,
            low: -2.0,
            high: 2.0,
        })
    }

    /// The smallest and the largest number that is drawn.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if one of them is NaN, [`InitializerError::EmptyRange`] unless
    /// `low < high`.
    pub fn bounds(self, low: f64, high: f64) -> Result<Self, InitializerError> {
        let initializer = "TruncatedNormal";
        for (parameter, value) in [("low", low), ("high", high)] {
            if value.is_nan() {
                return Err(InitializerError::NotFinite { initializer, parameter, value });
            }
        }
        if low >= high {
            return Err(InitializerError::EmptyRange { initializer, low, high });
        }
        Ok(Self { low, high, ..self })
    }
}

/// N(0, 1) between -2 and 2.
impl Default for TruncatedNormal {
    fn default() -> Self {
        Self { mean: 0.0, std: 1.0, low: -2.0, high: 2.0 }
    }
}

impl Initializer for TruncatedNormal {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let Self { mean, std, low, high } = *self;
        if std == 0.0 {
            w.fill(mean.clamp(low, high));
            return;
        }
        fill_truncated(w, mean, std, (low, high), rng);
    }
}

/// Independent draws from N(mean, std²) between two bounds, for a `std` above 0.
pub(crate) fn fill_truncated(
    w: &mut [f64],
    mean: f64,
    std: f64,
    (low, high): (f64, f64),
    rng: &mut dyn Rng,
) {
    let (a, b, width) = ((low - mean) / std, (high - mean) / std, (high - low) / std);
    for w in w {
        // In a tail the distance from its near end is drawn, so that no digit is lost far out.
        let drawn = if a > 0.0 {
            low + std * beyond(a, width, rng)
        } else if b < 0.0 {
            high - std * beyond(-b, width, rng)
        } else {
            mean + std * around_zero(a, b, rng)
        };
        *w = drawn.clamp(low, high);
    }
}

/// A standard Gaussian between a <= 0 and b >= 0.
fn around_zero(a: f64, b: f64, rng: &mut dyn Rng) -> f64 {
    // Narrower than the area below exp(-z²/2), √(2π), the interval is hit less often by a Gaussian
    // than its rectangle's part below the curve.
    let narrow = b - a < 2.5;
    loop {
        if narrow {
            let z = a + (b - a) * rng.random::<f64>();
            if rng.random::<f64>() < (-z * z / 2.0).exp() {
                return z;
            }
        } else {
            let z: f64 = StandardNormal.sample(rng);
            if (a..=b).contains(&z) {
                return z;
            }
        }
    }
}

/// How far beyond a > 0 a standard Gaussian lies, if it does by at most `width`.
fn beyond(a: f64, width: f64, rng: &mut dyn Rng) -> f64 {
    if width * a.max(1.0) <= 1.0 {
        loop {
            let d = width * rng.random::<f64>();
            // φ(a + d)/φ(a)
            if rng.random::<f64>() < (-d * (a + d / 2.0)).exp() {
                return d;
            }
        }
    }
    // An exponential of Robert's best rate r = (a + √(a² + 4))/2; φ over its density is largest at
    // a + d = r, where d r = 1.
    let rate = (a + a.hypot(2.0)) / 2.0;
    loop {
        let e: f64 = Exp1.sample(rng);
        let off = (e - 1.0) / rate;
        let d = e / rate;
        if d <= width && rng.random::<f64>() < (-off * off / 2.0).exp() {
            return d;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::TruncatedNormal;
    use crate::{Fan, Initializer, InitializerError};

    fn filled(init: TruncatedNormal) -> Vec<f64> {
        let mut w = vec![f64::NAN; 2_000];
        init.fill(&mut w, &[2_000], Fan::of(&[2_000]), &mut ChaCha8Rng::seed_from_u64(1));
        w
    }

    #[test]
    fn far_out_draws_stay_inside_and_near_the_near_end() {
        let far = [1.0, 40.0, 1e9, 1e300];
        for low in far {
            let init = TruncatedNormal::new(0.0, 1.0).unwrap();
            let right = filled(init.bounds(low, f64::INFINITY).unwrap());
            assert!(right.iter().all(|&w| w >= low && w <= low + 5.0), "{low}");
            let left = filled(init.bounds(f64::NEG_INFINITY, -low).unwrap());
            assert!(left.iter().all(|&w| w <= -low && w >= -low - 5.0), "{low}");
        }
        // The mean distance beyond 40 deviations is 1/40 (1 - 1/40² ..).
        let init = TruncatedNormal::new(0.0, 1.0).unwrap().bounds(40.0, 41.0).unwrap();
        let mean = filled(init).iter().map(|w| w - 40.0).sum::<f64>() / 2_000.0;
        assert!((mean * 40.0 - 1.0).abs() < 0.08, "{mean}");
        // So small a spread that the interval begins more deviations away than there are numbers.
        let init = TruncatedNormal::new(0.0, 1e-310).unwrap().bounds(1.0, 2.0).unwrap();
        assert!(filled(init).iter().all(|&w| w == 1.0));
    }

    #[test]
    fn no_spread_is_the_nearest_number() {
        for (mean, nearest) in [(0.5, 0.5), (7.0, 2.0), (-7.0, -2.0)] {
            let w = filled(TruncatedNormal::new(mean, 0.0).unwrap());
            assert!(w.iter().all(|&w| w == nearest), "{mean}");
        }
    }

    #[test]
    fn a_parameter_that_cannot_be_is_an_error() {
        assert!(TruncatedNormal::new(f64::NAN, 1.0).is_err());
        assert!(TruncatedNormal::new(0.0, -1.0).is_err());
        let init = TruncatedNormal::default();
        assert!(init.bounds(f64::NAN, 1.0).is_err() && init.bounds(0.0, f64::NAN).is_err());
        assert_eq!(
            init.bounds(1.0, -1.0),
            Err(InitializerError::EmptyRange {
                initializer: "TruncatedNormal",
                low: 1.0,
                high: -1.0
            })
        );
    }
}
