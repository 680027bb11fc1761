//! A gradient that has arrived from the layers behind.

use std::sync::atomic::{AtomicBool, Ordering};

use neuropil_nn::{Backward, Forward, Op, Spec};
use neuropil_simd::{AlignedVec, Float};
use neuropil_tensor::ShapeError;

/// A cost that stands for all layers behind: its gradient is given, and written in the first backward
/// pass alone. Later ones find it where it was, so that they time what is before the cost, and
/// nothing else. That holds in a plan whose only other gradients are read and written beside it.
#[derive(Debug)]
pub(super) struct Arrived {
    dy: AlignedVec<f32>,
    is_there: AtomicBool,
}

impl Arrived {
    pub(super) fn new(dy: &AlignedVec<f32>) -> Self {
        Self { dy: dy.clone(), is_there: AtomicBool::new(false) }
    }
}

impl<T: Float> Op<T> for Arrived {
    fn output(&self, _inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(Spec::single([]))
    }

    fn forward(&self, step: Forward<'_, T>) {
        step.y.fill(T::ZERO);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        // Asked for each time: it is then known to be written.
        let Some(target) = step.dx.target(0) else { return };
        if !self.is_there.swap(true, Ordering::Relaxed) {
            for (to, &dy) in target.values.iter_mut().zip(&self.dy[..]) {
                *to = T::of(f64::from(dy));
            }
        }
    }
}
