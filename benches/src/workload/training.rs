//! A training step of a network.

use std::{error::Error, hint::black_box};

use neuropil_data::{DataError, Dataset, Inputs, Targets};
use neuropil_nn::{
    Graph, Module, Network, Params, Plan, Trainer,
    prelude::{Adam, CrossEntropy, Loss, MeanSquaredError, Sgd},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Architecture, Workload, numbers};
use crate::scale::{Number, Work};

/// Batches that the steps go round in: 3 MB for [`Training::A`], which the last-level cache
/// holds.
const BATCHES: usize = 16;

/// The learning rate of gradient descent: small enough that thousands of steps on random targets
/// stay finite.
const RATE: f64 = 0.01;

/// That of gradient descent with momentum, whose steps are ten times as long.
const MOMENTUM_RATE: f64 = 1e-3;

/// That of recurrent networks, whose loss is the mean of a thousand steps: at a rate of 0.01 the first
/// losses would hide a missing gradient of the weights of the state.
const SEQUENCE_RATE: f64 = 2.0;

/// Adam's, which moves each weight by about as much in each step: a tenth of its default.
const ADAM_RATE: f64 = 1e-4;

/// How much of the last step's direction momentum keeps.
pub(crate) const MOMENTUM: f64 = 0.9;

/// The seed of weights.
pub(crate) const SEED: u64 = 42;

/// How much of a training step is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it, as a training loop of one's own has it: `trainer.gradients(batch)`, which gathers
    /// the batch, goes forward and backward, and `trainer.update()`.
    Step,
    /// The rows of a batch copied into the network's input.
    Gather,
    /// All ops in order, the loss with its gradient among them.
    Forward,
    /// All ops in reverse.
    Backward,
    /// The optimizer's pass over the weights.
    Update,
}

impl Part {
    /// The whole, then its parts in order.
    pub const ALL: [Self; 5] =
        [Self::Step, Self::Gather, Self::Forward, Self::Backward, Self::Update];
}

/// What a network is for, and so its loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Softmax cross entropy of labels: one for a row, or for each step of a sequence.
    Classes,
    /// Mean squared error of values.
    Values,
}

/// What updates the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Plain gradient descent.
    Sgd,
    /// Gradient descent with a momentum of 0.9.
    Momentum,
    /// Adam.
    Adam,
}

impl Rule {
    /// As peers know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum => "momentum",
            Self::Adam => "adam",
        }
    }

    /// The usual learning rate.
    const fn rate(self) -> f64 {
        match self {
            Self::Sgd => RATE,
            Self::Momentum => MOMENTUM_RATE,
            Self::Adam => ADAM_RATE,
        }
    }

    /// How often a weight, its gradient and what is kept beside it are read or written.
    fn passes(self) -> usize {
        match self {
            // The weight and its gradient are read, the weight is written.
            Self::Sgd => 3,
            // And the direction.
            Self::Momentum => 5,
            // And both of two moments.
            Self::Adam => 7,
        }
    }

    fn trainer(
        self,
        network: &mut Network,
        loss: impl Loss,
        rate: f64,
    ) -> Result<Trainer<'_>, neuropil_nn::Error> {
        let momentum = || Sgd::new().momentum(MOMENTUM).expect("a momentum below 1");
        let trainer = match self {
            Self::Sgd => Trainer::new(network, loss, Sgd::new()),
            Self::Momentum => Trainer::new(network, loss, momentum()),
            Self::Adam => Trainer::new(network, loss, Adam::new()),
        };
        Ok(trainer?.rate(rate))
    }
}

/// A network in training, in `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Training {
    /// The letter of the workload, with a number where there are several.
    pub letter: &'static str,
    /// What is trained.
    pub network: Architecture,
    /// Rows in a batch.
    pub batch: usize,
    /// What it is for.
    pub task: Task,
    /// What updates it.
    pub rule: Rule,
    /// The learning rate.
    pub rate: f64,
    /// What is timed.
    pub part: Part,
}

