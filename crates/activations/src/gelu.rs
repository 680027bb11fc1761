//! The Gaussian error linear unit.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

// (a + K) e^(a²/2) Φ(-a) as a polynomial of (a - K) / (a + K), for a >= 0 until a Φ(-a) is zero, from
// scripts/coefficients.py.
const K_SINGLE: f64 = 2.78125;
const K_DOUBLE: f64 = 3.5;
/// Error 2^-27.1 of Φ(-a).
const SINGLE: [f64; 11] = [
    0.72035885,
    -0.47901845,
    0.18845682,
    -0.020178976,
    -0.01602244,
    0.0037717028,
    0.0023831404,
    -0.00042219314,
    -0.00044237857,
    7.7277923e-07,
    4.387081e-05,
];
/// Error 2^-55.7 of Φ(-a).
const DOUBLE: [f64; 25] = [
    0.7444160754359381,
    -0.565561816053779,
    0.3154249698879522,
    -0.11605092871407942,
    0.01740783260206331,
    0.0064762189199108955,
    -0.003189101048576518,
    -0.00044501295068060656,
    0.0004766571036161772,
    6.703323740380374e-05,
    -7.558466241236114e-05,
    -1.8788928685183757e-05,
    1.1506609810033832e-05,
    5.652028099670631e-06,
    -1.164895397001054e-06,
    -1.479444569429148e-06,
    -1.4355147112690973e-07,
    2.9484079684043174e-07,
    1.244330912399158e-07,
    -3.0533387783691433e-08,
    -3.680464790844937e-08,
    -3.6399722915890382e-09,
    5.140418418102513e-09,
    1.4409883596729513e-09,
    -4.8338726340416474e-11,
];

/// 1/√(2π)
const INVERSE_ROOT_TWO_PI: f64 = 0.398_942_280_401_432_7;

/// y = x Φ(x), where Φ(x) = (1 + erf(x/√2))/2 is the normal distribution: a smooth ReLU that dips to
/// -0.170 at x = -0.752. PyTorch's `GELU(approximate='none')`, but for its NaN at -∞, where the limit
/// 0 is given here.
///
/// The derivative, from the input: Φ(x) + x e^(-x²/2)/√(2π).
///
/// Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
///
/// Left of zero y is precise to its own last places where the level fuses multiply and add, and else
/// to some 2^-24 (`f32`) or 2^-53 (`f64`) of 1.
///
/// ```
/// use neuropil_activations::{Activation, Gelu};
///
/// let mut y = [0.0_f64; 4];
/// Gelu.forward(4, &[f64::NEG_INFINITY, 0.0, 1.0, 50.0], &mut y);
/// assert_eq!([y[0], y[1], y[3]], [0.0, 0.0, 50.0]);
/// assert!((y[2] - 0.841344746068543).abs() < 1e-15); // Φ(1)
///
/// let mut dx = [0.0; 2];
/// Gelu.backward(2, &[0.0, 50.0], &[], &[1.0; 2], &mut dx);
/// assert_eq!(dx, [0.5, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gelu;

impl Elementwise for Gelu {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        // x Φ(x) is -a Φ(-a) for negative x and x - a Φ(-a) for others: nothing cancels.
        let (a, _, tail) = normal_tail(x);
        (-a).mul_add(tail, V::of(0.0).max(x))
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        // The slope at -a is one less that at a.
        let (a, bell, tail) = normal_tail(x);
        let left = (a * V::of(-INVERSE_ROOT_TWO_PI)).mul_add(bell, tail);
        V::select(V::of(0.0).lt(x), V::of(1.0) - left, left)
    }
}

/// a = |x|, but no larger than where Φ(-a) is zero anyway; e^(-a²/2); and Φ(-a).
#[inline(always)]
fn normal_tail<T: Float, V: Lanes<T>>(x: V) -> (V, V, V) {
    // A NaN stays, being on the right.
    let a = V::of(*T::choose(&14.5, &39.0)).min(x.abs());
    // What the square loses by rounding is large in the exponent; unfused, it is not found.
    let square = a * a;
    let lost = a.mul_add(a, -square);
    let bell = math::exp_below_40(square * V::of(-0.5));
    let bell = bell.mul_add(lost * V::of(-0.5), bell);

    let k = V::of(*T::choose(&K_SINGLE, &K_DOUBLE));
    let t = V::of(1.0) / (a + k);
    let p = math::polynomial((a - k) * t, T::choose(&SINGLE[..], &DOUBLE[..]));
    (a, bell, bell * (p * t))
}
