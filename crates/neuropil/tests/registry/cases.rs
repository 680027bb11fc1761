//! What a family's tests need to know of a member: a value of it, and a slow, obvious way to get
//! what it computes.

use crate::faces::{
    AnyActivation, AnyConstraint, AnyLoss, AnyOptimizer, AnyPenalty, AnyRule, OfThree,
};
use crate::joint_losses::{Joint, samples::Fill};
use crate::law::Law;
use neuropil::activations::Activation;
use neuropil::gradcheck::{Report, check_op_with_states};
use neuropil::initializers::Initializer;
use neuropil::losses::{Ctc, JointLoss, Loss, Target};
use neuropil::optimizers::{Optimizer, Schedule, Step};
use neuropil::regularizers::{Average, Constraint, Mixture, Regularizer, UnitNoise};
use neuropil::tensor::Shape;
use neuropil::{AnyOp, BuildError, Error, Module, Node, Params, Spec};
use std::any::type_name;
use std::ops::Range;

/// A member in one of its settings.
pub trait Case {
    /// The full name of its type.
    fn type_name(&self) -> &'static str;
}

macro_rules! cases {
    ($($name:ident),*) => {$(
        impl Case for $name {
            fn type_name(&self) -> &'static str {
                self.type_name
            }
        }
    )*};
}
cases!(
    ActivationCase,
    LossCase,
    JointLossCase,
    LayerCase,
    OpCase,
    InitializerCase,
    RegularizerCase,
    ConstraintCase,
    AverageCase,
    MixtureCase,
    OptimizerCase,
    ScheduleCase
);

/// The output of a row.
type RowReference = Box<dyn Fn(&[f64]) -> Vec<f64>>;

/// An activation.
pub struct ActivationCase {
    type_name: &'static str,
    pub f: Box<dyn AnyActivation>,
    pub reference: RowReference,
    /// Where there is no derivative.
    pub kinks: Vec<f64>,
    /// The function whose derivative backward has in place of its own, if one is lent to it.
    pub surrogate: Option<fn(f64) -> f64>,
    /// Outputs below it are exact only to its last places, since the formula takes numbers of this
    /// size from each other.
    pub scale: f64,
}

/// An activation with f of one number in `f64`.
pub fn elementwise<A: Activation>(f: A, reference: fn(f64) -> f64) -> ActivationCase {
    rows(f, move |x| x.iter().map(|&x| reference(x)).collect())
}

/// An activation with f of a row in `f64`.
pub fn rows<A: Activation>(
    f: A,
    reference: impl Fn(&[f64]) -> Vec<f64> + 'static,
) -> ActivationCase {
    ActivationCase {
        type_name: type_name::<A>(),
        f: Box::new(f),
        reference: Box::new(reference),
        kinks: vec![0.0],
        surrogate: None,
        scale: f64::from(f32::MIN_POSITIVE),
    }
}

