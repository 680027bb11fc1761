//! Pooling to a wanted output as ops.

use crate::op::{Backward, Forward, Memory, Op};
use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;
use neuropil_tensor::pool::{AdaptiveAverage, AdaptiveMax};

/// y = the mean of each bin; dx += dy over the numbers of the bin. PyTorch's
/// `adaptive_avg_pool2d`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::AdaptiveAvgPoolOp, prelude::*};
/// use neuropil_tensor::pool::AdaptiveAverage;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 5]);
/// let y = x.op(AdaptiveAvgPoolOp(AdaptiveAverage::new([1, 5], [2])?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 6.0, 4.0, 5.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [3.0, 5.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveAvgPoolOp(pub AdaptiveAverage);

impl<T: Float> Op<T> for AdaptiveAvgPoolOp {
    fn name(&self) -> String {
        "AdaptiveAvgPool".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        super::output("AdaptiveAvgPool", inputs[0], self.0.input(), self.0.output())
    }

    fn forward(&self, step: Forward<'_, T>) {
        self.0.forward(step.x.get(0), step.y);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        if let Some(dx) = step.dx.get(0) {
            self.0.backward(step.dy, dx);
        }
    }
}

/// y = the largest number of each bin; dx += dy where it was found. PyTorch's
/// `adaptive_max_pool2d`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::AdaptiveMaxPoolOp, prelude::*};
/// use neuropil_tensor::pool::AdaptiveMax;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [1, 5]);
/// let y = x.op(AdaptiveMaxPoolOp(AdaptiveMax::new([1, 5], [2])?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 6.0, 4.0, 5.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [6.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveMaxPoolOp(pub AdaptiveMax);

impl<T: Float> Op<T> for AdaptiveMaxPoolOp {
    fn name(&self) -> String {
        "AdaptiveMaxPool".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        super::output("AdaptiveMaxPool", inputs[0], self.0.input(), self.0.output())
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let words = inputs[0].with_shape(self.0.output()).len(rows);
        Memory { words, ..Memory::default() }
    }

    fn forward(&self, step: Forward<'_, T>) {
        self.0.forward(step.x.get(0), step.y, step.words);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        if let Some(dx) = step.dx.get(0) {
            self.0.backward(step.words, step.dy, dx);
        }
    }
}
