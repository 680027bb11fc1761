//! The door to what is compiled for each level and each type.

use crate::convolution::{SweepPart, WeightsPart};
use crate::gemm::{PackRight, Part};
use neuropil_simd::{Float, Kernel, Lanes, Level, at};
use std::any::TypeId;
use std::mem::ManuallyDrop;

/// All that is compiled for each level.
pub(crate) enum Work<'a, T> {
    /// Of a matrix product: a part, and an operand that is packed.
    Part(Part<'a, T>),
    Pack(PackRight<'a, T>),
    /// Of a convolution: places of its output or of the gradient of its input, and weights.
    Sweep(SweepPart<'a, T>),
    Weights(WeightsPart<'a, T>),
}

impl<T: Float> Kernel<T> for Work<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        match self {
            Work::Part(part) => part.run::<V>(),
            Work::Pack(pack) => pack.run::<V>(),
            Work::Sweep(part) => part.run::<V>(),
            Work::Weights(part) => part.run::<V>(),
        }
    }
}

/// Does a piece of work at a level.
///
/// Compiled here, once for each type, and not in every crate that multiplies.
pub(crate) fn work<T: Float>(level: Level, work: Work<'_, T>) {
    #[inline(never)]
    fn single(level: Level, work: Work<'_, f32>) {
        at(level, work);
    }
    #[inline(never)]
    fn double(level: Level, work: Work<'_, f64>) {
        at(level, work);
    }
    let work = ManuallyDrop::new(work);
    let place = std::ptr::from_ref(&*work);
    if TypeId::of::<T>() == TypeId::of::<f32>() {
        // SAFETY: T is f32, so this is the same type, and the original is not used again.
        single(level, unsafe { place.cast::<Work<'_, f32>>().read() });
    } else {
        assert!(TypeId::of::<T>() == TypeId::of::<f64>(), "kernels of {}", T::NAME);
        // SAFETY: T is f64, so this is the same type, and the original is not used again.
        double(level, unsafe { place.cast::<Work<'_, f64>>().read() });
    }
}
