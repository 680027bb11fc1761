//! Gradients against central differences, in `f64`, on the very code that runs in `f32`.

use crate::error::{BuildError, Error};
use crate::graph::{Graph, Node, NodeId};
use crate::module::Module;
use crate::op::{AnyOp, Backward, Forward, Op};
use crate::params::Params;
use crate::plan::{Plan, Run};
use crate::spec::Spec;
use neuropil_initializers::Uniform;
use neuropil_losses::Loss;
use neuropil_regularizers::random;
use neuropil_simd::Float;
use neuropil_tensor::{Shape, ShapeError};
use std::ops::Range;
use thiserror::Error;

/// The largest difference allowed between a gradient g and the central difference, over
/// max(1, |g|): differences of an f64 cost with the steps below err by some 1e-9.
pub const TOLERANCE: f64 = 1e-6;

/// Half the distance between the two points of a central difference: eps^(1/3), where rounding
/// and curvature err alike.
const STEP: f64 = 6e-6;

/// Rows in the batch that is checked.
const ROWS: usize = 3;

/// A gradient that differs from the central difference, or a buffer that was not written as an op
/// must.
#[derive(Debug, Error, Clone, PartialEq)]
#[error("{what}, element {element}: gradient {gradient}, {expectation} {expected}{}", if *.fused { " (fused)" } else { "" })]
pub struct GradientError {
    /// The weight or input.
    pub what: String,
    /// Its element.
    pub element: usize,
    /// The gradient that backward gave.
    pub gradient: f64,
    /// What `expected` is.
    pub expectation: &'static str,
    /// What it should be.
    pub expected: f64,
    /// Whether ops were fused.
    pub fused: bool,
}

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Gradients that were compared with a central difference.
    pub checked: usize,
    /// The largest difference over max(1, |g|).
    pub largest: f64,
}

/// Checks all gradients of a module, those of its input included: fused and unfused, overwriting
/// buffers full of NaN and adding to buffers full of other numbers.
///
/// A module that carries state ([`Graph::carried`]) is checked a second time, going on from random
/// numbers, which get no gradient.
///
/// The cost is a fixed random weighting of the output. Modules with kinks (ReLU) are checked at a
/// random point, where a kink is hardly ever within reach of the differences.
///
/// ```
/// use neuropil_nn::{Linear, gradcheck, prelude::*};
///
/// let layers = Sequential::new().then(Linear::new(5, 4)).then(Tanh).then(Linear::new(4, 3));
/// let report = gradcheck(&layers, [5], 1)?;
/// assert_eq!(report.checked, 3 * 5 + 5 * 4 + 4 + 4 * 3 + 3);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// If the module cannot be built, or a gradient differs by more than [`TOLERANCE`].
pub fn gradcheck(
    module: &(impl Module + ?Sized),
    sample: impl Into<Spec>,
    seed: u64,
) -> Result<Report, Error> {
    check_module(module, sample.into(), None, seed)
}

/// The same of a module over sequences of up to as many steps as the first axis of a sample has, which
/// get random lengths.
///
/// # Errors
/// As [`gradcheck`].
///
/// # Panics
/// If a sample has no steps.
pub fn gradcheck_lengths(
    module: &(impl Module + ?Sized),
    sample: impl Into<Spec>,
    seed: u64,
) -> Result<Report, Error> {
    let sample = sample.into();
    let steps = sample.shape.dims().first().copied().unwrap_or(0);
    check_module(module, sample, Some(steps), seed)
}

fn check_module(
    module: &(impl Module + ?Sized),
    sample: Spec,
    steps: Option<usize>,
    seed: u64,
) -> Result<Report, Error> {
    let graph = Graph::new();
    let mut report = checked(&graph, &set_up(&graph, module, sample, steps, seed)?, seed)?;
    // Layers that carry state go on from random numbers in every run: a start that is not zero.
    let graph = Graph::carrying();
    let Ok(carrying) = set_up(&graph, module, sample, steps, seed) else {
        // A layer whose state cannot be carried says so: one of two directions.
        return Ok(report);
    };
    if !graph.snapshot().carried().is_empty() {
        let Report { checked, largest } = checked(&graph, &carrying, seed)?;
        let largest = report.largest.max(largest);
        report = Report { checked: report.checked + checked, largest };
    }
    Ok(report)
}

