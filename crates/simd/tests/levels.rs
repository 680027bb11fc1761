//! Which level runs, that a missing one is refused, and that the fused ones give the same bits.

mod reference;

use neuropil_simd::reduce::{Product, Value, within};
use neuropil_simd::slices::*;
use neuropil_simd::{Float, Kernel, LEVEL_VARIABLE, Lanes, Level, at, rows};
use reference::{Apply, with_functions};
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

/// Softmax, log-softmax, log-sum-exp, the smallest number and where the largest is, of rows of every
/// width up to 100.
struct Rows<'a, T>(&'a [T]);

impl<T: Float> Kernel<T> for Rows<'_, T> {
    type Out = Vec<T>;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> Vec<T> {
        let mut results = Vec::new();
        for width in 1..100 {
            let x = &self.0[30 * width..][..width];
            let mut y = vec![T::ZERO; width];
            rows::within::softmax::<T, V>(x, &mut y);
            results.extend_from_slice(&y);
            rows::within::log_softmax::<T, V>(x, &mut y);
            results.extend_from_slice(&y);
            results.push(within::log_sum_exp::<T, V>(x));
            results.push(within::smallest::<T, V>(x));
            results.push(T::of(within::argmax::<T, V>(x).unwrap_or(width) as f64));
        }
        results
    }
}

/// A checksum of results. What a NaN carries is not promised.
fn hash<T: Float>(y: &[T], bits: fn(T) -> u64) -> u64 {
    y.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &y| {
        let word = if y.is_nan() { u64::MAX } else { bits(y) };
        (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17)
    })
}

macro_rules! fingerprints {
    ($($name:ident, $in_place:ident: $map:ident, $exact:expr, $golden:literal;)*) => {
        /// A checksum of what each function gives for fixed numbers, and of the sums and rows of the
        /// results of `tanh`.
        fn fingerprints<T: Float>(
            level: Level,
            x: &[T],
            bits: fn(T) -> u64,
        ) -> Vec<(&'static str, u64)> {
            assert_eq!(x.len() % 16, 0);
            let mut y = vec![T::ZERO; x.len()];
            let mut hashes = Vec::new();
            $(
                at(level, Apply($map, x, &mut y));
                hashes.push((stringify!($name), hash(&y, bits)));
            )*
            at(level, Apply(Tanh, x, &mut y));
            y.retain(|y| y.is_finite());
            let lengths = (0..300).chain([5000, 9000, 50_000]);
            let sums: Vec<T> = lengths.flat_map(|n| at(level, Sums(&y[..n]))).collect();
            hashes.push(("sums", hash(&sums, bits)));
            hashes.push(("rows", hash(&at(level, Rows(&y)), bits)));
            hashes
        }
    };
}
with_functions!(fingerprints);

/// AVX2 and AVX-512 are held to the same committed numbers, so that the test means something on a
/// machine with either.
#[test]
fn fused_levels_give_the_same_bits() {
    // A change of the mathematics changes them.
    const SINGLE: &[(&str, u64)] = &[
        ("exp", 0x08de_8f03_e05b_efdd),
        ("expm1", 0x8deb_1231_3fd3_d02a),
        ("ln", 0x33a4_82e4_db9f_0ae2),
        ("log1p", 0x6447_21a5_abd2_c0fb),
        ("sigmoid", 0x4629_e22a_83d6_6292),
        ("softplus", 0xd0ef_0fe1_b7a1_c017),
        ("tanh", 0x3bbd_6db8_0331_9445),
        ("erf", 0xea1f_d526_c3f0_e404),
        ("erfc", 0xd08f_2c33_f5bd_b636),
        ("sin", 0xbf79_96ff_cc02_2610),
        ("cos", 0x73e8_af08_09f1_0077),
        ("sums", 0x6b24_ada7_2153_ca69),
        ("rows", 0xb498_26cb_47e2_97b8),
    ];
    const DOUBLE: &[(&str, u64)] = &[
        ("exp", 0xa7b6_523e_798c_a29a),
        ("expm1", 0xabc6_85e3_3dc8_19c7),
        ("ln", 0x02fb_83b5_5ef7_0bcf),
        ("log1p", 0x199a_12c7_4d63_39ef),
        ("sigmoid", 0x3337_ef29_e00c_b11c),
        ("softplus", 0x0620_dc77_d63e_8245),
        ("tanh", 0x7dc2_4d1c_7600_0b2b),
        ("erf", 0xdc5c_df43_174b_7aaf),
        ("erfc", 0x99c2_0909_abd6_2648),
        ("sin", 0x3fe1_e950_f776_83b1),
        ("cos", 0x9949_bb9a_0148_0c35),
        ("sums", 0x1b43_d129_511e_f545),
        ("rows", 0x6ec0_c233_3ede_48f9),
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
            fingerprints(level, single, |x| x.to_bits() as u64),
            fingerprints(level, &double, f64::to_bits),
        );
        assert!(hashes.0 == SINGLE && hashes.1 == DOUBLE, "{level}: {hashes:#018x?}");
        println!("{level}: the committed bits");
    }
}
