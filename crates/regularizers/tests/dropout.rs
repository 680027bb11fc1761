//! Dropout keeps what it promises: how many it drops, which, and that the way back is the exact
//! adjoint of the way forward.

use std::{env, process::Command};

use neuropil_regularizers::{Dropout, random};
use neuropil_simd::{Float, LEVEL_VARIABLE, Level};

/// The mask as the documentation defines it, unit by unit.
fn kept(rate: f64, stream: u64, index: u64) -> bool {
    let pair = random::bits(stream, index / 2);
    let draw = if index.is_multiple_of(2) { pair as u32 } else { (pair >> 32) as u32 };
    f64::from(draw) >= (rate * 2.0_f64.powi(32)).round()
}

/// Positive numbers of many sizes.
fn numbers<T: Float>(n: usize) -> Vec<T> {
    (0..n).map(|i| T::of(0.1 + (1.0 + 2.9 * i as f64).sin().abs())).collect()
}

fn follows_the_definition<T: Float>() {
    let stream = random::key(&[3, 1]);
    for rate in [0.0, 0.1, 0.2, 0.5, 0.9, 1.0] {
        let dropout = Dropout::new(rate).unwrap();
        let scale = T::of(1.0 / (1.0 - rate));
        for n in (0..140).chain([1_000]) {
            for offset in [0, 1, 2, 63, 1_001, (1 << 40) + 1, u64::MAX - 1_000] {
                let x = numbers::<T>(n);
                let mut y = vec![T::NAN; n];
                dropout.forward(stream, offset, &x, &mut y);
                let mut dx = vec![T::of(0.25); n];
                dropout.backward(stream, offset, &x, &mut dx);
                for i in 0..n {
                    let kept = kept(rate, stream, offset + i as u64);
                    let expected = if kept { x[i] * scale } else { T::ZERO };
                    assert_eq!(y[i], expected, "rate {rate}, offset {offset}, unit {i} of {n}");
                    assert_eq!(dx[i], T::of(0.25) + expected, "backward, unit {i} of {n}");
                }
            }
        }
    }
}

#[test]
fn the_mask_is_the_documented_one() {
    follows_the_definition::<f32>();
    follows_the_definition::<f64>();
}

#[test]
fn every_level_follows_the_definition() {
    for level in Level::available() {
        let output = Command::new(env::current_exe().unwrap())
            .args(["the_mask_is_the_documented_one", "--exact"])
            .env(LEVEL_VARIABLE, level.name())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{level}:\n{text}");
    }
}

/// The number of units that stay is binomial.
#[test]
fn as_many_stay_as_the_rate_says() {
    let n = 100_000;
    let (x, mut y) = (vec![1.0_f32; n], vec![0.0_f32; n]);
    for rate in [0.001, 0.1, 0.2, 0.5, 0.8, 0.999] {
        let dropout = Dropout::new(rate).unwrap();
        for trial in 0..10 {
            dropout.forward(random::key(&[42, trial]), 0, &x, &mut y);
            let stay = y.iter().filter(|&&y| y != 0.0).count() as f64;
            let z = (stay - n as f64 * (1.0 - rate)) / (n as f64 * rate * (1.0 - rate)).sqrt();
            assert!(z.abs() < 4.5, "rate {rate}, trial {trial}: {stay} stay, z = {z}");
        }
    }
}

/// The scaling makes up for the dropping: the mean of y over many masks is x, for each unit.
#[test]
fn the_expectation_is_the_input() {
    let (n, trials) = (40, 10_000);
    let x = numbers::<f64>(n);
    for rate in [0.2, 0.5] {
        let dropout = Dropout::new(rate).unwrap();
        let (mut y, mut sum) = (vec![0.0; n], vec![0.0; n]);
        for trial in 0..trials {
            dropout.forward(random::key(&[7, trial]), 0, &x, &mut y);
            for (sum, y) in sum.iter_mut().zip(&y) {
                *sum += y;
            }
        }
        for (x, sum) in x.iter().zip(sum) {
            let deviation = x * (rate / (1.0 - rate) / trials as f64).sqrt();
            let z = (sum / trials as f64 - x) / deviation;
            assert!(z.abs() < 4.5, "rate {rate}: z = {z}");
        }
    }
}

#[test]
fn pieces_get_the_mask_of_the_whole() {
    let dropout = Dropout::new(0.3).unwrap();
    let (stream, offset, n) = (random::key(&[1]), 5, 777);
    let x = numbers::<f32>(n);
    let mut whole = vec![0.0; n];
    dropout.forward(stream, offset, &x, &mut whole);
    assert!(whole.contains(&0.0) && whole.iter().any(|&y| y > 0.0));
    for step in [1, 2, 3, 13, 64, 65, 500] {
        let mut pieces = vec![f32::NAN; n];
        let mut begin = 0;
        for (x, y) in x.chunks(step).zip(pieces.chunks_mut(step)) {
            dropout.forward(stream, offset + begin, x, y);
            begin += x.len() as u64;
        }
        assert_eq!(pieces, whole, "pieces of {step}");
    }
}