impl ActivationCase {
    /// Sets [`scale`](Self::scale).
    pub fn exact_to(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    /// Sets [`kinks`](Self::kinks).
    pub fn with_kinks(mut self, kinks: &[f64]) -> Self {
        self.kinks = kinks.into();
        self
    }

    /// Sets [`surrogate`](Self::surrogate).
    pub fn learning_as(mut self, surrogate: fn(f64) -> f64) -> Self {
        self.surrogate = Some(surrogate);
        self
    }
}

/// A loss, by mean and by sum alike.
pub struct LossCase {
    type_name: &'static str,
    pub loss: Box<dyn AnyLoss>,
    /// The loss of a row.
    pub reference: RowLoss,
    /// The sum of the magnitudes of what cancels in it; the loss itself where nothing does.
    pub magnitude: RowLoss,
}

type RowLoss = fn(&[f64], Target<'_, f64>) -> f64;

impl LossCase {
    /// With terms of either sign, of this magnitude.
    pub fn cancelling(self, magnitude: RowLoss) -> Self {
        Self { magnitude, ..self }
    }
}

/// A loss with that of a row in `f64`.
pub fn loss<L: Loss>(loss: L, reference: RowLoss) -> LossCase {
    let type_name = type_name::<L>();
    LossCase { type_name, loss: Box::new(loss), reference, magnitude: reference }
}

/// A loss of several inputs.
pub struct JointLossCase {
    type_name: &'static str,
    pub kind: JointLossKind,
}

/// What losses of several inputs there are.
pub enum JointLossKind {
    /// One of the trait.
    Joint(Joint),
    /// The one of sequences.
    Ctc(Ctc),
}

/// A loss of three inputs on such numbers, with that of a row in `f64`.
pub fn joint_loss<L: JointLoss<3>>(
    loss: L,
    fill: [Fill; 3],
    reference: impl Fn([&[f64]; 3]) -> f64 + 'static,
) -> JointLossCase {
    let joint = Joint { loss: Box::new(loss), fill, reference: Box::new(reference) };
    JointLossCase { type_name: type_name::<L>(), kind: JointLossKind::Joint(joint) }
}

/// Connectionist temporal classification.
pub fn ctc(ctc: Ctc) -> JointLossCase {
    JointLossCase { type_name: type_name::<Ctc>(), kind: JointLossKind::Ctc(ctc) }
}

/// The output of a sample, from the weights and the sample, as inference has it.
type LayerReference = fn(&Params<f64>, &[f64]) -> Vec<f64>;

/// A layer on samples of one shape.
pub struct LayerCase {
    type_name: &'static str,
    pub module: Box<dyn Module>,
    pub sample: Spec,
    pub reference: LayerReference,
    /// Whether its gradient is lent by another function, so that differences don't see it.
    pub lends_slope: bool,
}

impl LayerCase {
    /// Sets [`lends_slope`](Self::lends_slope).
    pub fn lending_slope(self) -> Self {
        Self { lends_slope: true, ..self }
    }
}

/// A layer on samples of each of these shapes.
pub fn layer<M: Module + Clone + 'static>(
    module: M,
    samples: &[&[usize]],
    reference: LayerReference,
) -> Vec<LayerCase> {
    samples.iter().map(|&sample| layer_on(module.clone(), sample.into(), reference)).collect()
}

/// A layer on samples of indices of each of these shapes, which come as numbers to the reference.
pub fn layer_of_indices<M: Module + Clone + 'static>(
    module: M,
    samples: &[&[usize]],
    reference: LayerReference,
) -> Vec<LayerCase> {
    let case = |&sample: &&[usize]| layer_on(module.clone(), Spec::indices(sample), reference);
    samples.iter().map(case).collect()
}

/// A member that is no module, in one, on samples of each of these shapes.
pub fn layer_by<L, M: Module + Clone + 'static>(
    module: M,
    samples: &[&[usize]],
    reference: LayerReference,
) -> Vec<LayerCase> {
    let cases = layer(module, samples, reference).into_iter();
    cases.map(|case| LayerCase { type_name: type_name::<L>(), ..case }).collect()
}

fn layer_on<M: Module + 'static>(module: M, sample: Spec, reference: LayerReference) -> LayerCase {
    let (type_name, module) = (type_name::<M>(), Box::new(module));
    LayerCase { type_name, module, sample, reference, lends_slope: false }
}

/// Records an op over its inputs.
type Record = Box<dyn for<'g> Fn(&[Node<'g>]) -> Result<Node<'g>, BuildError>>;

/// The output of an op in inference, from all numbers of its inputs; those of indices as numbers.
type OpReference = fn(&[Vec<f64>]) -> Vec<f64>;

/// An op on inputs of some specs.
pub struct OpCase {
    type_name: &'static str,
    pub inputs: Vec<Spec>,
    pub record: Record,
    pub check: Box<dyn Fn() -> Result<Report, Error>>,
    pub reference: OpReference,
    /// What indices can be.
    pub indices: Range<u32>,
    /// Whether its gradient is lent by another function, so that differences don't see it.
    pub lends_slope: bool,
}

impl OpCase {
    /// Sets what indices can be, two classes else.
    pub fn with_indices(self, indices: Range<u32>) -> Self {
        Self { indices, ..self }
    }

