//! The rectified linear unit with a learned slope, as an op.

use super::learned::{self, Curve};
use crate::inspect::{self, Role};
use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::{Float, Lanes};
use neuropil_tensor::ShapeError;

/// y = x if x > 0, else a x, with the slopes a, input 1: `[1]`, or `[channels]` for `[channels, ..]`;
/// dx += dy (1 or a), da += Σ dy x over x <= 0. PyTorch's `torch.nn.functional.prelu`.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::PReluOp, prelude::*};
///
/// let graph = Graph::new();
/// let (x, a) = (graph.input("x", [2]), graph.param("a", [2], Ones)?);
/// let y = x.op_with([a], PReluOp)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// params.get_mut("a")?.copy_from_slice(&[0.5, 0.25]);
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[-4.0, -4.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [-2.0, -1.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PReluOp;

impl<T: Float> Op<T> for PReluOp {
    fn name(&self) -> String {
        "PRelu".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        learned::output("PRelu", inputs)
    }

    fn role(&self) -> Role {
        // As it starts.
        let value = |x: f64| if x > 0.0 { x } else { 0.25 * x };
        let curve = inspect::Curve::of(value, |x| if x > 0.0 { 1.0 } else { 0.25 });
        curve.map_or(Role::Unknown, Role::Curve)
    }

    fn forward(&self, step: Forward<'_, T>) {
        learned::forward(Leaky, step);
    }

    fn backward(&self, step: Backward<'_, T>) {
        learned::backward(Leaky, step);
    }
}

#[derive(Clone, Copy, Debug)]
struct Leaky;

impl Curve for Leaky {
    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(self, x: V, a: V) -> V {
        V::select(V::of(0.0).lt(x), x, a * x)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(self, x: V, a: V) -> V {
        V::select(V::of(0.0).lt(x), V::of(1.0), a)
    }

    #[inline(always)]
    fn parameter_slope<T: Float, V: Lanes<T>>(self, x: V, _a: V) -> V {
        V::select(V::of(0.0).lt(x), V::of(0.0), x)
    }
}