/// A module and a cost of its output.
fn set_up<'g>(
    graph: &'g Graph,
    module: &(impl Module + ?Sized),
    sample: Spec,
    steps: Option<usize>,
    seed: u64,
) -> Result<Setup<'g>, BuildError> {
    let x = graph.named_input("x", sample);
    if let Some(steps) = steps {
        graph.lengths_input(steps);
    }
    let y = module.build(x)?;
    let tracked = if sample.indices { vec![] } else { vec![x] };
    Ok(Setup { tracked, probabilities: None, cost: y.op(Projection { seed })? })
}

/// Checks one op alone on inputs of these specs; single ones are made weights. See [`gradcheck`].
///
/// # Errors
/// If the op does not take the specs, or a gradient differs by more than [`TOLERANCE`].
pub fn check_op(op: impl AnyOp, inputs: &[Spec], seed: u64) -> Result<Report, Error> {
    check_op_with_states(op, inputs, &[], seed)
}

/// The same for an op with states of these shapes, full of these numbers.
///
/// # Errors
/// As [`check_op`].
pub fn check_op_with_states(
    op: impl AnyOp,
    inputs: &[Spec],
    states: &[(Shape, f64)],
    seed: u64,
) -> Result<Report, Error> {
    check(seed, |graph| {
        let nodes = inputs.iter().enumerate().map(|(i, spec)| {
            let name = format!("input {i}");
            if spec.per_row {
                Ok(graph.named_input(&name, *spec))
            } else {
                graph.param(&name, spec.shape, Uniform::new(-1.5, 1.5).expect("a range"))
            }
        });
        let nodes = nodes.collect::<Result<Vec<Node<'_>>, BuildError>>()?;
        let tracked = |node: &Node<'_>| node.spec().per_row && !node.spec().indices;
        let tracked = nodes.iter().copied().filter(tracked).collect();
        let states = states.iter().enumerate();
        let states =
            states.map(|(i, &(shape, start))| graph.state(&format!("state {i}"), shape, start));
        let y = graph.record(op, &nodes, &states.collect::<Result<Vec<_>, _>>()?)?;
        Ok(Setup { tracked, probabilities: None, cost: y.op(Projection { seed })? })
    })
}

/// Checks a loss on predictions of this shape against a target of this spec. Target values are positive and sum to 1 in each row, so that any loss can take them. See
/// [`gradcheck`].
///
/// # Errors
/// If the loss does not take the target, or a gradient differs by more than [`TOLERANCE`].
pub fn check_loss(
    loss: impl Loss,
    prediction: impl Into<Shape>,
    target: Spec,
    seed: u64,
) -> Result<Report, Error> {
    let prediction = prediction.into();
    check(seed, |graph| {
        let (x, target) = (graph.input("x", prediction), graph.named_input("target", target));
        let probabilities = (!target.spec().indices).then_some(target);
        // The projection scales the cost, so that what is led back is not the loss's own gradient.
        let cost = x.loss(loss, target)?.op(Projection { seed })?;
        Ok(Setup { tracked: vec![x], probabilities, cost })
    })
}

/// What is to be checked.
struct Setup<'g> {
    tracked: Vec<Node<'g>>,
    /// An input to be filled with probabilities.
    probabilities: Option<Node<'g>>,
    cost: Node<'g>,
}

fn check(
    seed: u64,
    build: impl FnOnce(&Graph) -> Result<Setup<'_>, BuildError>,
) -> Result<Report, Error> {
    let graph = Graph::new();
    checked(&graph, &build(&graph)?, seed)
}

