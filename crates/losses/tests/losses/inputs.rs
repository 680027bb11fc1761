//! Numbers to try, the same in every run.

use neuropil_losses::Float;

/// `len` numbers in [0, 1), the same for both types.
pub fn units<T: Float>(len: usize, seed: u64) -> Vec<T> {
    let mut state = seed;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        T::of(((z ^ (z >> 31)) >> 40) as f64 / (1_u64 << 24) as f64)
    };
    (0..len).map(|_| next()).collect()
}

/// `len` numbers in [-range, range).
pub fn numbers<T: Float>(len: usize, range: f64, seed: u64) -> Vec<T> {
    units::<T>(len, seed).into_iter().map(|u| (u + u - T::ONE) * T::of(range)).collect()
}