impl Training {
    /// Workload a: 784-128-10, batch 64, SGD: the size of a first digit classifier.
    pub const A: Self = Self::classifier("a", Architecture::A, 64, Rule::Sgd);

    /// Workload b: 784-512-512-10, batch 128, Adam.
    pub const B: Self = Self::classifier("b", Architecture::B, 128, Rule::Adam);

    /// Workload c: 2-8-1, batch 4, SGD: nothing but what a step costs beside its arithmetic.
    pub const C: Self =
        Self { task: Task::Values, ..Self::classifier("c", Architecture::C, 4, Rule::Sgd) };

    /// Workload d: LeNet, batch 64, SGD with momentum: convolutions of few channels.
    pub const D: Self = Self::classifier("d", Architecture::D, 64, Rule::Momentum);

    /// Workload e: four convolutions with batch normalization, batch 32, SGD with momentum.
    pub const E: Self = Self::classifier("e", Architecture::E, 32, Rule::Momentum);

    /// Workload f1: an LSTM over 32 steps with a class at each, batch 32, SGD; with other numbers of
    /// hidden units too.
    pub const F1: [Self; 3] =
        Self::recurrent(["f1", "f1 hidden 32", "f1 hidden 512"], Architecture::F1);

    /// Workload f2: the same with a GRU.
    pub const F2: [Self; 3] =
        Self::recurrent(["f2", "f2 hidden 32", "f2 hidden 512"], Architecture::F2);

    /// Workload f3: the same with a plain recurrent layer.
    pub const F3: [Self; 3] =
        Self::recurrent(["f3", "f3 hidden 32", "f3 hidden 512"], Architecture::F3);

