//! Angles of any size, reduced with as many digits of 2/π as it takes (Payne and Hanek).

/// The digits of 2/π behind the point, 64 bits a word, behind a word of zeros. From
/// scripts/coefficients.py.
const TWO_OVER_PI: [u64; 20] = [
    0,
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
];

/// An angle less `quadrant` π/2 and some whole turns: `high` + `low`, at most π/4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reduced {
    /// An integer from -4 to 4.
    pub(super) quadrant: f64,
    pub(super) high: f64,
    pub(super) low: f64,
}

/// Reduces an angle of 1/2 or more in magnitude, with an error below 2^-66 of the result; NaN if it
/// is not finite.
#[cold]
#[inline(never)]
pub(super) fn reduce(x: f64) -> Reduced {
    if !x.is_finite() {
        return Reduced { quadrant: 0.0, high: f64::NAN, low: 0.0 };
    }
    // |x| = m 2^e with an integer m of 53 bits.
    let e = (x.to_bits() >> 52 & 0x7ff) as i32 - 1075;
    let m = x.to_bits() & ((1 << 52) - 1) | 1 << 52;

    // Digits of 2/π whose product with m 2^e is a multiple of 4 are whole turns; the 192 behind
    // them are enough. Their product with m is that of x and 2/π modulo 4, times 2^190.
    let start = 64 + e - 2;
    debug_assert!(start >= 0, "{x} is reduced without this");
    let (word, bit) = (start as usize / 64, start as usize % 64);
    let digits = |i: usize| {
        let both = (TWO_OVER_PI[word + i] as u128) << 64 | TWO_OVER_PI[word + i + 1] as u128;
        (both << bit >> 64) as u64
    };
    let [low, middle, high] = [2, 1, 0].map(|i| digits(i) as u128 * m as u128);
    let middle = middle + (low >> 64);
    let high = (high as u64).wrapping_add((middle >> 64) as u64);
    let product = (high as u128) << 64 | middle as u64 as u128;

    // The two highest bits are the quadrant, the others a fraction of it: the nearest quadrant is
    // one more where the fraction is a half or more, which makes it negative.
    let fraction = (product << 2 | (low as u64 >> 62) as u128) as i128;
    let quadrant = (product >> 126) as f64 + if fraction < 0 { 1.0 } else { 0.0 };

    // r = fraction 2^-128 π/2, in two numbers.
    let unit = f64::from_bits((1023 - 128) << 52);
    let high = fraction as f64;
    let low = (fraction - high as i128) as f64 * unit;
    let high = high * unit;
    let product = high * HALF_PI;
    let rest = high.mul_add(HALF_PI, -product) + (high * HALF_PI_REST + low * HALF_PI);
    let sign = 1.0_f64.copysign(x);
    Reduced { quadrant: sign * quadrant, high: sign * product, low: sign * rest }
}

const HALF_PI: f64 = std::f64::consts::FRAC_PI_2;
/// π/2 less [`HALF_PI`].
const HALF_PI_REST: f64 = 6.123233995736766e-17;

#[cfg(test)]
mod tests {
    use super::{Reduced, reduce};

    /// The f64 that is nearest to a multiple of π/2, the largest, and some others, to more digits than
    /// a f64 has; from mpmath.
    #[test]
    fn hard_angles() {
        for (x, quadrant, high, low) in [
            (
                6381956970095103.0 * 2.0_f64.powi(797),
                1.0,
                4.687165924254628e-19,
                -4.3720557429382733e-36,
            ),
            (f64::MAX, 2.0, -0.004961975150787273, -3.656438180407946e-19),
            (1e22, 3.0, 0.5506189342358097, -7.985621383147488e-18),
            (11.0, 3.0, 0.0044257124357236655, -1.4968113530225972e-19),
            (std::f64::consts::FRAC_PI_2, 1.0, -6.123233995736766e-17, 1.4973849048591698e-33),
            (10.0 * std::f64::consts::PI, 4.0, -1.2246467991473533e-15, 7.925150467349664e-32),
            (0.5, 0.0, 0.5, 0.0),
        ] {
            let reduced = reduce(x);
            assert_eq!(reduced.quadrant, quadrant, "{x}: {reduced:?}");
            // The two numbers may share their sum otherwise.
            let error = (reduced.high - high) + (reduced.low - low);
            assert!(
                error.abs() <= high.abs() * 2.0_f64.powi(-65),
                "{x}: {reduced:?}, error {error:e}"
            );
        }
        for x in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert!(reduce(x).high.is_nan());
        }
    }

    #[test]
    fn opposite_angles() {
        for x in [0.5, 3.0, 1e5, 1e22, f64::MAX] {
            let (left, right) = (reduce(-x), reduce(x));
            let turned = Reduced { quadrant: -left.quadrant, high: -left.high, low: -left.low };
            assert_eq!(right, turned);
        }
    }
}
