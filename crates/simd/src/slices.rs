//! The functions of [`math`] on slices, at the level in use.

use crate::{Float, Lanes, Map, map, map_in_place, math};

macro_rules! slices {
    ($($name:ident, $in_place:ident, $map:ident $(in $pairs:ident)?, $formula:literal, $x:literal, $y:literal;)*) => {$(
        #[doc = concat!($formula, " as a [`Map`]; its body is [`math::", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $map;

        impl Map for $map {
            $(const IN_PAIRS: bool = slices!($pairs);)?

            #[inline(always)]
            fn map<T: Float, V: Lanes<T>>(&self, x: V) -> V {
                math::$name(x)
            }
        }

        #[doc = concat!("y = ", $formula, ", number by number.")]
        ///
        /// ```
        #[doc = concat!("let mut y = [f32::NAN; 3];")]
        #[doc = concat!("neuropil_simd::slices::", stringify!($name), "(&", $x, ", &mut y);")]
        #[doc = concat!("assert_eq!(y, ", $y, ");")]
        /// ```
        ///
        /// # Panics
        /// If `x` and `y` differ in length.
        pub fn $name<T: Float>(x: &[T], y: &mut [T]) {
            map($map, x, y);
        }

        #[doc = concat!("y = ", $formula, " of what y holds, number by number.")]
        pub fn $in_place<T: Float>(y: &mut [T]) {
            map_in_place($map, y);
        }
    )*};
    (pairs) => {
        true
    };
}

slices! {
    exp, exp_in_place, Exp in pairs, "e^x", "[0.0, f32::NEG_INFINITY, 89.0]", "[1.0, 0.0, f32::INFINITY]";
    ln, ln_in_place, Ln, "ln x", "[1.0, 0.0, f32::INFINITY]", "[0.0, f32::NEG_INFINITY, f32::INFINITY]";
    tanh, tanh_in_place, Tanh, "tanh x", "[0.0, 20.0, -20.0]", "[0.0, 1.0, -1.0]";
    sigmoid, sigmoid_in_place, Sigmoid, "1 / (1 + e^-x)", "[0.0, 200.0, -200.0]", "[0.5, 1.0, 0.0]";
    expm1, expm1_in_place, Expm1, "e^x - 1", "[0.0, f32::NEG_INFINITY, 89.0]", "[0.0, -1.0, f32::INFINITY]";
    log1p, log1p_in_place, Log1p, "ln(1 + x)", "[0.0, -1.0, f32::INFINITY]", "[0.0, f32::NEG_INFINITY, f32::INFINITY]";
    softplus, softplus_in_place, Softplus, "ln(1 + e^x)", "[-200.0, 20.0, f32::INFINITY]", "[0.0, 20.0, f32::INFINITY]";
    erf, erf_in_place, Erf, "erf x", "[0.0, 20.0, -20.0]", "[0.0, 1.0, -1.0]";
    erfc, erfc_in_place, Erfc, "1 - erf x", "[0.0, 20.0, -20.0]", "[1.0, 0.0, 2.0]";
    sin, sin_in_place, Sin, "sin x", "[0.0, 1.5707964, -1.5707964]", "[0.0, 1.0, -1.0]";
    cos, cos_in_place, Cos, "cos x", "[0.0, 1.5707964, 3.1415927]", "[1.0, -4.371139e-8, -1.0]";
}
