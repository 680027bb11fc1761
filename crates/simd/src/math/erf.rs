//! The error function and its complement.

use super::exp::exp_of_sum;
use super::polynomial;
use crate::{Float, Lanes};

// erf(x) / x - 1 as a polynomial of x², for |x| <= 1, from scripts/coefficients.py.
/// Error 2^-29.4 of erf x.
const NEAR_SINGLE: [f64; 7] =
    [0.12837917, -0.37612626, 0.11283579, -0.026853347, 0.005187162, -0.0007997853, 7.806904e-05];
/// Error 2^-56.0 of erf x.
const NEAR_DOUBLE: [f64; 12] = [
    0.12837916709551256,
    -0.37612638903183343,
    0.1128379167093695,
    -0.02686617064195914,
    0.0052239775967359205,
    -0.0008548325485003762,
    0.00012055280496843412,
    -1.4924465647207633e-05,
    1.6444150682131308e-06,
    -1.618399206040513e-07,
    1.3616702623531852e-08,
    -7.607816367644443e-10,
];

// (x + K) e^x² erfc(x) as a polynomial of (x - K) / (x + K), for x >= 1/2 until erfc is zero, from
// scripts/coefficients.py, with the K that loses least.
const K_SINGLE: f64 = 2.25;
const K_DOUBLE: f64 = 2.796875;
/// Error 2^-26.6 of erfc x.
const FAR_SINGLE: [f64; 10] = [
    1.0398927,
    -0.751959,
    0.37151745,
    -0.10121017,
    -0.0036103777,
    0.0116553195,
    -0.0008012937,
    -0.0016159547,
    9.5462194e-05,
    0.00023461066,
];
/// Error 2^-55.8 of erfc x.
const FAR_DOUBLE: [f64; 23] = [
    1.0669554766587948,
    -0.8549941964690138,
    0.5391944988410547,
    -0.2550323079377577,
    0.07939464760142784,
    -0.00812799002264403,
    -0.005294273173239084,
    0.0020821054870150406,
    0.0003018739572936105,
    -0.0003118533127512955,
    -2.3602592665392744e-05,
    4.8409610002162826e-05,
    4.9071483767204245e-06,
    -8.010332389218449e-06,
    -1.6459350626955643e-06,
    1.2909026855354969e-06,
    5.270533611622101e-07,
    -1.6514046120481554e-07,
    -1.4607886619387235e-07,
    6.7225824124864685e-09,
    3.308906786863992e-08,
    2.30950584938262e-09,
    -4.8395188646638785e-09,
];

/// The error function, erf x = 2/√π ∫₀ˣ e^-t² dt: the normal distribution is (1 + erf(x/√2)) / 2.
/// PyTorch's `erf`.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | ±0 |
/// | ±∞ | ±1 |
/// | NaN | NaN |
///
/// x + x p(x²) with a minimax polynomial p for |x| < 1, else 1 - [`erfc`](erfc())(|x|) with the sign
/// of x.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [-0.0_f32, 0.5, 20.0];
/// slices::erf_in_place(&mut y);
/// assert_eq!(y, [-0.0, 0.5204999, 1.0]);
/// ```
#[inline(always)]
pub fn erf<T: Float, V: Lanes<T>>(x: V) -> V {
    let a = x.abs();
    V::select(a.lt(V::of(1.0)), near(x), V::of(1.0) - far::<T, V, false>(a)).copysign(x)
}

/// 1 - erf x, precise where erf x is so near to 1 that the difference has lost all digits. PyTorch's
/// `erfc`.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | 1 |
/// | ∞ | +0 |
/// | -∞ | 2 |
/// | NaN | NaN |
/// | above 10.054194 (`f32`), 27.226017 (`f64`) | +0; denormal results before are as precise as others |
///
/// 1 - erf x for x < 1/2, else e^-x² / (x + K) times a minimax polynomial of (x - K) / (x + K).
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [0.0_f32, -5.0, 5.0];
/// slices::erfc_in_place(&mut y);
/// assert_eq!(y[..2], [1.0, 2.0]);
/// assert!((y[2] / 1.5374597e-12 - 1.0).abs() < 1e-6);
/// ```
#[inline(always)]
pub fn erfc<T: Float, V: Lanes<T>>(x: V) -> V {
    let (one, a) = (V::of(1.0), x.abs());
    let far = far::<T, V, true>(a);
    let erf = V::select(a.lt(one), near(x), (one - far).copysign(x));
    V::select(x.lt(V::of(0.5)), one - erf, far)
}

/// erf x for |x| < 1.
#[inline(always)]
fn near<T: Float, V: Lanes<T>>(x: V) -> V {
    x.mul_add(polynomial(x * x, T::choose(&NEAR_SINGLE[..], &NEAR_DOUBLE[..])), x)
}

/// erfc a for a >= 1/2; `PRECISE` carries along what each step loses, which erf would not notice.
#[inline(always)]
fn far<T: Float, V: Lanes<T>, const PRECISE: bool>(a: V) -> V {
    // Behind this bound the result is zero. A NaN stays, being on the right.
    let a = V::of(*T::choose(&10.25, &27.25)).min(a);

    // -a² is large, and what it loses by rounding would be lost by e^-a² too: with the first digits
    // of a, the square is exact.
    let digits: &f64 = T::choose(&256.0, &2_097_152.0);
    let first = (a * V::of(*digits)).round() * V::of(1.0 / *digits);
    let (n, e, e_lost) = exp_of_sum(-(first * first), (first - a) * (first + a));

    let k = V::of(*T::choose(&K_SINGLE, &K_DOUBLE));
    let coefficients = T::choose(&FAR_SINGLE[..], &FAR_DOUBLE[..]);
    let (sum, difference) = (a + k, a - k);
    let t = V::of(1.0) / sum;
    if !PRECISE {
        return e.scale_down(n) * (polynomial(difference * t, coefficients) * t);
    }
    let less = sum - a;
    let sum_lost = (a - (sum - less)) + (k - less);
    let t_lost = t * -sum_lost.mul_add(t, sum.mul_add(t, V::of(-1.0)));
    let p = polynomial(difference.mul_add(t, difference * t_lost), coefficients);
    let y = p * t;
    let y_lost = p.mul_add(t_lost, p.mul_add(t, -y));
    e.mul_add(y, e.mul_add(y_lost, e_lost * y)).scale_down(n)
}
