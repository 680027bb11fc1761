//! What tanh takes away.

use crate::{Elementwise, Reads};
use neuropil_simd::{Float, Lanes, math};

// (x - tanh x) / x³ as a polynomial of x², for |x| <= 1, from scripts/coefficients.py.
/// Error 2^-25.0 of the result.
const SINGLE: [f64; 8] = [
    0.33333334,
    -0.13333413,
    0.053978566,
    -0.021915404,
    0.008932568,
    -0.003539174,
    0.0011583837,
    -0.00020831598,
];
/// Error 2^-54.0 of the result.
const DOUBLE: [f64; 16] = [
    0.3333333333333333,
    -0.1333333333333247,
    0.05396825396758137,
    -0.02186948851537092,
    0.00886323519153052,
    -0.0035921246940195405,
    0.001455812626238417,
    -0.0005899290562559141,
    0.0002388093939717082,
    -9.615151254681166e-05,
    3.7917179488434216e-05,
    -1.4094329971156114e-05,
    4.6017712654560756e-06,
    -1.1866877019944929e-06,
    2.0625811933532428e-07,
    -1.7548102413365927e-08,
];

/// y = x - tanh(x): x³/3 near 0, and x less 1 far out. PyTorch's `Tanhshrink`, which has lost all digits
/// of small numbers; here they are precise.
///
/// |x| < 1: x³ times a minimax polynomial of x²; beyond: (|x| - 1) + 2/(e^2|x| + 1), where nothing
/// cancels. The derivative, from the input: tanh²(x).
///
/// ```
/// use neuropil_activations::{Activation, Tanhshrink};
///
/// let mut y = [0.0_f64; 4];
/// Tanhshrink.forward(4, &[f64::NEG_INFINITY, -30.0, 0.0, 3e-9], &mut y);
/// assert_eq!(y[..3], [f64::NEG_INFINITY, -29.0, 0.0]);
/// assert!((y[3] / 9e-27 - 1.0).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tanhshrink;

impl Elementwise for Tanhshrink {
    const READS: Reads = Reads::Input;

    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(&self, x: V) -> V {
        let (one, a) = (V::of(1.0), x.abs());
        let z = a * a;
        let small = (a * z) * math::polynomial(z, T::choose(&SINGLE[..], &DOUBLE[..]));
        let e = math::exp_below_40(-(a + a));
        let large = (a - one) + (e + e) / (one + e);
        V::select(a.lt(one), small, large).copysign(x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(&self, x: V, _y: V) -> V {
        let t = math::tanh(x);
        t * t
    }
}
