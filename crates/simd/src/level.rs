//! Which instruction set to use, found out once at run time.

use crate::{Float, Kernel};
use std::env::VarError;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// An instruction set that kernels are compiled for, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// What the build enables: SSE2 on x86-64, NEON on AArch64, else plain code.
    Portable = 1,
    /// AVX2 with FMA.
    Avx2 = 2,
    /// AVX-512 F, VL, DQ and BW.
    Avx512 = 3,
}

/// The environment variable that forces a level: `portable`, `avx2` or `avx512`.
pub const LEVEL_VARIABLE: &str = "NEUROPIL_SIMD";

/// 0 until found out, then the level's number.
static CURRENT: AtomicU8 = AtomicU8::new(0);

impl Level {
    /// All levels, slowest first.
    pub const ALL: [Level; 3] = [Level::Portable, Level::Avx2, Level::Avx512];

    /// The levels that this machine has, slowest first; never empty.
    ///
    /// ```
    /// use neuropil_simd::Level;
    /// assert_eq!(Level::available().next(), Some(Level::Portable));
    /// ```
    pub fn available() -> impl Iterator<Item = Level> {
        Self::ALL.into_iter().filter(|level| level.is_available())
    }

    /// Whether this machine has the level's instructions.
    #[inline]
    pub fn is_available(self) -> bool {
        match self {
            Level::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && Level::Avx2.is_available()
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The level in use: the one that [`LEVEL_VARIABLE`] names, else the fastest available.
    ///
    /// # Panics
    /// If the variable names no level, or one that this machine lacks.
    #[inline(always)]
    pub fn current() -> Level {
        match CURRENT.load(Ordering::Relaxed) {
            3 => Level::Avx512,
            2 => Level::Avx2,
            1 => Level::Portable,
            _ => Self::find(),
        }
    }

    #[cold]
    fn find() -> Level {
        let level = match std::env::var(LEVEL_VARIABLE) {
            Ok(name) => {
                let Some(level) = Self::ALL.into_iter().find(|level| level.name() == name) else {
                    panic!("{LEVEL_VARIABLE}={name}: expected portable, avx2 or avx512");
                };
                level.require();
                level
            }
            Err(VarError::NotPresent) => Self::available().last().unwrap_or(Level::Portable),
            Err(VarError::NotUnicode(name)) => {
                panic!("{LEVEL_VARIABLE}={name:?}: expected portable, avx2 or avx512")
            }
        };
        CURRENT.store(level as u8, Ordering::Relaxed);
        level
    }

    /// # Panics
    /// If this machine lacks the level.
    #[inline(always)]
    pub(crate) fn require(self) {
        // The level in use was checked when it was found.
        if CURRENT.load(Ordering::Relaxed) != self as u8 {
            self.check();
        }
    }

    #[cold]
    fn check(self) {
        assert!(self.is_available(), "this machine has no {self}");
    }

    /// The name that [`LEVEL_VARIABLE`] takes.
    pub fn name(self) -> &'static str {
        match self {
            Level::Portable => "portable",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Runs a kernel at the level in use, [`Level::current`]: once per slice, never once per number,
/// and inside a thread pool's closure, never around it.
#[inline(always)]
pub fn dispatch<T: Float, K: Kernel<T>>(kernel: K) -> K::Out {
    T::at(Level::current(), kernel)
}

/// Runs a kernel at a chosen level, for tests and benchmarks.
///
/// # Panics
/// If this machine lacks the level.
#[inline(always)]
pub fn at<T: Float, K: Kernel<T>>(level: Level, kernel: K) -> K::Out {
    T::at(level, kernel)
}
