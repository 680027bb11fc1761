//! A training step of a multilayer perceptron.

use std::{error::Error, hint::black_box};

use neuropil_data::{DataError, Dataset};
use neuropil_nn::{
    Graph, Linear, Module, Network, Params, Plan, Sequential, Trainer,
    prelude::{Adam, CrossEntropy, MeanSquaredError, Relu, Sgd, Sigmoid, Tanh},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Workload, numbers};
use crate::scale::{Number, Work};

/// Batches that the steps go round in: 3 MB for [`Multilayer::A`], which the last-level cache
/// holds.
const BATCHES: usize = 16;

/// The learning rate of gradient descent: small enough that thousands of steps on random targets
/// stay finite.
const RATE: f64 = 0.01;

/// Adam's, which moves each weight by about as much in each step: a tenth of its default.
const ADAM_RATE: f64 = 1e-4;

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

/// What a network is for, and so its activations and its loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Rectifiers between the layers, softmax cross entropy of labels.
    Classes,
    /// Hyperbolic tangents between the layers, a sigmoid at the end, mean squared error of values.
    Values,
}

/// What updates the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Plain gradient descent.
    Sgd,
    /// Adam.
    Adam,
}

/// A multilayer perceptron in training, in `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Multilayer {
    /// The letter of the workload.
    pub letter: char,
    /// The widths of the data, of each hidden layer, and of the output.
    pub widths: &'static [usize],
    /// Rows in a batch.
    pub batch: usize,
    /// What it is for.
    pub task: Task,
    /// What updates it.
    pub rule: Rule,
    /// What is timed.
    pub part: Part,
}

impl Multilayer {
    /// Workload a: 784-128-10, batch 64, SGD: the size of a first digit classifier.
    pub const A: Self = Self {
        letter: 'a',
        widths: &[784, 128, 10],
        batch: 64,
        task: Task::Classes,
        rule: Rule::Sgd,
        part: Part::Step,
    };

    /// Workload b: 784-512-512-10, batch 128, Adam.
    pub const B: Self = Self {
        letter: 'b',
        widths: &[784, 512, 512, 10],
        batch: 128,
        task: Task::Classes,
        rule: Rule::Adam,
        part: Part::Step,
    };

    /// Workload c: 2-8-1, batch 4, SGD: nothing but what a step costs beside its arithmetic.
    pub const C: Self = Self {
        letter: 'c',
        widths: &[2, 8, 1],
        batch: 4,
        task: Task::Values,
        rule: Rule::Sgd,
        part: Part::Step,
    };

    /// The same network with another part timed.
    #[must_use]
    pub const fn part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// 2 batch Σ w\[l-1\] w\[l\]: the products of the forward pass. Biases, activations and the
    /// loss count nothing.
    fn forward_operations(&self) -> usize {
        let weights = self.widths.windows(2).map(|pair| pair[0] * pair[1]);
        2 * self.batch * weights.sum::<usize>()
    }

    /// As many for the gradients of the weights, and again for those of the inputs, of which the
    /// first layer needs none: its inputs are the data.
    fn backward_operations(&self) -> usize {
        let first = 2 * self.batch * self.widths[0] * self.widths[1];
        2 * self.forward_operations() - first
    }

    /// Weights and biases.
    fn parameters(&self) -> usize {
        self.widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }

    pub(crate) fn layers(&self) -> Sequential {
        match self.task {
            Task::Classes => rectified(self.widths),
            Task::Values => linked(self.widths, |layers| layers.then(Tanh)).then(Sigmoid),
        }
    }

    /// Random samples with random targets.
    pub(crate) fn data(&self) -> Result<Dataset, DataError> {
        let (inputs, outputs) = (self.widths[0], self.widths[self.widths.len() - 1]);
        let rows = BATCHES * self.batch;
        let samples = numbers(rows * inputs, 4).to_vec();
        match self.task {
            Task::Classes => {
                let mut random = ChaCha8Rng::seed_from_u64(3);
                let label = |_| random.random_range(0..outputs as u32);
                let labels = (0..rows).map(label).collect();
                Dataset::labelled([inputs], samples, labels, outputs)
            }
            Task::Values => {
                let values = numbers(rows * outputs, 3).to_vec();
                Dataset::with_values([inputs], samples, [outputs], values)
            }
        }
    }

