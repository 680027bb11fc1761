//! A matrix product beside those of peers.

use neuropil_simd::{AlignedVec, Float};

use super::{Group, Task};
use crate::{
    compare::{message::Array, work::Work},
    workload::{Product, Workload},
};

/// The types that arrays have.
trait Number: Float {
    const GROUP: Group;
    /// About a hundred times what a sum of a thousand random terms errs by.
    const TOLERANCE: f64;
    fn array(numbers: &[Self]) -> Array;
}

impl Number for f32 {
    const GROUP: Group = Group::Gemm;
    const TOLERANCE: f64 = 1e-5;
    fn array(numbers: &[Self]) -> Array {
        Array::F32(numbers.to_vec())
    }
}

impl Number for f64 {
    const GROUP: Group = Group::GemmF64;
    const TOLERANCE: f64 = 1e-13;
    fn array(numbers: &[Self]) -> Array {
        Array::F64(numbers.to_vec())
    }
}

impl<T: Number> Task for Product<T> {
    fn name(&self) -> String {
        Workload::name(self)
    }

    fn group(&self) -> Group {
        T::GROUP
    }

    fn work(&self) -> Work {
        let [m, k, n] = self.shape();
        Work::Product { form: self.form().letters().into(), m, k, n }
    }

    fn arrays(&self) -> Vec<Array> {
        self.operands().iter().map(|operand| T::array(operand)).collect()
    }

    fn result(&self) -> Array {
        let [m, _, n] = self.shape();
        let mut c = AlignedVec::<T>::zeros(m * n);
        self.multiplied(&self.operands())(&mut c);
        T::array(&c)
    }

    fn tolerance(&self) -> f64 {
        T::TOLERANCE
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        Workload::with(self, time);
    }
}
