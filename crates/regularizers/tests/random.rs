//! Whether the counter-based source looks random where networks would notice: each bit fair, halves
//! uniform, neighbours in a stream and streams of neighbouring keys unrelated.
//!
//! Every bound lies where a perfect generator with a fresh key would fail about once in a million
//! (|z| < 5); keys are fixed, so a failure is a change of the code. The last test shows that the
//! same measures turn down a counter that is not mixed.

use std::collections::HashSet;

use neuropil_regularizers::random::{bits, key, text};

const N: u64 = 1 << 18;

/// The 2 N units of a stream: lower half first, as dropout takes them.
fn units(draw: impl Fn(u64) -> u64) -> Vec<u32> {
    (0..N).flat_map(|i| [draw(i) as u32, (draw(i) >> 32) as u32]).collect()
}

/// How far the chi-square statistic of 4,096 cells lies from its mean, in standard deviations.
fn uniformity(cells: impl Iterator<Item = usize>) -> f64 {
    let mut counts = [0_u32; 4_096];
    for cell in cells {
        counts[cell] += 1;
    }
    let expected = f64::from(counts.iter().sum::<u32>()) / 4_096.0;
    assert!(expected > 50.0);
    let statistic: f64 =
        counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    (statistic - 4_095.0) / (2.0_f64 * 4_095.0).sqrt()
}

/// The correlation of two lists of uniform 32-bit numbers, in standard deviations.
fn correlation(a: &[u32], b: &[u32]) -> f64 {
    let n = a.len().min(b.len());
    let centered = |x: u32| f64::from(x) / 2.0_f64.powi(32) - 0.5;
    let covariance: f64 = a.iter().zip(b).map(|(&a, &b)| centered(a) * centered(b)).sum();
    covariance * 12.0 / (n as f64).sqrt()
}

/// The largest |z| of all measures for two streams that should have nothing to do with each other.
fn worst(first: impl Fn(u64) -> u64, second: impl Fn(u64) -> u64) -> (f64, String) {
    let (a, b) = (units(&first), units(&second));
    let mut measures = vec![
        ("the upper 12 bits".into(), uniformity(a.iter().map(|&x| x as usize >> 20))),
        ("the lower 12 bits".into(), uniformity(a.iter().map(|&x| x as usize & 0xfff))),
        (
            "6 bits of two neighbours".into(),
            uniformity(a.windows(2).map(|w| (w[0] as usize >> 26) << 6 | w[1] as usize >> 26)),
        ),
        (
            "6 bits of both streams".into(),
            uniformity(a.iter().zip(&b).map(|(&a, &b)| (a as usize >> 26) << 6 | b as usize >> 26)),
        ),
        ("correlation of the streams".into(), correlation(&a, &b)),
    ];
    for lag in [1, 2, 3, 4, 8, 64, 128, 784] {
        measures.push((format!("correlation at lag {lag}"), correlation(&a, &a[lag..])));
        measures.push((format!("correlation across at lag {lag}"), correlation(&a, &b[lag..])));
    }
    for bit in 0..64 {
        let (mut ones, mut flips) = (0.0, 0.0);
        for i in 0..N {
            ones += (first(i) >> bit & 1) as f64;
            flips += ((first(i) ^ second(i)) >> bit & 1) as f64;
        }
        let (half, deviation) = (N as f64 / 2.0, (N as f64 / 4.0).sqrt());
        measures.push((format!("ones of bit {bit}"), (ones - half) / deviation));
        measures.push((format!("differences of bit {bit}"), (flips - half) / deviation));
    }
    let (name, z) =
        measures.into_iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).expect("measures");
    (z.abs(), name)
}

#[test]
fn streams_of_neighbouring_keys_are_independent() {
    for (a, b) in [
        (key(&[42, 0]), key(&[42, 1])),
        (key(&[42, 7]), key(&[43, 7])),
        (key(&[1, 2]), key(&[2, 1])),
        (key(&[0]), key(&[0, 0])),
        (key(&[42, text("0.dropout"), 5]), key(&[42, text("1.dropout"), 5])),
        (0, 1), // plain numbers will do as well
    ] {
        let (z, name) = worst(|i| bits(a, i), |i| bits(b, i));
        assert!(z < 5.0, "keys {a:x} and {b:x}: {name} is {z} standard deviations off");
    }
}

/// One unit over the steps of a training, as a weight sees it.
#[test]
fn a_unit_is_independent_from_step_to_step() {
    let (z, name) = worst(|step| bits(key(&[42, step]), 3), |step| bits(key(&[43, step]), 3));
    assert!(z < 5.0, "{name} is {z} standard deviations off");
}

#[test]
fn splitmix64_gives_its_published_numbers() {
    // The first five of seed 1234567, as the authors' C code prints them.
    let published = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];
    for (i, number) in published.into_iter().enumerate() {
        assert_eq!(bits(1_234_567, i as u64), number);
    }
}

#[test]
fn keys_are_a_promise() {
    // From tests/golden/random.py. A change here changes every dropout mask of every stored run.
    assert_eq!(key(&[]), 0x0000_0000_0000_0000);
    assert_eq!(key(&[42]), 0x4d61_4ba3_5672_9e82);
    assert_eq!(key(&[42, 7, 1]), 0x6165_8869_bd13_d51a);
    assert_eq!(text(""), 0x9d04_f601_b5dc_885a);
    assert_eq!(text("0.dropout"), 0xec8e_9c2d_6c77_c5a9);
}

#[test]
fn different_parts_have_different_keys() {
    let (mut lists, mut keys) = (HashSet::new(), HashSet::new());
    for a in 0..64 {
        for b in 0..64 {
            for list in [vec![a, b], vec![a, b, 0], vec![a << 32, b]] {
                keys.insert(key(&list));
                lists.insert(list);
            }
        }
    }
    assert_eq!(keys.len(), lists.len());

    let texts = ["", "a", "b", "ab", "ba", "a\0", "\0", "12345678", "123456789", "12345678\0"];
    let keys: HashSet<u64> = texts.into_iter().map(text).collect();
    assert_eq!(keys.len(), texts.len());
}

#[test]
fn the_measures_turn_down_a_bad_source() {
    let golden = 0x9e37_79b9_7f4a_7c15_u64;
    let unmixed = |i: u64| i.wrapping_mul(golden);
    assert!(worst(unmixed, |i| bits(1, i)).0 > 5.0);
    let biased = |i: u64| bits(1, i) | bits(2, i) & bits(3, i) & bits(4, i) & bits(5, i);
    assert!(worst(biased, |i| bits(6, i)).0 > 5.0);
    // One stream twice, the second a draw behind.
    assert!(worst(|i| bits(7, i + 1), |i| bits(7, i)).0 > 5.0);
}