/// Dropout is linear for a given mask: ⟨dy, forward(x)⟩ = ⟨backward(dy), x⟩, and the slope of each
/// unit is what a finite difference says.
#[test]
fn backward_is_the_adjoint_of_forward() {
    let (dropout, stream, n) = (Dropout::new(0.4).unwrap(), random::key(&[9]), 131);
    let (x, dy) = (numbers::<f64>(n), numbers::<f64>(n + 7)[7..].to_vec());
    let (mut y, mut dx) = (vec![0.0; n], vec![0.0; n]);
    dropout.forward(stream, 3, &x, &mut y);
    dropout.backward(stream, 3, &dy, &mut dx);
    for i in 0..n {
        let mut shifted = x.clone();
        shifted[i] += 0.5;
        let mut moved = vec![0.0; n];
        dropout.forward(stream, 3, &shifted, &mut moved);
        let slope: f64 = (0..n).map(|j| dy[j] * (moved[j] - y[j]) / 0.5).sum();
        assert!((slope - dx[i]).abs() < 1e-13, "unit {i}: {slope} and {}", dx[i]);
    }
    let forward: f64 = dy.iter().zip(&y).map(|(a, b)| a * b).sum();
    let backward: f64 = dx.iter().zip(&x).map(|(a, b)| a * b).sum();
    assert!((forward - backward).abs() < 1e-12 && forward > 1.0);
}

#[test]
fn single_and_double_precision_share_the_mask() {
    let (dropout, stream, n) = (Dropout::default(), random::key(&[5]), 1_000);
    assert_eq!(dropout.rate(), 0.5);
    let (mut single, mut double) = (vec![0.0_f32; n], vec![0.0_f64; n]);
    dropout.forward(stream, 0, &vec![1.0; n], &mut single);
    dropout.forward(stream, 0, &vec![1.0; n], &mut double);
    assert!(single.iter().zip(&double).all(|(&s, &d)| f64::from(s) == d));
}

#[test]
fn what_is_dropped_is_zero_whatever_it_was() {
    let (dropout, stream, n) = (Dropout::default(), random::key(&[6]), 200);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (mut y, mut dx) = (vec![7.0; n], vec![7.0; n]);
        dropout.forward(stream, 0, &vec![bad; n], &mut y);
        dropout.backward(stream, 0, &vec![bad; n], &mut dx);
        for i in 0..n {
            let kept = kept(0.5, stream, i as u64);
            assert_eq!(y[i] == 0.0, !kept, "{bad} at {i} became {}", y[i]);
            assert_eq!(dx[i] == 7.0, !kept, "{bad} at {i} became {}", dx[i]);
        }
    }
}

#[test]
fn the_extremes_keep_all_and_drop_all() {
    let x = numbers::<f32>(100);
    let mut y = vec![f32::NAN; 100];
    Dropout::new(0.0).unwrap().forward(1, 0, &x, &mut y);
    assert_eq!(y, x);
    // Rates that are 1 to within 2^-32 round to it; infinite scales don't show.
    for rate in [1.0, 1.0 - 1e-12] {
        let dropout = Dropout::new(rate).unwrap();
        dropout.forward(1, 0, &vec![f32::NAN; 100], &mut y);
        assert_eq!(y, [0.0; 100]);
        dropout.backward(1, 0, &vec![f32::NAN; 100], &mut y);
        assert_eq!(y, [0.0; 100]);
    }
}

#[test]
fn wrong_rates_are_refused_with_their_value() {
    for wrong in [-1e-9, 1.000001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(
            Dropout::new(wrong).unwrap_err().to_string(),
            format!("Dropout: rate must lie in [0, 1], but is {wrong}")
        );
    }
}

#[test]
#[should_panic(expected = "y has 2 numbers, but x has 3")]
fn lengths_that_differ_panic_forward() {
    Dropout::default().forward(0, 0, &[0.0_f32; 3], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "dx has 4 numbers, but dy has 3")]
fn lengths_that_differ_panic_backward() {
    Dropout::default().backward(0, 0, &[0.0_f32; 3], &mut [0.0; 4]);
}

/// A stored run goes on with the masks that it began with.
#[test]
fn masks_are_a_promise() {
    let mut y = [0.0_f32; 64];
    let stream = random::key(&[42, 7]);
    let dropout = Dropout::new(0.2).unwrap();
    dropout.forward(stream, 0, &[1.0; 64], &mut y);
    let mask: String = y.iter().map(|&y| if y == 0.0 { '.' } else { '#' }).collect();
    // From tests/golden/random.py.
    assert_eq!(mask, "####.##.##.####.#..#.####.#..##################.##.########..##.");
}
