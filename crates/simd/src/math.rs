//! Elementary functions of vectors, one body for `f32`, `f64` and every instruction set.
//!
//! Their largest errors, in units in the last place (ULP) of the exact result, and an argument where
//! they occur. For `f32` they are the largest over all 2^32 arguments; for `f64` over some 10,000
//! points a function, those included where it is difficult. "Unfused" is the portable level where it
//! has no fused multiply-add, as on x86-64. `cargo xtask sweep` measures them and writes the table,
//! rounded up.
//!
#![doc = include_str!("math/errors.md")]
//!
//! AVX2 and AVX-512 give the same bits, except in what a NaN carries. No approximate instruction is
//! used. A result does not depend on its lane, nor on what the other lanes hold.
//!
//! The coefficients are printed by `scripts/coefficients.py`. The functions of whole slices are in
//! [`slices`](crate::slices).

mod erf;
mod exp;
mod expm1;
mod ln;
mod log1p;
mod polynomial;
mod sigmoid;
mod softplus;
mod tanh;
mod trigonometry;

pub use erf::{erf, erfc};
pub use exp::{exp, exp_below_40};
pub use expm1::expm1;
pub use ln::ln;
pub use log1p::log1p;
pub use polynomial::polynomial;
pub use sigmoid::sigmoid;
pub use softplus::softplus;
pub use tanh::tanh;
pub use trigonometry::{cos, sin};

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