    const fn recurrent(letters: [&'static str; 3], networks: [Architecture; 3]) -> [Self; 3] {
        [
            Self::sequences(letters[0], networks[0]),
            Self::sequences(letters[1], networks[1]),
            Self::sequences(letters[2], networks[2]),
        ]
    }

    const fn sequences(letter: &'static str, network: Architecture) -> Self {
        Self { rate: SEQUENCE_RATE, ..Self::classifier(letter, network, 32, Rule::Sgd) }
    }

    const fn classifier(
        letter: &'static str,
        network: Architecture,
        batch: usize,
        rule: Rule,
    ) -> Self {
        let task = Task::Classes;
        Self { letter, network, batch, task, rule, rate: rule.rate(), part: Part::Step }
    }

    /// The same network with another part timed.
    #[must_use]
    pub const fn part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// Two for each multiply-add of the forward pass. Biases, activations, pooling, normalization and
    /// the loss count nothing.
    fn forward_operations(&self) -> usize {
        2 * self.batch * self.network.multiply_adds().iter().sum::<usize>()
    }

    /// As many for the gradients of the weights, and again for those of the inputs, of which the
    /// first layer needs none of its x, the data.
    fn backward_operations(&self) -> usize {
        2 * self.forward_operations() - 2 * self.batch * self.network.sample_multiply_adds()
    }

    /// The shape of the labels of a row.
    fn labels(&self) -> Vec<usize> {
        let mut shape = self.network.answer();
        shape.pop();
        shape
    }

    /// Labels of a row.
    pub(crate) fn labels_of_row(&self) -> usize {
        self.labels().iter().product()
    }

    /// Random samples with random targets.
    pub(crate) fn data(&self) -> Result<Dataset, DataError> {
        let Architecture { sample, .. } = self.network;
        let (inputs, outputs) = (self.network.inputs(), self.network.outputs());
        let rows = BATCHES * self.batch;
        let samples = numbers(rows * inputs, 4).to_vec();
        match self.task {
            Task::Classes => {
                let classes = outputs / self.labels_of_row();
                let mut random = ChaCha8Rng::seed_from_u64(3);
                let label = |_| random.random_range(0..classes as u32);
                let labels = (0..rows * self.labels_of_row()).map(label).collect();
                let targets = Targets::Labels { labels, classes, shape: self.labels() };
                Dataset::new(sample, Inputs::Numbers(samples), targets)
            }
            Task::Values => {
                let values = numbers(rows * outputs, 3).to_vec();
                Dataset::with_values(sample, samples, [outputs], values)
            }
        }
    }

    pub(crate) fn trainer<'n>(
        &self,
        network: &'n mut Network,
    ) -> Result<Trainer<'n>, neuropil_nn::Error> {
        match self.task {
            Task::Classes => self.rule.trainer(network, CrossEntropy::new(), self.rate),
            Task::Values => self.rule.trainer(network, MeanSquaredError::new(), self.rate),
        }
    }

    /// The network with the weights that it begins with.
    pub(crate) fn built(&self) -> Result<Network, neuropil_nn::Error> {
        Network::new(self.network.modules(), self.network.sample, SEED)
    }

    /// The whole step or the update, by the trainer.
    fn with_trainer(&self, time: &mut dyn FnMut(&mut dyn FnMut())) -> Result<(), Box<dyn Error>> {
        let data = self.data()?;
        let batches = data.batches(self.batch);
        let mut batches = batches.iter().cycle();
        let mut next = move || batches.next().expect("a data set has batches");
        let mut network = self.built()?;
        let mut trainer = self.trainer(&mut network)?;
        // The first step is tried here, so that one that is timed cannot fail.
        trainer.gradients(next())?;
        if self.part == Part::Update {
            time(&mut || trainer.update());
        } else {
            time(&mut || {
                let cost = trainer.gradients(next());
                black_box(cost.expect("the cost stays finite"));
                trainer.update();
            });
        }
        Ok(())
    }

    /// A part of a pass, by the plan.
    fn with_plan(&self, time: &mut dyn FnMut(&mut dyn FnMut())) -> Result<(), Box<dyn Error>> {
        let data = self.data()?;
        let batches = data.batches(self.batch);
        let graph = Graph::new();
        let x = graph.input("x", self.network.sample);
        let y = self.network.modules().build(x)?;
        let (target, cost) = match self.task {
            Task::Classes => {
                let target = graph.index_input("target", self.labels());
                (target, y.loss(CrossEntropy::new(), target)?)
            }
            Task::Values => {
                let target = graph.input("target", [self.network.outputs()]);
                (target, y.loss(MeanSquaredError::new(), target)?)
            }
        };
        let mut params = Params::<f32>::new(&[&graph], SEED)?;
        let mut plan = Plan::training(&graph, cost, &[y])?;
        let mut run = plan.run(&mut params, self.batch)?;
        let mut each = batches.iter().cycle();
        let mut gather = || {
            let batch = each.next().expect("a data set has batches");
            batch.gather_inputs(run.input(x));
            match self.task {
                Task::Classes => batch.gather_labels(run.indices(target)),
                Task::Values => batch.gather_values(run.input(target)),
            }
        };
        gather();
        if self.part == Part::Gather {
            time(&mut gather);
            return Ok(());
        }
        run.forward()?;
        match self.part {
            Part::Forward => time(&mut || run.forward().expect("the labels are classes")),
            _ => time(&mut || run.backward()),
        }
        Ok(())
    }
}

impl Workload for Training {
    fn name(&self) -> String {
        let part = match self.part {
            Part::Step => "",
            Part::Gather => ": gather",
            Part::Forward => ": forward",
            Part::Backward => ": backward",
            Part::Update => ": update",
        };
        format!("step {}{part}", self.letter)
    }

