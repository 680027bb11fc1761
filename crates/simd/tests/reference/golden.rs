//! Reads the files of `scripts/golden.py`, which says what is in them.

use super::{Apply, Worst};
use neuropil_simd::{Float, Level, Map, at};

/// The largest error of a function over the points of its file.
pub fn golden<F: Map>(level: Level, f: F, file: &[u8]) -> Worst<f64> {
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap());
    let segments = word(0) as usize;
    let mut at_point = 8 + segments * 24;
    let (mut worst, mut points) = (Worst::none(), 0);
    for segment in 0..segments {
        let [low, high, count] = [0, 8, 16].map(|field| word(8 + segment * 24 + field));
        let x: Vec<f64> = (0..count)
            .map(|i| (high - low) as u128 * i.wrapping_mul(0x9e37_79b9_7f4a_7c15) as u128)
            .map(|offset| f64::from_bits(low + (offset >> 64) as u64))
            .collect();
        let mut y = vec![0.0; x.len()];
        apply(level, f, &x, &mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let (rounded, rest) =
                (f64::from_bits(word(at_point)), file[at_point + 8] as i8 as f64 / 250.0);
            at_point += 9;
            points += 1;
            worst.see(((y - rounded) / unit(rounded, rest) - rest).abs(), x);
        }
    }
    assert_eq!(at_point, file.len());
    assert!(points >= 10_000);
    worst
}

/// The unit in the last place of the exact value `rounded` + `rest`.
fn unit(rounded: f64, rest: f64) -> f64 {
    let bits = rounded.abs().to_bits();
    let below = bits & ((1 << 52) - 1) == 0 && (rest < 0.0) == (rounded > 0.0) && rest != 0.0;
    let exponent = ((bits >> 52) as i32 - below as i32 - 1023).max(-1022);
    2.0_f64.powi(exponent / 2) * 2.0_f64.powi(exponent - exponent / 2) * f64::EPSILON
}

fn apply<T: Float, F: Map>(level: Level, f: F, x: &[T], y: &mut [T]) {
    let lanes = x.len() / 16 * 16;
    at(level, Apply(f, &x[..lanes], &mut y[..lanes]));
    let (mut last_x, mut last_y) = ([T::ZERO; 16], [T::ZERO; 16]);
    last_x[..x.len() - lanes].copy_from_slice(&x[lanes..]);
    at(level, Apply(f, &last_x, &mut last_y));
    y[lanes..].copy_from_slice(&last_y[..x.len() - lanes]);
}
