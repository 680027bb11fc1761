//! Every function of `slices` with the better one that it is held to, and its error in units in the
//! last place. The tests and `examples/sweep.rs` share this.
#![allow(dead_code, unused_imports, unused_macros)]

mod golden;

pub use golden::golden;

use neuropil_simd::{Float, Kernel, Lanes, Level, Map, at};

/// Hands every function of `slices` to a macro: its names, its [`Map`], its reference in `f64`, whose
/// own error is far below a unit of `f32`, and the file of its values in `f64`.
macro_rules! with_functions {
    ($run:ident) => {
        $run! {
            exp, exp_in_place: Exp, f64::exp, "golden/exp.bin";
            expm1, expm1_in_place: Expm1, f64::exp_m1, "golden/expm1.bin";
            ln, ln_in_place: Ln, f64::ln, "golden/ln.bin";
            log1p, log1p_in_place: Log1p, f64::ln_1p, "golden/log1p.bin";
            sigmoid, sigmoid_in_place: Sigmoid, $crate::reference::logistic, "golden/sigmoid.bin";
            softplus, softplus_in_place: Softplus, $crate::reference::softplus, "golden/softplus.bin";
            tanh, tanh_in_place: Tanh, f64::tanh, "golden/tanh.bin";
            erf, erf_in_place: Erf, libm::erf, "golden/erf.bin";
            erfc, erfc_in_place: Erfc, libm::erfc, "golden/erfc.bin";
            sin, sin_in_place: Sin, f64::sin, "golden/sin.bin";
            cos, cos_in_place: Cos, f64::cos, "golden/cos.bin";
        }
    };
}
pub(crate) use with_functions;

pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub fn softplus(x: f64) -> f64 {
    // A NaN stays, unlike in `x.max(0.0)`.
    (if x < 0.0 { 0.0 } else { x }) + (-x.abs()).exp().ln_1p()
}

/// y = f(x) at whole vectors.
pub struct Apply<'a, T, F>(pub F, pub &'a [T], pub &'a mut [T]);

impl<T: Float, F: Map> Kernel<T> for Apply<'_, T, F> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        for (x, y) in self.1.chunks_exact(V::LEN).zip(self.2.chunks_exact_mut(V::LEN)) {
            self.0.map(V::load(x)).store(y);
        }
    }
}

/// Whether a level rounds a product and a sum together only once.
pub struct Fuses;

impl<T: Float> Kernel<T> for Fuses {
    type Out = bool;
    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> bool {
        let (above, below) = (V::splat(T::ONE + T::EPSILON), V::splat(T::ONE - T::EPSILON));
        above.mul_add(below, V::of(-1.0)).largest() != T::ZERO
    }
}

/// The error of `y` in units in the last place of the exact value; ∞ for a wrong zero, infinity or
/// NaN.
pub fn error_single(y: f32, exact: f64) -> f64 {
    if exact.is_nan() || y.is_nan() {
        return if exact.is_nan() && y.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if y.is_infinite() && exact as f32 == y || y == 0.0 && exact == 0.0 {
        return if y.is_sign_negative() == exact.is_sign_negative() { 0.0 } else { f64::INFINITY };
    }
    let y = if y.is_infinite() { 2.0_f64.powi(128).copysign(y as f64) } else { y as f64 };
    let exponent = ((exact.to_bits() >> 52 & 0x7ff) as i64 - 1023).clamp(-126, 127);
    (y - exact).abs() * f64::from_bits(((1023 + 23 - exponent) as u64) << 52)
}

/// The largest error of a function, and the argument where it is; the first of equal ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worst<T> {
    pub error: f64,
    pub x: T,
}

impl<T: Float> Worst<T> {
    pub fn none() -> Self {
        Self { error: 0.0, x: T::ZERO }
    }

    pub fn see(&mut self, error: f64, x: T) {
        if error > self.error || error.is_nan() && self.error.is_finite() {
            let error = if error.is_nan() { f64::INFINITY } else { error };
            *self = Self { error, x };
        }
    }
}

/// The largest error of a function at each of some levels, over the `f32` of some bit patterns.
pub fn sweep<F: Map>(
    levels: &[Level],
    f: F,
    exact: fn(f64) -> f64,
    patterns: impl Iterator<Item = u32>,
) -> Vec<Worst<f32>> {
    const COUNT: usize = 4096;
    let mut worst = vec![Worst::none(); levels.len()];
    let (mut x, mut y, mut z) = ([0.0_f32; COUNT], [0.0_f32; COUNT], [0.0; COUNT]);
    let mut patterns = patterns.peekable();
    while patterns.peek().is_some() {
        for (x, z) in x.iter_mut().zip(&mut z) {
            *x = f32::from_bits(patterns.next().unwrap_or(0));
            *z = exact(*x as f64);
        }
        for (&level, worst) in levels.iter().zip(&mut worst) {
            at(level, Apply(f, &x, &mut y));
            for ((&x, &y), &z) in x.iter().zip(&y).zip(&z) {
                // What is rounded correctly need not be measured: others are worse.
                if y.to_bits() != (z as f32).to_bits() {
                    worst.see(error_single(y, z), x);
                }
            }
        }
    }
    worst
}