    fn work(&self) -> Work {
        let operations = |count| Work::operations(Number::F32, count);
        match self.part {
            Part::Step => operations(self.forward_operations() + self.backward_operations()),
            Part::Forward => operations(self.forward_operations()),
            Part::Backward => operations(self.backward_operations()),
            // Each number is read and written.
            Part::Gather => Work::passes(self.batch * self.network.inputs(), 2),
            Part::Update => Work::passes(self.network.parameters(), self.rule.passes()),
        }
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let outcome = match self.part {
            Part::Step | Part::Update => self.with_trainer(time),
            Part::Gather | Part::Forward | Part::Backward => self.with_plan(time),
        };
        if let Err(error) = outcome {
            panic!("{}: {error}", self.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Training};
    use crate::{
        scale::{Number, Work},
        workload::Workload,
    };

    #[test]
    fn the_operations_of_a_are_three_products_a_layer_less_the_gradient_of_the_data() {
        let first = 2 * 64 * 784 * 128;
        let second = 2 * 64 * 128 * 10;
        let of = |part| Training::A.part(part).work();
        let operations = |count| Work::operations(Number::F32, count);
        assert_eq!(of(Part::Step), operations(2 * first + 3 * second));
        assert_eq!(of(Part::Forward), operations(first + second));
        assert_eq!(of(Part::Backward), operations(first + 2 * second));
    }

    #[test]
    fn a_gather_copies_the_batch_and_an_update_sweeps_the_weights() {
        assert_eq!(Training::A.part(Part::Gather).work(), Work::passes(64 * 784, 2));
        let weights = 784 * 128 + 128 + 128 * 10 + 10;
        assert_eq!(Training::A.part(Part::Update).work(), Work::passes(weights, 3));
        let weights = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10;
        assert_eq!(Training::B.part(Part::Update).work(), Work::passes(weights, 7));
        assert_eq!(Training::D.part(Part::Update).work(), Work::passes(61_706, 5));
        assert_eq!(Training::D.part(Part::Gather).work(), Work::passes(64 * 784, 2));
    }

    /// The floors of d and e: 145 and 4,845 million operations.
    #[test]
    fn the_operations_of_a_network_of_images_leave_the_gradient_of_its_images_out() {
        for (network, operations) in [(Training::D, 144_890_880), (Training::E, 4_844_912_640)] {
            assert_eq!(network.work(), Work::operations(Number::F32, operations));
        }
    }

    /// The floors of f1, f2 and f3: products of 32 steps of 32 rows with x, of 31 with the state, and
    /// those of the head.
    #[test]
    fn the_operations_of_a_recurrent_network_leave_the_gradient_of_its_sequences_out() {
        for (network, gates) in [(Training::F1, 4), (Training::F2, 3), (Training::F3, 1)] {
            for (network, hidden) in network.into_iter().zip([128, 32, 512]) {
                let x = 32 * 64 * gates * hidden;
                let state = 31 * hidden * gates * hidden;
                let head = 32 * hidden * 64;
                let operations = 2 * 32 * (2 * x + 3 * state + 3 * head);
                assert_eq!(network.work(), Work::operations(Number::F32, operations));
            }
        }
    }

    #[test]
    fn a_sequence_has_a_label_for_each_step() {
        let data = Training::F1[1].data().unwrap();
        let targets = neuropil_data::TargetKind::Labels { classes: 64, shape: &[32] };
        assert_eq!((data.len(), data.width(), data.target_kind()), (512, 2048, targets));
    }

    #[test]
    fn a_step_of_each_network_changes_its_weights() {
        for network in [Training::A, Training::C, Training::D, Training::F3[1]] {
            let data = network.data().unwrap();
            let mut built = network.built().unwrap();
            let before = built.params().weights().to_vec();
            let mut trainer = network.trainer(&mut built).unwrap();
            let batches = data.batches(network.batch);
            assert!(trainer.gradients(batches.iter().next().unwrap()).unwrap() > 0.0);
            trainer.update();
            assert_ne!(before, built.params().weights());
        }
    }

    #[test]
    fn the_parts_of_a_network_of_values_run_too() {
        for part in Part::ALL {
            let mut runs = 0;
            Training::C.part(part).with(&mut |run| {
                run();
                runs += 1;
            });
            assert_eq!(runs, 1, "{part:?}");
        }
    }
}
