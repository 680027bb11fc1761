//! Random orders of rows that are a promise: a function of (purpose, seed, epoch, number of rows) and of nothing else.
//!
//! 1. The generator is ChaCha with 8 rounds, whose key is the arguments themselves (see [`stream`]): its words are
//!    given by the cipher, not by a library's choice of how to expand a seed.
//! 2. A draw below n multiplies a word by n and keeps the upper half; the few words that would make some results
//!    likelier are drawn again (see [`below`]).
//! 3. The order is the shuffle of Fisher and Yates over `0..n`, from the last place down.
//!
//! `tests/golden/permutation.py` follows the same three steps without this crate or rand; its results are in the
//! tests below.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What an order is for. Two purposes with one seed have nothing to do with each other: else a split and the first
/// shuffle with the customary seed 42 would be correlated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Split,
    Shuffle,
}

impl Purpose {
    fn tag(self) -> &'static [u8; 16] {
        match self {
            Purpose::Split => b"neuropil split\0\0",
            Purpose::Shuffle => b"neuropil shuffle",
        }
    }
}

/// Writes a uniformly random permutation of `0..rows.len()` into `rows`, whatever stood there before.
///
/// # Panics
/// If there are more than `u32::MAX` rows, which no dataset has.
pub(crate) fn permute(rows: &mut [u32], purpose: Purpose, seed: u64, epoch: u64) {
    let len = u32::try_from(rows.len()).expect("a dataset has at most u32::MAX rows");
    for (place, row) in rows.iter_mut().zip(0..len) {
        *place = row;
    }
    let mut words = stream(purpose, seed, epoch);
    for last in (1..len).rev() {
        let chosen = below(last + 1, &mut words);
        rows.swap(last as usize, chosen as usize);
    }
}

/// ChaCha8 with the key `seed (8 bytes, little-endian) | epoch (8, little-endian) | tag (16)` and nonce 0.
fn stream(purpose: Purpose, seed: u64, epoch: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&epoch.to_le_bytes());
    key[16..].copy_from_slice(purpose.tag());
    ChaCha8Rng::from_seed(key)
}

/// A number in `0..n`, each equally likely: n * word / 2^32, drawn again where the words divide unevenly.
///
/// D. Lemire, Fast Random Integer Generation in an Interval, 2019, algorithm 5.
fn below(n: u32, words: &mut impl Rng) -> u32 {
    loop {
        let product = u64::from(words.next_u32()) * u64::from(n);
        let (result, rest) = ((product >> 32) as u32, product as u32);
        // 2^32 mod n words are too many. They are below n, so the division is rarely needed.
        if rest >= n || rest >= n.wrapping_neg() % n {
            return result;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permutation(len: usize, purpose: Purpose, seed: u64, epoch: u64) -> Vec<u32> {
        let mut rows = vec![u32::MAX; len];
        permute(&mut rows, purpose, seed, epoch);
        rows
    }

    /// Pearson's statistic for equally likely cells.
    fn chi_square(counts: &[u32]) -> f64 {
        let expected = counts.iter().sum::<u32>() as f64 / counts.len() as f64;
        counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum()
    }

    /// Five standard deviations about the mean of the chi-square distribution; beyond them lie less than 1e-5 of all
    /// streams. Too even is as suspect as too uneven.
    fn assert_uniform(counts: &[u32]) {
        let freedom = (counts.len() - 1) as f64;
        let bound = 5.0 * (2.0 * freedom).sqrt();
        let statistic = chi_square(counts);
        assert!(
            (statistic - freedom).abs() <= bound,
            "chi-square {statistic} for {freedom} degrees of freedom, bound {bound}"
        );
    }

    #[test]
    fn orders_are_the_promised_ones() {
        // From tests/golden/permutation.py.
        assert_eq!(
            permutation(12, Purpose::Shuffle, 42, 0),
            [10, 6, 2, 8, 1, 4, 9, 11, 3, 7, 0, 5]
        );
        assert_eq!(
            permutation(12, Purpose::Shuffle, (1 << 40) + 1, 3),
            [7, 8, 1, 10, 0, 3, 11, 4, 5, 6, 2, 9]
        );
        assert_eq!(permutation(12, Purpose::Split, 42, 0), [8, 7, 5, 2, 3, 1, 9, 10, 6, 4, 11, 0]);
        let mnist = permutation(60_000, Purpose::Shuffle, 42, 0);
        assert_eq!(mnist[..6], [30473, 57323, 39069, 30750, 48071, 9784]);
        assert_eq!(mnist[59_994..], [45000, 39826, 23419, 42364, 5359, 25814]);
    }

    #[test]
    fn each_order_of_six_rows_is_equally_likely() {
        let mut counts = vec![0; 720];
        for epoch in 0..72_000 {
            let mut rank = 0;
            let rows = permutation(6, Purpose::Shuffle, 7, epoch);
            for (place, row) in rows.iter().enumerate() {
                let smaller = rows[place + 1..].iter().filter(|other| *other < row).count();
                rank = rank * (6 - place) + smaller;
            }
            counts[rank] += 1;
        }
        assert_uniform(&counts);
    }

    #[test]
    fn each_row_is_equally_likely_at_each_place_for_neighbouring_seeds() {
        let len = 20;
        for place in [0, 9, 19] {
            let mut counts = vec![0; len];
            for seed in 0..20_000 {
                counts[permutation(len, Purpose::Split, seed, 0)[place] as usize] += 1;
            }
            assert_uniform(&counts);
        }
    }

    /// Without drawing again, a third of the results below 3 * 2^30 would be twice as likely as the others.
    #[test]
    fn draws_below_a_large_bound_are_unbiased() {
        let mut words = stream(Purpose::Shuffle, 1, 0);
        let mut counts = [0; 3];
        for _ in 0..30_000 {
            let draw = below(3 << 30, &mut words);
            assert!(draw < 3 << 30);
            counts[(draw % 3) as usize] += 1;
        }
        let (low, high) = (counts.iter().min(), counts.iter().max());
        assert!(low >= Some(&9_600) && high <= Some(&10_400), "{counts:?}");
    }

    #[test]
    fn bounds_of_one_and_of_all_words() {
        let mut words = stream(Purpose::Shuffle, 1, 0);
        assert_eq!(below(1, &mut words), 0);
        let draws: Vec<u32> = (0..64).map(|_| below(u32::MAX, &mut words)).collect();
        assert!(draws.iter().any(|&draw| draw > u32::MAX / 2));
        assert!(draws.iter().any(|&draw| draw < u32::MAX / 2));
    }

    #[test]
    fn purpose_seed_and_epoch_each_change_the_order() {
        let order = permutation(100, Purpose::Shuffle, 1, 2);
        assert_eq!(order, permutation(100, Purpose::Shuffle, 1, 2));
        for other in [
            permutation(100, Purpose::Split, 1, 2),
            permutation(100, Purpose::Shuffle, 2, 2),
            permutation(100, Purpose::Shuffle, 1, 3),
            permutation(100, Purpose::Shuffle, 2, 1),
            permutation(100, Purpose::Shuffle, 1 + (1 << 32), 2),
            permutation(100, Purpose::Shuffle, 1, 2 + (1 << 32)),
        ] {
            assert_ne!(order, other);
        }
    }

    #[test]
    fn none_and_one_row() {
        assert_eq!(permutation(0, Purpose::Split, 1, 0), []);
        assert_eq!(permutation(1, Purpose::Split, 1, 0), [0]);
    }
}
