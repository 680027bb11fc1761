//! Swish with a learned β, as an op.

use super::learned::{self, Curve};
use crate::inspect::{self, Role};
use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::{Float, Lanes, math};
use neuropil_tensor::ShapeError;

/// y = x σ(βx), with β, input 1: `[1]`, or `[channels]` for `[channels, ..]`; with s = σ(βx),
/// dx += dy s (1 + βx (1 - s)), dβ += Σ dy x² s (1 - s).
///
/// Source: Ramachandran, Zoph and Le, "Searching for Activation Functions" (2017).
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::SwishOp, prelude::*};
///
/// let graph = Graph::new();
/// let (x, beta) = (graph.input("x", [2]), graph.param("beta", [1], Zeros)?);
/// let y = x.op_with([beta], SwishOp)?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[-4.0, 2.0]);
/// run.forward()?;
/// assert_eq!(run.value(y), [-2.0, 1.0]); // x/2 for a β of 0
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SwishOp;

impl<T: Float> Op<T> for SwishOp {
    fn name(&self) -> String {
        "Swish".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        learned::output("Swish", inputs)
    }

    fn role(&self) -> Role {
        // As it starts.
        let sigma = |x: f64| 1.0 / (1.0 + (-x).exp());
        let slope = |x: f64| sigma(x) * (1.0 + x * (1.0 - sigma(x)));
        let curve = inspect::Curve::of(|x| x * sigma(x), slope);
        curve.map_or(Role::Unknown, Role::Curve)
    }

    fn forward(&self, step: Forward<'_, T>) {
        learned::forward(Swish, step);
    }

    fn backward(&self, step: Backward<'_, T>) {
        learned::backward(Swish, step);
    }
}

#[derive(Clone, Copy, Debug)]
struct Swish;

/// x, but finite. A NaN stays.
#[inline(always)]
fn bounded<T: Float, V: Lanes<T>>(x: V) -> V {
    V::splat(T::MAX).min(V::splat(-T::MAX).max(x))
}

impl Curve for Swish {
    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(self, x: V, beta: V) -> V {
        let s = math::sigmoid(beta * bounded(x));
        // An infinite x times zero would be NaN.
        V::select(s.eq(V::of(0.0)), V::of(0.0), x * s)
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(self, x: V, beta: V) -> V {
        let z = bounded(beta * bounded(x));
        // 1 - s as σ(-z): for s near 1 it would have lost its digits.
        let (s, rest) = (math::sigmoid(z), math::sigmoid(-z));
        s * z.mul_add(rest, V::of(1.0))
    }

    #[inline(always)]
    fn parameter_slope<T: Float, V: Lanes<T>>(self, x: V, beta: V) -> V {
        let x = bounded(x);
        let s = math::sigmoid(beta * x);
        x * (x * (s * (V::of(1.0) - s)))
    }
}
