//! Snake with a learned frequency, as an op.

use super::learned::{self, Curve};
use crate::op::{Backward, Forward, Op};
use crate::spec::Spec;
use neuropil_simd::{Float, Lanes, math};
use neuropil_tensor::ShapeError;

/// y = x + sin²(a x)/a, with the frequencies a, input 1: `[1]`, or `[channels]` for `[channels, ..]`;
/// dx += dy (1 + sin(2 a x)), da += Σ dy (x sin(2 a x)/a - sin²(a x)/a²). At a = 0 the limits: y is x,
/// da += Σ dy x².
///
/// Source: Ziyin, Hartwig and Ueda, "Neural Networks Fail to Learn Periodic Functions and How to Fix
/// It" (2020).
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::SnakeOp, prelude::*};
///
/// let graph = Graph::new();
/// let (x, a) = (graph.input("x", [1]), graph.param("a", [1], Ones)?);
/// let y = x.op_with([a], SnakeOp)?;
/// let mut params = Params::<f64>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x)[0] = std::f64::consts::FRAC_PI_2;
/// run.forward()?;
/// assert_eq!(run.value(y), [std::f64::consts::FRAC_PI_2 + 1.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SnakeOp;

impl<T: Float> Op<T> for SnakeOp {
    fn name(&self) -> String {
        "Snake".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        learned::output("Snake", inputs)
    }

    fn forward(&self, step: Forward<'_, T>) {
        learned::forward(Snake, step);
    }

    fn backward(&self, step: Backward<'_, T>) {
        learned::backward(Snake, step);
    }
}

#[derive(Clone, Copy, Debug)]
struct Snake;

/// sin(a x) / a, which is x at 0.
#[inline(always)]
fn sine_over<T: Float, V: Lanes<T>>(x: V, a: V) -> V {
    V::select(a.eq(V::of(0.0)), x, math::sin(a * x) / a)
}

impl Curve for Snake {
    #[inline(always)]
    fn value<T: Float, V: Lanes<T>>(self, x: V, a: V) -> V {
        let r = sine_over(x, a);
        // The sine of ∞ is NaN; the limit is x.
        let wave = V::select(x.abs().lt(V::splat(T::INFINITY)), a * (r * r), V::of(0.0));
        x + wave
    }

    #[inline(always)]
    fn slope<T: Float, V: Lanes<T>>(self, x: V, a: V) -> V {
        V::of(1.0) + math::sin((a + a) * x)
    }

    #[inline(always)]
    fn parameter_slope<T: Float, V: Lanes<T>>(self, x: V, a: V) -> V {
        // With r = sin(a x)/a, sin(2 a x)/a is 2 r cos(a x).
        let (r, c) = (sine_over(x, a), math::cos(a * x));
        r * ((x + x) * c - r)
    }
}
