//! Which level runs, that a missing one is refused, and that the fused ones give the same bits.

use neuropil_simd::reduce::{Product, Value, within};
use neuropil_simd::slices::{Exp, Ln, Sigmoid, Tanh};
use neuropil_simd::{Float, Kernel, LEVEL_VARIABLE, Lanes, Level, Map, at};
use std::process::{Command, Output};

struct Length;

impl<T: Float> Kernel<T> for Length {
    type Out = usize;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> usize {
        V::LEN
    }
}

#[test]
fn a_missing_level_panics() {
    let missing: Vec<Level> =
        Level::ALL.into_iter().filter(|level| !level.is_available()).collect();
    println!("missing here: {missing:?}");
    for level in missing {
        let panic = std::panic::catch_unwind(|| at::<f32, _>(level, Length)).unwrap_err();
        let message = panic.downcast_ref::<String>().expect("a message");
        assert_eq!(*message, format!("this machine has no {level}"));
        assert!(std::panic::catch_unwind(|| at::<f64, _>(level, Length)).is_err());
    }
}

/// What `run_child` runs: says which level is in use.
#[test]
#[ignore = "a part of the tests below"]
fn child() {
    println!("[{}]", Level::current());
}

/// Runs `child` of this test binary under a value of the variable.
fn run_child(value: Option<&std::ffi::OsStr>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]).env_remove(LEVEL_VARIABLE);
    if let Some(value) = value {
        command.env(LEVEL_VARIABLE, value);
    }
    command.output().unwrap()
}

#[test]
fn the_variable_forces_a_level() {
    for level in Level::ALL {
        let output = run_child(Some(level.name().as_ref()));
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if level.is_available() {
            assert!(
                output.status.success() && out.contains(&format!("[{level}]")),
                "{level}: {out}{err}"
            );
        } else {
            assert!(!output.status.success(), "{level}: {out}");
            assert!(err.contains(&format!("this machine has no {level}")), "{level}: {err}");
        }
    }
    let fastest = Level::available().last().unwrap();
    let output = run_child(None);
    assert!(
        String::from_utf8_lossy(&output.stdout).contains(&format!("[{fastest}]")),
        "{output:?}"
    );
}

#[test]
fn a_bad_variable_is_refused() {
    for value in ["sse9", "", "AVX2"] {
        let output = run_child(Some(value.as_ref()));
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        let expected = format!("NEUROPIL_SIMD={value}: expected portable, avx2 or avx512");
        assert!(err.contains(&expected), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let output = run_child(Some(std::ffi::OsStr::from_bytes(b"avx\xff")));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && err.contains("expected portable, avx2 or avx512"), "{err}");
}

struct Apply<'a, T, F>(F, &'a [T], &'a mut [T]);

impl<T: Float, F: Map> Kernel<T> for Apply<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.1.chunks_exact(V::LEN).zip(self.2.chunks_exact_mut(V::LEN)) {
            self.0.map(V::load(x)).store(y);
        }
    }
}

struct Sums<'a, T>(&'a [T]);

impl<T: Float> Kernel<T> for Sums<'_, T> {
    type Out = [T; 3];
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> [T; 3] {
        [
            within::sum_of::<T, V, _, 1>(Value, [self.0]),
            within::sum_of::<T, V, _, 2>(Product, [self.0, self.0]),
            within::largest::<T, V>(self.0),
        ]
    }
}

/// A checksum of everything that the functions and sums of this crate give for fixed numbers.
fn fingerprint<T: Float>(level: Level, x: &[T], bits: fn(T) -> u64) -> [u64; 5] {
    assert_eq!(x.len() % 16, 0);
    let hash = |y: &[T]| {
        y.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &y| {
            // What a NaN carries is not promised.
            let word = if y.is_nan() { u64::MAX } else { bits(y) };
            (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17)
        })
    };
    let mut y = vec![T::ZERO; x.len()];
    let mut hashes = [0; 5];
    at(level, Apply(Exp, x, &mut y));
    hashes[0] = hash(&y);
    at(level, Apply(Ln, x, &mut y));
    hashes[1] = hash(&y);
    at(level, Apply(Sigmoid, x, &mut y));
    hashes[2] = hash(&y);
    at(level, Apply(Tanh, x, &mut y));
    hashes[3] = hash(&y);
    // Sums of every length, of the last results, which are neither infinite nor NaN everywhere.
    y.retain(|y| y.is_finite());
    let sums: Vec<T> =
        (0..300).chain([5000, 9000, 50_000]).flat_map(|n| at(level, Sums(&y[..n]))).collect();
    hashes[4] = hash(&sums);
    hashes
}

/// AVX2 and AVX-512 are held to the same committed numbers, so that the test means something on a
/// machine with either.
#[test]
fn fused_levels_give_the_same_bits() {
    // Of exp, ln, sigmoid, tanh, and the sums. A change of the mathematics changes them.
    const SINGLE: [u64; 5] = [
        0x08de_8f03_e05b_efdd,
        0x33a4_82e4_db9f_0ae2,
        0x4629_e22a_83d6_6292,
        0x3bbd_6db8_0331_9445,
        0x6b24_ada7_2153_ca69,
    ];
    const DOUBLE: [u64; 5] = [
        0xa7b6_523e_798c_a29a,
        0x02fb_83b5_5ef7_0bcf,
        0x3337_ef29_e00c_b11c,
        0x7dc2_4d1c_7600_0b2b,
        0x1b43_d129_511e_f545,
    ];
    let single: Vec<f32> = (0..=u32::MAX).step_by(40_009).map(f32::from_bits).collect();
    // Bit patterns of all kinds, and numbers of the size that the functions are called with.
    let mut state = 1_u64;
    let double: Vec<f64> = (0..100_000)
        .map(|i| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            if i % 4 == 0 {
                f64::from_bits(state)
            } else {
                (state as i64 >> 20) as f64 / 1e11 * (i % 4) as f64
            }
        })
        .collect();
    let single = &single[..single.len() / 16 * 16];
    for level in [Level::Avx2, Level::Avx512] {
        if !level.is_available() {
            println!("{level}: not here");
            continue;
        }
        let hashes = (
            fingerprint(level, single, |x| x.to_bits() as u64),
            fingerprint(level, &double, f64::to_bits),
        );
        assert_eq!(hashes, (SINGLE, DOUBLE), "{level}: {hashes:#x?}");
        println!("{level}: the committed bits");
    }
}