    /// Sets [`lends_slope`](Self::lends_slope).
    pub fn lending_slope(self) -> Self {
        Self { lends_slope: true, ..self }
    }

    /// The op and its inputs, for a message.
    pub fn describe(&self) -> String {
        let inputs: Vec<String> = self.inputs.iter().map(Spec::to_string).collect();
        format!("{} on {}", self.type_name, inputs.join(", "))
    }
}

/// An op on inputs of these specs, the first of which is no weight.
pub fn op<O: AnyOp + Clone>(op: O, inputs: &[Spec], reference: OpReference) -> OpCase {
    op_with_states(op, inputs, &[], reference)
}

/// The same with states of these shapes, full of these numbers.
pub fn op_with_states<O: AnyOp + Clone>(
    op: O,
    inputs: &[Spec],
    states: &[(Shape, f64)],
    reference: OpReference,
) -> OpCase {
    let (recorded, specs) = (op.clone(), inputs.to_vec());
    let (states, starts) = (states.to_vec(), states.to_vec());
    OpCase {
        type_name: type_name::<O>(),
        inputs: inputs.to_vec(),
        record: Box::new(move |nodes| {
            let graph = nodes[0].graph();
            let states = states.iter().enumerate();
            let states =
                states.map(|(i, &(shape, start))| graph.state(&format!("state {i}"), shape, start));
            graph.record(recorded.clone(), nodes, &states.collect::<Result<Vec<_>, _>>()?)
        }),
        check: Box::new(move || check_op_with_states(op.clone(), &specs, &starts, 1)),
        indices: 0..2,
        lends_slope: false,
        reference,
    }
}

/// An initializer.
pub struct InitializerCase {
    type_name: &'static str,
    pub initializer: Box<dyn Initializer>,
    /// What it draws from, given how many inputs feed an output and how many outputs an input.
    pub law: fn(f64, f64) -> Law,
    /// Whether these are the shape's rows and columns, whatever the fan.
    pub of_shape: bool,
    /// The numbers of a weight of this shape that follow the law, if the others are what they should
    /// be: all, as a rule.
    pub drawn: Drawn,
}

/// See [`InitializerCase::drawn`].
pub type Drawn = fn(&[f64], &[usize]) -> Result<Vec<f64>, String>;

impl InitializerCase {
    /// Sets [`drawn`](Self::drawn).
    pub fn drawn(self, drawn: Drawn) -> Self {
        Self { drawn, ..self }
    }

    /// Sets [`of_shape`](Self::of_shape).
    pub fn of_shape(self) -> Self {
        Self { of_shape: true, ..self }
    }
}

/// An initializer with the law of its numbers for a fan-in and a fan-out of at least 1.
pub fn initializer<I: Initializer + 'static>(
    initializer: I,
    law: fn(f64, f64) -> Law,
) -> InitializerCase {
    let (type_name, initializer) = (type_name::<I>(), Box::new(initializer));
    let drawn: Drawn = |w, _| Ok(w.to_vec());
    InitializerCase { type_name, initializer, law, of_shape: false, drawn }
}

/// A regularizer.
pub struct RegularizerCase {
    type_name: &'static str,
    pub kind: RegularizerKind,
}

/// What the weights cost.
pub type PenaltyReference = fn(&[f64]) -> f64;

/// What regularizers there are.
pub enum RegularizerKind {
    /// A price on weights, with the slow way to compute it.
    Penalty(Box<dyn AnyPenalty>, PenaltyReference),
    /// Noise on values: one that is linear in them for given draws.
    Rule(Box<dyn AnyRule>),
}

/// A penalty with its price in `f64`.
pub fn penalty<R: Regularizer>(penalty: R, reference: PenaltyReference) -> RegularizerCase {
    let kind = RegularizerKind::Penalty(Box::new(penalty), reference);
    RegularizerCase { type_name: type_name::<R>(), kind }
}

/// A random rule.
pub fn rule<R: AnyRule + 'static>(rule: R) -> RegularizerCase {
    RegularizerCase { type_name: type_name::<R>(), kind: RegularizerKind::Rule(Box::new(rule)) }
}

