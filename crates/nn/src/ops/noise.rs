//! Rules that draw, as ops.

use super::arithmetic::add_or_copy;
use crate::inspect::Role;
use crate::op::{Backward, Forward, Mode, Op};
use crate::parallel;
use crate::spec::Spec;
use neuropil_regularizers::{Dropout, Noise, UnitNoise};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = what the rule makes of x in training, y = x in inference: alpha dropout, Gaussian dropout, Gaussian
/// noise, or a rule of your own.
///
/// The draws are a function of the run's seed and step, the op's path and the element's place, and are
/// made again in backward. PyTorch's `AlphaDropout`, for one.
///
/// ```
/// use neuropil_nn::{Graph, Mode, Params, Plan, ops::NoiseOp, prelude::*};
/// use neuropil_regularizers::GaussianNoise;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [100]);
/// let y = x.op(NoiseOp(GaussianNoise::new(0.1)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.mode(Mode::Training);
/// run.input(x).fill(1.0);
/// run.forward()?;
/// assert!(run.value(y).iter().all(|&y| y != 1.0 && (y - 1.0).abs() < 0.7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NoiseOp<R>(pub R);

impl<T: Float, R: Noise> Op<T> for NoiseOp<R> {
    fn name(&self) -> String {
        self.0.name().into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers(self.0.name())
    }

    fn role(&self) -> Role {
        if self.0.silences() { Role::Dropout } else { Role::Unknown }
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, key) = (step.x.get(0), step.random);
        match step.mode {
            Mode::Inference => step.y.copy_from_slice(x),
            Mode::Training => parallel::rows(step.y, 1, |piece, y| {
                self.0.forward(key, piece.start as u64, &x[piece], y);
            }),
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (dy, key) = (&*step.dy, step.random);
        if step.mode == Mode::Inference {
            return add_or_copy(step.dx.target(0), dy);
        }
        if let Some(dx) = step.dx.get(0) {
            parallel::rows(dx, 1, |piece, dx| {
                self.0.backward(key, piece.start as u64, &dy[piece], dx);
            });
        }
    }
}

/// Which numbers of x are drawn for as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Those of a channel of a row: of a place of the first axis.
    Channel,
    /// All of a row.
    Row,
    /// All of the batch.
    Batch,
}

/// y = what the rule makes of x in training, a draw for each unit, y = x in inference: dropout of channels,
/// feature alpha dropout, stochastic depth.
///
/// The draws are a function of the run's seed and step, the op's path and the unit's place, and are made
/// again in backward. PyTorch's `functional.dropout2d`, for one.
///
/// ```
/// use neuropil_nn::{Graph, Mode, Params, Plan, prelude::*};
/// use neuropil_nn::ops::{Unit, UnitNoiseOp};
/// use neuropil_regularizers::ChannelDropout;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [16, 3]);
/// let y = x.op(UnitNoiseOp::new(ChannelDropout::new(0.5)?, Unit::Channel))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.mode(Mode::Training);
/// run.input(x).fill(1.0);
/// run.forward()?;
/// assert!(run.value(y).chunks(3).all(|channel| channel == [0.0; 3] || channel == [2.0; 3]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct UnitNoiseOp<R> {
    rule: R,
    unit: Unit,
}

impl<R: UnitNoise> UnitNoiseOp<R> {
    /// The rule with a draw for each of these units.
    pub fn new(rule: R, unit: Unit) -> Self {
        Self { rule, unit }
    }

    /// Numbers of a unit of x, which has so many in all.
    fn width(&self, x: Spec, all: usize) -> usize {
        match self.unit {
            Unit::Channel => x.shape.len() / x.shape.dims().first().copied().unwrap_or(1).max(1),
            Unit::Row => x.shape.len(),
            Unit::Batch => all,
        }
    }

    /// Does work on pieces of y: the place of the first unit, the width of one, and the piece.
    fn pieces<T: Float>(
        &self,
        x: Spec,
        y: &mut [T],
        work: impl Fn(u64, usize, std::ops::Range<usize>, &mut [T]) + Sync,
    ) {
        let width = self.width(x, y.len());
        if y.is_empty() {
            return;
        }
        if self.unit == Unit::Batch {
            // One draw for all, whose numbers may be shared out.
            return parallel::rows(y, 1, |piece, y| work(0, y.len(), piece, y));
        }
        parallel::rows(y, width, |units, y| {
            let piece = units.start * width..units.end * width;
            work(units.start as u64, width, piece, y);
        });
    }
}