/// Checks what has been recorded.
fn checked(graph: &Graph, setup: &Setup<'_>, seed: u64) -> Result<Report, Error> {
    let &Setup { ref tracked, probabilities, cost } = setup;
    let mut params = Params::<f64>::new(&[graph], seed)?;
    // Weights that start at zero hide mistakes: nudge all of them.
    let nudge = random::key(&[seed, 1]);
    for (i, w) in params.weights_mut().iter_mut().enumerate() {
        *w += 0.1 * uniform(nudge, i);
    }
    let mut report = Report { checked: 0, largest: 0.0 };
    for fused in [true, false] {
        let mut plan = match fused {
            true => Plan::training(graph, cost, &[])?,
            false => Plan::training_unfused(graph, cost, &[])?,
        };
        for &node in tracked {
            plan.track(node);
        }
        let mut check = Check { plan, tracked, probabilities, cost, seed, fused };
        let Report { checked, largest } = check.run(&mut params)?;
        report = Report { checked, largest: report.largest.max(largest) };
    }
    Ok(report)
}

struct Check<'c, 'g> {
    plan: Plan<f64>,
    tracked: &'c [Node<'g>],
    probabilities: Option<Node<'g>>,
    cost: Node<'g>,
    seed: u64,
    fused: bool,
}

impl Check<'_, '_> {
    fn run(&mut self, params: &mut Params<f64>) -> Result<Report, Error> {
        let mut report = Report { checked: 0, largest: 0.0 };
        let gradients = self.gradients(params)?;
        self.check_adding(params, &gradients)?;
        for (place, found) in gradients.iter().enumerate() {
            for (element, &gradient) in found.iter().enumerate() {
                let mut cost = |step: f64| self.cost_at(params, place, element, step);
                let (above, below) = (cost(STEP)?, cost(-STEP)?);
                let expected = (above - below) / (2.0 * STEP);
                let difference = (gradient - expected).abs() / gradient.abs().max(1.0);
                report.largest = report.largest.max(difference);
                report.checked += 1;
                if difference > TOLERANCE || difference.is_nan() {
                    return Err(self.error(
                        params,
                        place,
                        element,
                        gradient,
                        "central difference",
                        expected,
                    ));
                }
            }
        }
        Ok(report)
    }

    /// All gradients, weights' first, then tracked inputs', out of buffers full of NaN.
    fn gradients(&mut self, params: &mut Params<f64>) -> Result<Vec<Vec<f64>>, Error> {
        // A first run makes the buffers, so that the second finds them full of NaN.
        self.begin(params)?.forward()?;
        let tracked = self.tracked;
        let mut run = self.begin(params)?;
        run.forward()?;
        run.backward();
        let inputs: Vec<Vec<f64>> =
            tracked.iter().map(|&x| run.gradient(x).unwrap_or_default().to_vec()).collect();
        let entries = params.entries().iter();
        let mut all: Vec<Vec<f64>> =
            entries.map(|entry| params.gradients[entry.range()].to_vec()).collect();
        all.extend(inputs);
        Ok(all)
    }

    /// Adding to what stands there must give the sum.
    fn check_adding(
        &mut self,
        params: &mut Params<f64>,
        gradients: &[Vec<f64>],
    ) -> Result<(), Error> {
        const OLD: f64 = 0.75;
        let tracked = self.tracked;
        let mut run = self.begin(params)?;
        run.forward()?;
        run.fill_gradients(OLD);
        for &node in tracked {
            if let Some(gradient) = run.gradient_mut(node.id()) {
                gradient.fill(OLD);
            }
        }
        run.backward_adding_all();
        let mut sums: Vec<Vec<f64>> =
            tracked.iter().map(|&x| run.gradient(x).unwrap_or_default().to_vec()).collect();
        let entries = params.entries().iter();
        sums.splice(0..0, entries.map(|entry| params.gradients[entry.range()].to_vec()));
        for (place, (sums, gradients)) in sums.iter().zip(gradients).enumerate() {
            for (element, (&sum, &gradient)) in sums.iter().zip(gradients).enumerate() {
                let difference = (sum - OLD - gradient).abs();
                if difference > 1e-12 * gradient.abs().max(1.0) || difference.is_nan() {
                    let expectation = "added to 0.75 and less 0.75";
                    return Err(self.error(
                        params,
                        place,
                        element,
                        gradient,
                        expectation,
                        sum - OLD,
                    ));
                }
            }
        }
        Ok(())
    }

