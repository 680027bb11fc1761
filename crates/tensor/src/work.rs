//! The doors to what is compiled for each level and each type.
//!
//! Compiled here, once for each type, and not in every crate that multiplies.

use crate::convolution::{SweepPart, WeightsPart};
use crate::gemm::{PackRight, Part};
use neuropil_simd::{Float, Kernel, Lanes, Level, at};
use std::any::TypeId;
use std::mem::ManuallyDrop;

/// Pieces of matrix products.
pub(crate) enum Work<'a, T> {
    /// A part of a product.
    Part(Part<'a, T>),
    /// An operand that is packed.
    Pack(PackRight<'a, T>),
}

/// Pieces of convolutions.
pub(crate) enum Windows<'a, T> {
    /// Places of the output, or of the gradient of the input.
    Sweep(SweepPart<'a, T>),
    /// The gradient of weights.
    Weights(WeightsPart<'a, T>),
}

impl<T: Float> Kernel<T> for Work<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        match self {
            Work::Part(part) => part.run::<V>(),
            Work::Pack(pack) => pack.run::<V>(),
        }
    }
}

impl<T: Float> Kernel<T> for Windows<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        match self {
            Windows::Sweep(part) => part.run::<V>(),
            Windows::Weights(part) => part.run::<V>(),
        }
    }
}

macro_rules! door {
    ($(#[$doc:meta])* $name:ident, $work:ident) => {
        $(#[$doc])*
        pub(crate) fn $name<T: Float>(level: Level, work: $work<'_, T>) {
            #[inline(never)]
            fn single(level: Level, work: $work<'_, f32>) {
                at(level, work);
            }
            #[inline(never)]
            fn double(level: Level, work: $work<'_, f64>) {
                at(level, work);
            }
            let work = ManuallyDrop::new(work);
            let place = std::ptr::from_ref(&*work);
            if TypeId::of::<T>() == TypeId::of::<f32>() {
                // SAFETY: T is f32, so this is the same type, and the original is not used again.
                single(level, unsafe { place.cast::<$work<'_, f32>>().read() });
            } else {
                assert!(TypeId::of::<T>() == TypeId::of::<f64>(), "kernels of {}", T::NAME);
                // SAFETY: T is f64, so this is the same type, and the original is not used again.
                double(level, unsafe { place.cast::<$work<'_, f64>>().read() });
            }
        }
    };
}

door!(
    /// Does a piece of a matrix product at a level.
    work,
    Work
);
door!(
    /// Does a piece of a convolution at a level.
    windows,
    Windows
);
