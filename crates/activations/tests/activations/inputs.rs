//! Numbers to try, the same in every run.

use neuropil_activations::Float;

/// `len` numbers in [-range, range), none nearer to 0 than range/1000: the steps and kinks of the
/// activations are there.
pub fn numbers<T: Float>(len: usize, range: f64, seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut numbers = Vec::with_capacity(len);
    while numbers.len() < len {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let unit = (z >> 11) as f64 / (1_u64 << 53) as f64;
        let number = (2.0 * unit - 1.0) * range;
        if number.abs() >= range / 1000.0 {
            // Through f32, so that both types get the same numbers.
            numbers.push(T::of(number as f32 as f64));
        }
    }
    numbers
}

/// The bits, for comparisons that tell 0 from -0 and a NaN equal to itself.
pub fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    numbers.iter().map(|x| x.to_f64().to_bits()).collect()
}