impl<T: Float, R: UnitNoise> Op<T> for UnitNoiseOp<R> {
    fn name(&self) -> String {
        self.rule.name().into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers(self.rule.name())
    }

    fn role(&self) -> Role {
        Role::Dropout
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, key) = (step.x.get(0), step.random);
        match step.mode {
            Mode::Inference => step.y.copy_from_slice(x),
            Mode::Training => {
                self.pieces(step.x.spec(0), step.y, |first, width, piece, y| {
                    self.rule.forward(key, first, width, &x[piece], y);
                });
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (dy, key, spec) = (&*step.dy, step.random, step.x.spec(0));
        if step.mode == Mode::Inference {
            return add_or_copy(step.dx.target(0), dy);
        }
        if let Some(dx) = step.dx.get(0) {
            self.pieces(spec, dx, |first, width, piece, dx| {
                self.rule.backward(key, first, width, &dy[piece], dx);
            });
        }
    }
}

/// y = x m / (1 - rate) in training with one random mask m for all steps of a row, y = x in inference.
///
/// Input x `[.., features]`: all axes but the last are steps. The mask of row i is that of dropout for the
/// numbers from i · features on, a function of the run's seed and step and of the op's path, and is made
/// again in backward: dx += dy m / (1 - rate).
///
/// Source: Gal and Ghahramani, "A Theoretically Grounded Application of Dropout in Recurrent Neural
/// Networks" (2016). PyTorch has none.
///
/// ```
/// use neuropil_nn::{Graph, Mode, Params, Plan, ops::VariationalDropoutOp, prelude::*};
/// use neuropil_regularizers::Dropout;
///
/// let graph = Graph::new();
/// let x = graph.input("x", [5, 8]); // five steps
/// let y = x.op(VariationalDropoutOp(Dropout::new(0.5)?))?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[y])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.mode(Mode::Training);
/// run.input(x).fill(1.0);
/// run.forward()?;
/// let first = &run.value(y)[..8];
/// assert!(first.contains(&0.0) && first.contains(&2.0));
/// assert!(run.value(y).chunks(8).all(|step| step == first));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct VariationalDropoutOp(pub Dropout);

impl VariationalDropoutOp {
    /// Does work on each step of some rows: the place of its row's mask, and its numbers.
    fn steps<T: Float>(
        x: Spec,
        y: &mut [T],
        work: impl Fn(u64, std::ops::Range<usize>, &mut [T]) + Sync,
    ) {
        let (row, features) = (x.shape.len(), x.width());
        if y.is_empty() {
            return;
        }
        parallel::rows(y, row, |rows, y| {
            for (i, y) in y.chunks_exact_mut(features).enumerate() {
                let start = rows.start * row + i * features;
                work((start / row * features) as u64, start..start + features, y);
            }
        });
    }
}

impl<T: Float> Op<T> for VariationalDropoutOp {
    fn name(&self) -> String {
        "VariationalDropout".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        inputs[0].numbers("VariationalDropout")
    }

    fn role(&self) -> Role {
        Role::Dropout
    }

    fn forward(&self, step: Forward<'_, T>) {
        let (x, key) = (step.x.get(0), step.random);
        match step.mode {
            Mode::Inference => super::dropout::in_inference(self.0, x, step.y),
            Mode::Training => {
                Self::steps(step.x.spec(0), step.y, |place, piece, y| {
                    self.0.forward(key, place, &x[piece], y);
                });
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (dy, key, spec) = (&*step.dy, step.random, step.x.spec(0));
        if step.mode == Mode::Inference {
            return super::dropout::back_in_inference(self.0, step.dx.target(0), dy);
        }
        if let Some(dx) = step.dx.get(0) {
            Self::steps(spec, dx, |place, piece, dx| {
                self.0.backward(key, place, &dy[piece], dx);
            });
        }
    }
}
