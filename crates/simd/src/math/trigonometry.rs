//! Sine and cosine.

mod reduction;

use super::polynomial;
use crate::{Float, Lanes};

// (sin r - r) / r³ as a polynomial of r², for |r| <= π/4, from scripts/coefficients.py.
/// Error 2^-27.9 of sin r.
const SINE_SINGLE: [f64; 3] = [-0.16666655, 0.008332189, -0.00019518285];
/// Error 2^-57.9 of sin r.
const SINE_DOUBLE: [f64; 6] = [
    -0.1666666666666663,
    0.00833333333332184,
    -0.00019841269829358514,
    2.755731353850258e-06,
    -2.5050734386258464e-08,
    1.589543304893767e-10,
];

// (cos r - 1 + r²/2) / r⁴ as a polynomial of r², for |r| <= π/4, from scripts/coefficients.py.
/// Error 2^-33.0 of cos r.
const COSINE_SINGLE: [f64; 3] = [0.041666646, -0.001388731, 2.4432327e-05];
/// Error 2^-63.9 of cos r.
const COSINE_DOUBLE: [f64; 6] = [
    0.041666666666666595,
    -0.0013888888888873338,
    2.480158728899748e-05,
    -2.7557314215298494e-07,
    2.0875705114751055e-09,
    -1.1358732752693045e-11,
];

// π/2 in three parts; the first two have so few bits that their products with every n are exact.
/// Of 14, 14 and 24 bits, less than π/2 by 2^-54.2; for |n| < 2^10.
const HALF_PI_SINGLE: [f64; 3] = [1.5706787109375, 0.00011761486530303955, 9.92093629470503e-10];
/// Of 33, 33 and 53 bits, less than π/2 by 2^-122.9; for |n| < 2^20.
const HALF_PI_DOUBLE: [f64; 3] =
    [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];

/// sin x, x in radians.
///
/// | x | result |
/// | --- | --- |
/// | ±0 | ±0 |
/// | denormal | x |
/// | ±∞, NaN | NaN |
/// | finite, however large | as precise as elsewhere |
///
/// x = n π/2 + r with |r| <= π/4 (Cody and Waite), then a minimax polynomial of sin r or cos r. Where
/// |x| is above 1,600 (`f32`) or 1,600,000 (`f64`), or x is so near to a multiple of π/2 that too
/// few digits are left, n and r are found with as many digits of 2/π as it takes (Payne and Hanek):
/// number by number, some 40 ns each.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [-0.0_f64, std::f64::consts::FRAC_PI_2, 1e300];
/// slices::sin_in_place(&mut y);
/// assert_eq!(y[..2], [-0.0, 1.0]);
/// assert!((y[2] - -0.8178819121159085).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn sin<T: Float, V: Lanes<T>>(x: V) -> V {
    let turned = Turned::of(x);
    let y = turned.sine();
    // The reduction makes +0 of -0.
    V::select(x.eq(V::of(0.0)), x, y)
}

/// cos x, x in radians.
///
/// | x | result |
/// | --- | --- |
/// | ±0, denormal | 1 |
/// | ±∞, NaN | NaN |
/// | finite, however large | as precise as elsewhere |
///
/// As [`sin`], with the quadrants turned by one.
///
/// ```
/// use neuropil_simd::slices;
///
/// let mut y = [0.0_f64, std::f64::consts::PI, 1e300];
/// slices::cos_in_place(&mut y);
/// assert_eq!(y[..2], [1.0, -1.0]);
/// assert!((y[2] - -0.5753861119575491).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn cos<T: Float, V: Lanes<T>>(x: V) -> V {
    let mut turned = Turned::of(x);
    turned.n = turned.n + V::of(1.0);
    turned.sine()
}

/// An angle as `n` π/2 + `r` + `rest`, where |r| is at most π/4 and `rest` what `r` has lost.
struct Turned<V> {
    n: V,
    r: V,
    rest: V,
}

impl<V> Turned<V> {
    #[inline(always)]
    fn of<T: Float>(x: V) -> Self
    where
        V: Lanes<T>,
    {
        let n = (x * V::of(std::f64::consts::FRAC_2_PI)).round();
        let [high, middle, low] = *T::choose(&HALF_PI_SINGLE, &HALF_PI_DOUBLE);
        // The first difference is exact. The second is, too, where it is small, and elsewhere loses
        // what can be found by subtracting again.
        let first = n.mul_add(V::of(-high), x);
        let product = n * V::of(middle);
        let second = first - product;
        let lost = (first - second) - product;
        // The third does not lose anything worth adding, except the little that stays in `rest`.
        let rest = n.mul_add(V::of(-low), lost);
        let r = second + rest;
        let rest = rest - (r - second);

        let (bound, least): &(f64, f64) =
            T::choose(&(1_600.0, 1.0 / 4_096.0), &(1.6e6, 1.0 / 1_073_741_824.0));
        let near = r.abs().lt(V::of(*least)) & !n.eq(V::of(0.0));
        let hard = near | !x.abs().lt(V::of(*bound));
        let easy = Self { n, r, rest };
        if V::bits(hard) == 0 { easy } else { easy.with_hard::<T>(x, V::bits(hard)) }
    }

    /// Replaces the lanes of `hard` by what takes more digits.
    #[inline(always)]
    fn with_hard<T: Float>(self, x: V, hard: u32) -> Self
    where
        V: Lanes<T>,
    {
        let (mut angles, mut n, mut r, mut rest) =
            ([T::ZERO; 16], [T::ZERO; 16], [T::ZERO; 16], [T::ZERO; 16]);
        x.store(&mut angles);
        self.n.store(&mut n);
        self.r.store(&mut r);
        self.rest.store(&mut rest);
        for lane in 0..V::LEN {
            if hard >> lane & 1 == 1 {
                let reduced = reduction::reduce(angles[lane].to_f64());
                n[lane] = T::of(reduced.quadrant);
                r[lane] = T::of(reduced.high);
                rest[lane] = T::of((reduced.high - r[lane].to_f64()) + reduced.low);
            }
        }
        Self { n: V::load(&n), r: V::load(&r), rest: V::load(&rest) }
    }

    /// sin(n π/2 + r + rest).
    #[inline(always)]
    fn sine<T: Float>(self) -> V
    where
        V: Lanes<T>,
    {
        let Self { n, r, rest } = self;
        let (one, half) = (V::of(1.0), V::of(0.5));
        let z = r * r;
        let half_z = z * half;
        let over_one = one - half_z;

        // sin(r + rest) = r + r³ s(r²) + rest cos r
        let s = polynomial(z, T::choose(&SINE_SINGLE[..], &SINE_DOUBLE[..]));
        let sine = (r * z).mul_add(s, rest * over_one) + r;

        // cos(r + rest) = (1 - r²/2) + r⁴ c(r²) - rest sin r, and what the first term loses
        let c = polynomial(z, T::choose(&COSINE_SINGLE[..], &COSINE_DOUBLE[..]));
        let lost = (one - over_one) - half_z;
        let cosine = over_one + (z * z).mul_add(c, lost - r * rest);

        // n modulo 4, as a part of a turn in [-1/2, 1/2]: the cosine in the odd quadrants, and below
        // zero in the third and the fourth.
        let odd = !(n * half).eq((n * half).round());
        let turn = n * V::of(0.25) - (n * V::of(0.25)).round();
        let negative = turn.lt(V::of(0.0)) | V::of(0.3).lt(turn);
        let y = V::select(odd, cosine, sine);
        V::select(negative, -y, y)
    }
}
