//! Elementary functions of vectors, one body for `f32`, `f64` and every instruction set.
//!
//! Their largest errors, in units in the last place (ULP) of the exact result. For `f32` these are
//! the largest over all 2^32 arguments; for `f64` what 10,000 points a function showed, rounded up.
//! "Unfused" is the portable level where it has no fused multiply-add, as on x86-64.
//!
//! | function | f32 | f32, unfused | f64 | f64, unfused |
//! | --- | --- | --- | --- | --- |
//! | [`exp`] | 0.88 | 0.90 | 0.90 | 0.92 |
//! | [`ln`] | 0.84 | 0.84 | 0.84 | 0.84 |
//! | [`sigmoid`] | 1.7 | 2.1 | 1.7 | 2.1 |
//! | [`tanh`] | 1.33 | 1.33 | 1.33 | 1.33 |
//!
//! AVX2 and AVX-512 give the same bits, except in what a NaN carries. No approximate instruction is
//! used. A result does not depend on its lane, nor on what the other lanes hold.
//!
//! The coefficients are printed by `scripts/coefficients.py`. The functions of whole slices are in
//! [`slices`](crate::slices).

mod exp;
mod ln;
mod polynomial;
mod sigmoid;
mod tanh;

pub use exp::exp;
pub use ln::ln;
pub use polynomial::polynomial;
pub use sigmoid::sigmoid;
pub use tanh::tanh;

/// The higher bits of ln 2, few enough that their product with any exponent is exact.
#[inline(always)]
fn ln2_high<T: crate::Float>() -> f64 {
    *T::choose(&0.693145751953125, &0.6931471804855391)
}

/// ln 2 less [`ln2_high`].
#[inline(always)]
fn ln2_low<T: crate::Float>() -> f64 {
    *T::choose(&1.428606765330187e-6, &7.440617110012397e-11)
}