    /// The cost with one number moved.
    fn cost_at(
        &mut self,
        params: &mut Params<f64>,
        place: usize,
        element: usize,
        step: f64,
    ) -> Result<f64, Error> {
        let weights = params.entries().len();
        let cost = self.cost;
        if place < weights {
            let at = params.entries()[place].start + element;
            let w = params.weights()[at];
            params.weights_mut()[at] = w + step;
            let mut run = self.begin(params)?;
            run.forward()?;
            let value = run.value(cost)[0];
            params.weights_mut()[at] = w;
            Ok(value)
        } else {
            let node = self.tracked[place - weights];
            let mut run = self.begin(params)?;
            run.input(node)[element] += step;
            run.forward()?;
            Ok(run.value(cost)[0])
        }
    }

    /// A run with all buffers full of NaN but for the inputs.
    fn begin<'a>(&'a mut self, params: &'a mut Params<f64>) -> Result<Run<'a, f64>, Error> {
        let inputs: Vec<(NodeId, Spec, Option<Range<u32>>)> = self.plan.program.inputs().collect();
        let probabilities = self.probabilities.map(|node| node.id());
        let mut run = self.plan.run(params, ROWS)?;
        run.poison();
        run.random(self.seed, 0);
        for (place, (node, spec, range)) in inputs.into_iter().enumerate() {
            let key = random::key(&[self.seed, 2, place as u64]);
            if spec.indices {
                let Range { start, end } = range.unwrap_or(0..1);
                let count = f64::from(end.saturating_sub(start));
                for (i, index) in run.indices(node).iter_mut().enumerate() {
                    *index = start + ((uniform(key, i) + 1.0) / 2.0 * count) as u32;
                }
                continue;
            }
            let x = run.input(node);
            for (i, x) in x.iter_mut().enumerate() {
                *x = 1.5 * uniform(key, i);
            }
            if Some(node) == probabilities {
                for row in x.chunks_exact_mut(spec.width()) {
                    row.iter_mut().for_each(|x| *x = x.exp());
                    let sum: f64 = row.iter().sum();
                    row.iter_mut().for_each(|x| *x /= sum);
                }
            }
        }
        Ok(run)
    }

    fn error(
        &self,
        params: &Params<f64>,
        place: usize,
        element: usize,
        gradient: f64,
        expectation: &'static str,
        expected: f64,
    ) -> Error {
        let what = match params.entries().get(place) {
            Some(entry) => entry.path.clone(),
            None => {
                let node = self.tracked[place - params.entries().len()].id();
                let values = &self.plan.program.record.values;
                values[node.index].path.clone()
            }
        };
        let fused = self.fused;
        GradientError { what, element, gradient, expectation, expected, fused }.into()
    }
}

/// The i-th number of a stream, uniform in (-1, 1).
fn uniform(key: u64, i: usize) -> f64 {
    (random::bits(key, i as u64) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// A cost from any value: the sum of all elements, each times a fixed random factor, so that no
/// two gradients cancel or coincide.
#[derive(Debug)]
struct Projection {
    seed: u64,
}

impl Projection {
    fn factor<T: Float>(&self, i: usize) -> T {
        T::of(1.5 + uniform(random::key(&[self.seed, 3]), i))
    }
}

impl<T: Float> Op<T> for Projection {
    fn output(&self, _inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(Spec::single([]))
    }

    fn forward(&self, step: Forward<'_, T>) {
        let terms = step.x.get(0).iter().enumerate().map(|(i, &x)| self.factor::<T>(i) * x);
        step.y[0] = terms.sum();
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let dy = step.dy[0];
        if let Some(dx) = step.dx.get(0) {
            for (i, dx) in dx.iter_mut().enumerate() {
                *dx += self.factor::<T>(i) * dy;
            }
        }
    }
}
