//! Numbers to try, the same in every run and in both types.

use neuropil::regularizers::random;
use neuropil::simd::Float;

/// Widths of rows around those of vectors, up to more than two of the longest.
pub const WIDTHS: [usize; 14] = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40];

/// `len` numbers in [0, 1), each a multiple of 2^-24.
pub fn units<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let unit = |i| (random::bits(random::key(&[seed]), i) >> 40) as f64 / (1_u64 << 24) as f64;
    (0..len as u64).map(|i| T::of(unit(i))).collect()
}

/// `len` numbers in [-range, range), none nearer to 0 than range/1000.
pub fn numbers<T: Float>(len: usize, range: f64, seed: u64) -> Vec<T> {
    numbers_off(&[0.0], len, range, seed)
}

/// `len` numbers in [-range, range), none nearer to a kink than range/1000: what has a step or a
/// kink there has no derivative.
pub fn numbers_off<T: Float>(kinks: &[f64], len: usize, range: f64, seed: u64) -> Vec<T> {
    let key = random::key(&[seed]);
    let number = |i| {
        let unit = (random::bits(key, i) >> 11) as f64 / (1_u64 << 53) as f64;
        // Through f32, so that both types get the same numbers.
        f64::from(((2.0 * unit - 1.0) * range) as f32)
    };
    let smooth = |x: &f64| kinks.iter().all(|kink| (x - kink).abs() >= range / 1000.0);
    (0..).map(number).filter(smooth).take(len).map(T::of).collect()
}

/// The bits, for comparisons that tell 0 from -0 and a NaN equal to itself.
pub fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_f64().to_bits()).collect()
}

/// All as `f64`.
pub fn doubles<T: Float>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|x| x.to_f64()).collect()
}

/// All rounded to `f32`.
pub fn singles(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
}
