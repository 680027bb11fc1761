//! A layer by itself beside that of peers.

use super::{Group, Task};
use crate::{
    compare::{message::Array, work::Work},
    workload::{Pass, Workload},
};

impl Task for Pass {
    fn name(&self) -> String {
        Workload::name(self)
    }

    fn group(&self) -> Group {
        Group::Layer
    }

    fn work(&self) -> Work {
        Work::Pass {
            layer: self.layer,
            images: self.images,
            sample: self.sample.to_vec(),
            of: self.of.name().into(),
        }
    }

    fn arrays(&self) -> Vec<Array> {
        self.operands().iter().map(|operand| Array::F32(operand.to_vec())).collect()
    }

    fn result(&self) -> Array {
        Array::F32(self.over(&self.operands(), &mut |run| run()))
    }

    /// A weight's gradient is a sum of up to 32,768 terms of both signs.
    fn tolerance(&self) -> f64 {
        1e-4
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        Workload::with(self, time);
    }
}