/// A constraint.
pub struct ConstraintCase {
    type_name: &'static str,
    pub constraint: Box<dyn AnyConstraint>,
    /// What the numbers of one unit become.
    pub reference: fn(&[f64]) -> Vec<f64>,
}

/// A constraint with what becomes of a unit in `f64`.
pub fn constraint<C: Constraint>(
    constraint: C,
    reference: fn(&[f64]) -> Vec<f64>,
) -> ConstraintCase {
    ConstraintCase { type_name: type_name::<C>(), constraint: Box::new(constraint), reference }
}

/// An average of weights.
pub struct AverageCase {
    type_name: &'static str,
    pub average: Box<dyn Average>,
    /// The shares in the average of so many weights, in the order in which they were taken.
    pub reference: fn(usize) -> Vec<f64>,
}

/// An average with the shares in it.
pub fn average<A: Average>(average: A, reference: fn(usize) -> Vec<f64>) -> AverageCase {
    AverageCase { type_name: type_name::<A>(), average: Box::new(average), reference }
}

/// A mixture on samples of one shape.
pub struct MixtureCase {
    type_name: &'static str,
    pub mixture: Box<dyn Mixture>,
    pub sample: &'static [usize],
}

/// A mixture on samples of this shape.
pub fn mixture<M: Mixture>(mixture: M, sample: &'static [usize]) -> MixtureCase {
    MixtureCase { type_name: type_name::<M>(), mixture: Box::new(mixture), sample }
}

/// A random rule for units of several numbers, on units of three.
pub fn unit_rule<R: UnitNoise>(rule: R) -> RegularizerCase {
    let kind = RegularizerKind::Rule(Box::new(OfThree(rule)));
    RegularizerCase { type_name: type_name::<R>(), kind }
}

/// A step of a whole tensor: its weights, their gradients, and the slots.
type OptimizerReference = Box<dyn Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>])>;

/// An optimizer.
pub struct OptimizerCase {
    type_name: &'static str,
    pub optimizer: Box<dyn AnyOptimizer>,
    pub reference: OptimizerReference,
    /// Whether its trajectory is that of a matrix, and not of a vector.
    pub is_of_matrices: bool,
    /// How near its weights and slots are to the reference's in single precision.
    pub single: [f64; 2],
    /// The rate that it falls from where it is tried out.
    pub rate: f64,
}

impl OptimizerCase {
    /// Sets [`is_of_matrices`](Self::is_of_matrices).
    pub fn of_matrices(self) -> Self {
        Self { is_of_matrices: true, ..self }
    }

    /// Sets [`single`](Self::single), for rules that jump where rounding turns a sign.
    pub fn in_single(self, weights: f64, slots: f64) -> Self {
        Self { single: [weights, slots], ..self }
    }

    /// Sets [`rate`](Self::rate), 0.5 else.
    pub fn at_rate(self, rate: f64) -> Self {
        Self { rate, ..self }
    }
}

/// An optimizer in one of its forms, with its step in scalar `f64`.
pub fn optimizer<O: Optimizer>(
    optimizer: O,
    reference: impl Fn(Step<'_>, &mut [f64], &[f64], &mut [Vec<f64>]) + 'static,
) -> OptimizerCase {
    OptimizerCase {
        type_name: type_name::<O>(),
        optimizer: Box::new(optimizer),
        reference: Box::new(reference),
        is_of_matrices: false,
        single: [8e-6, 1e-5],
        rate: 0.5,
    }
}

/// A schedule.
pub struct ScheduleCase {
    type_name: &'static str,
    pub schedule: Box<dyn Schedule>,
    /// The rate of a step, written out.
    pub reference: fn(u64) -> f64,
}

/// A schedule with the rate of a step in its plainest form.
pub fn schedule<S: Schedule>(schedule: S, reference: fn(u64) -> f64) -> ScheduleCase {
    ScheduleCase { type_name: type_name::<S>(), schedule: Box::new(schedule), reference }
}
