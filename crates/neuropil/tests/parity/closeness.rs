//! How near two arrays must be.

use neuropil::simd::Float;

/// The largest difference allowed, as a share of what was expected.
#[derive(Clone, Copy, Debug)]
pub struct Closeness {
    pub single: f64,
    pub double: f64,
    pub to: Share,
}

/// Of what the difference is a share.
#[derive(Clone, Copy, Debug)]
pub enum Share {
    /// Of each expected number: for formulas of one number, which have no excuse.
    Each,
    /// Of the largest finite expected number of the array, for sums, whose terms cancel.
    Largest,
}

impl Closeness {
    /// Values of formulas.
    pub const VALUES: Self = Self { single: 1e-5, double: 1e-13, to: Share::Each };
    /// Values of sums of products.
    pub const SUMS: Self = Self { single: 1e-5, double: 1e-13, to: Share::Largest };
    /// Derivatives.
    pub const GRADIENTS: Self = Self { single: 1e-4, double: 1e-13, to: Share::Largest };
    /// What many steps have led to.
    pub const TRAJECTORIES: Self = Self { single: 1e-4, double: 1e-12, to: Share::Largest };

    /// The share allowed in this type.
    pub fn of<T: Float>(self) -> f64 {
        if T::NAME == "f32" { self.single } else { self.double }
    }

    /// The largest difference, as a share; infinite where one is finite and the other is not, and
    /// where one is NaN and the other is not. A difference below what the type can hold is none.
    pub fn difference<T: Float>(self, found: &[T], expected: &[f64]) -> f64 {
        let finite = expected.iter().filter(|x| x.is_finite());
        let largest = finite.fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let differences = found.iter().zip(expected).map(|(found, &expected)| {
            let (found, difference) = (found.to_f64(), (found.to_f64() - expected).abs());
            if found == expected || found.is_nan() && expected.is_nan() {
                return 0.0;
            }
            if !found.is_finite() || !expected.is_finite() {
                return f64::INFINITY;
            }
            let whole = match self.to {
                Share::Each => expected.abs(),
                Share::Largest => largest,
            };
            if difference <= T::MIN_POSITIVE.to_f64() { 0.0 } else { difference / whole }
        });
        differences.fold(0.0, f64::max)
    }
}

#[test]
fn a_wrong_number_is_seen() {
    let each = Closeness::VALUES;
    assert_eq!(each.difference(&[1.0_f64, 2.0], &[1.0, 2.5]), 0.2);
    assert_eq!(Closeness::SUMS.difference(&[1.0_f64, 2.0], &[1.5, 10.0]), 0.8);
    for (found, expected) in [
        (f64::NAN, 1.0),
        (1.0, f64::NAN),
        (f64::INFINITY, 1.0),
        (1.0, f64::INFINITY),
        (f64::INFINITY, f64::NEG_INFINITY),
    ] {
        assert_eq!(each.difference(&[found], &[expected]), f64::INFINITY, "{found} {expected}");
    }
    assert_eq!(each.difference(&[f32::NAN, f32::INFINITY], &[f64::NAN, f64::INFINITY]), 0.0);
    assert_eq!(each.difference(&[1e-3_f64], &[0.0]), f64::INFINITY);
    // 3.8e-44 is the f32 next to it.
    assert_eq!(each.difference(&[0.0_f32], &[3.7e-44]), 0.0);
}