    pub(crate) fn trainer<'n>(
        &self,
        network: &'n mut Network,
    ) -> Result<Trainer<'n>, neuropil_nn::Error> {
        let trainer = match (self.task, self.rule) {
            (Task::Classes, Rule::Sgd) => Trainer::new(network, CrossEntropy::new(), Sgd::new()),
            (Task::Classes, Rule::Adam) => Trainer::new(network, CrossEntropy::new(), Adam::new()),
            (Task::Values, Rule::Sgd) => Trainer::new(network, MeanSquaredError::new(), Sgd::new()),
            (Task::Values, Rule::Adam) => {
                Trainer::new(network, MeanSquaredError::new(), Adam::new())
            }
        };
        Ok(trainer?.rate(self.rate()))
    }

    /// The learning rate.
    pub(crate) fn rate(&self) -> f64 {
        match self.rule {
            Rule::Sgd => RATE,
            Rule::Adam => ADAM_RATE,
        }
    }

    /// The whole step or the update, by the trainer.
    fn with_trainer(&self, time: &mut dyn FnMut(&mut dyn FnMut())) -> Result<(), Box<dyn Error>> {
        let data = self.data()?;
        let batches = data.batches(self.batch);
        let mut batches = batches.iter().cycle();
        let mut next = move || batches.next().expect("a data set has batches");
        let mut network = Network::new(self.layers(), [self.widths[0]], SEED)?;
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
        let (inputs, outputs) = (self.widths[0], self.widths[self.widths.len() - 1]);
        let x = graph.input("x", [inputs]);
        let y = self.layers().build(x)?;
        let (target, cost) = match self.task {
            Task::Classes => {
                let target = graph.index_input("target", []);
                (target, y.loss(CrossEntropy::new(), target)?)
            }
            Task::Values => {
                let target = graph.input("target", [outputs]);
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

impl Workload for Multilayer {
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
            Part::Gather => Work::passes(self.batch * self.widths[0], 2),
            Part::Update => {
                let passes = match self.rule {
                    // The weight and its gradient are read, the weight is written.
                    Rule::Sgd => 3,
                    // And both of two moments.
                    Rule::Adam => 7,
                };
                Work::passes(self.parameters(), passes)
            }
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

/// Linear layers of these widths, with something between them.
fn linked(widths: &[usize], between: impl Fn(Sequential) -> Sequential) -> Sequential {
    let last = widths.len() - 2;
    widths.windows(2).enumerate().fold(Sequential::new(), |layers, (i, pair)| {
        let layers = layers.then(Linear::new(pair[0], pair[1]));
        if i < last { between(layers) } else { layers }
    })
}

/// Linear layers of these widths with rectifiers between them.
pub(super) fn rectified(widths: &[usize]) -> Sequential {
    linked(widths, |layers| layers.then(Relu))
}

#[cfg(test)]
mod tests {
    use neuropil_nn::Network;

    use super::{Multilayer, Part};
    use crate::{
        scale::{Number, Work},
        workload::Workload,
    };

    #[test]
    fn the_operations_of_a_are_three_products_a_layer_less_the_gradient_of_the_data() {
        let first = 2 * 64 * 784 * 128;
        let second = 2 * 64 * 128 * 10;
        let of = |part| Multilayer::A.part(part).work();
        let operations = |count| Work::operations(Number::F32, count);
        assert_eq!(of(Part::Step), operations(2 * first + 3 * second));
        assert_eq!(of(Part::Forward), operations(first + second));
        assert_eq!(of(Part::Backward), operations(first + 2 * second));
    }

    #[test]
    fn a_gather_copies_the_batch_and_an_update_sweeps_the_weights() {
        assert_eq!(Multilayer::A.part(Part::Gather).work(), Work::passes(64 * 784, 2));
        let weights = 784 * 128 + 128 + 128 * 10 + 10;
        assert_eq!(Multilayer::A.part(Part::Update).work(), Work::passes(weights, 3));
        let weights = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10;
        assert_eq!(Multilayer::B.part(Part::Update).work(), Work::passes(weights, 7));
    }

    #[test]
    fn the_networks_have_their_weights_and_activations() {
        for (network, expected, output) in [
            (Multilayer::A, &["0.weight", "0.bias", "2.weight", "2.bias"][..], 10),
            (
                Multilayer::B,
                &["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"],
                10,
            ),
            (Multilayer::C, &["0.weight", "0.bias", "2.weight", "2.bias"], 1),
        ] {
            let built: Network = Network::new(network.layers(), [network.widths[0]], 1).unwrap();
            assert!(built.params().paths().eq(expected.iter().copied()));
            assert_eq!(built.params().count(), network.parameters());
            assert_eq!(built.output_shape().dims(), [output]);
        }
    }

    #[test]
    fn a_step_of_each_network_changes_its_weights() {
        for network in [Multilayer::A, Multilayer::C] {
            let data = network.data().unwrap();
            let mut built = Network::new(network.layers(), [network.widths[0]], 1).unwrap();
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
            Multilayer::C.part(part).with(&mut |run| {
                run();
                runs += 1;
            });
            assert_eq!(runs, 1, "{part:?}");
        }
    }
}
