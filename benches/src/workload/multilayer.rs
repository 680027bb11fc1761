//! A training step of a multilayer perceptron.

use std::{error::Error, hint::black_box};

use neuropil_data::Dataset;
use neuropil_nn::{
    Graph, Linear, Module, Network, Params, Plan, Sequential, Trainer,
    prelude::{CrossEntropy, Relu, Sgd},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Number, Workload, numbers};

/// Batches that the steps go round in: 3 MB for [`Multilayer::A`], which the last-level cache
/// holds.
const BATCHES: usize = 16;

/// The learning rate: small enough that thousands of steps on random labels stay finite.
const RATE: f64 = 0.01;

/// The seed of weights.
const SEED: u64 = 42;

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

/// A perceptron with rectifiers between its layers, trained on softmax cross entropy with plain
/// gradient descent, in `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Multilayer {
    /// The letter of the workload.
    pub letter: char,
    /// The widths of the data, of each hidden layer, and of the output.
    pub widths: &'static [usize],
    /// Rows in a batch.
    pub batch: usize,
    /// What is timed.
    pub part: Part,
}

impl Multilayer {
    /// Workload a: 784-128-10, batch 64, the size of a first digit classifier.
    pub const A: Self = Self { letter: 'a', widths: &[784, 128, 10], batch: 64, part: Part::Step };

    /// The same network with another part timed.
    #[must_use]
    pub const fn part(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// 2 batch Σ w\[l-1\] w\[l\]: the products of the forward pass. Biases, rectifiers and the loss
    /// count nothing.
    fn forward_operations(&self) -> u64 {
        let weights = self.widths.windows(2).map(|pair| pair[0] * pair[1]);
        (2 * self.batch * weights.sum::<usize>()) as u64
    }

    /// As many for the gradients of the weights, and again for those of the inputs, of which the
    /// first layer needs none: its inputs are the data.
    fn backward_operations(&self) -> u64 {
        let first = (2 * self.batch * self.widths[0] * self.widths[1]) as u64;
        2 * self.forward_operations() - first
    }

    fn layers(&self) -> Sequential {
        let last = self.widths.len() - 2;
        let layers = self.widths.windows(2).enumerate();
        layers.fold(Sequential::new(), |layers, (i, pair)| {
            let layers = layers.then(Linear::new(pair[0], pair[1]));
            if i < last { layers.then(Relu) } else { layers }
        })
    }

    /// Random samples with random labels.
    fn data(&self) -> Dataset {
        let (inputs, classes) = (self.widths[0], self.widths[self.widths.len() - 1]);
        let rows = BATCHES * self.batch;
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let label = |_| random.random_range(0..classes as u32);
        let labels = (0..rows).map(label).collect();
        Dataset::labelled([inputs], numbers(rows * inputs, 4).to_vec(), labels, classes)
            .expect("a sample of numbers and a label below the classes for each row")
    }

    /// The whole step or the update, by the trainer.
    fn with_trainer(&self, time: &mut dyn FnMut(&mut dyn FnMut())) -> Result<(), Box<dyn Error>> {
        let data = self.data();
        let batches = data.batches(self.batch);
        let mut batches = batches.iter().cycle();
        let mut next = move || batches.next().expect("a data set has batches");
        let mut network = Network::new(self.layers(), [self.widths[0]], SEED)?;
        let mut trainer = Trainer::new(&mut network, CrossEntropy::new(), Sgd::new())?.rate(RATE);
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
        let data = self.data();
        let batches = data.batches(self.batch);
        let graph = Graph::new();
        let (x, target) = (graph.input("x", [self.widths[0]]), graph.index_input("target", []));
        let y = self.layers().build(x)?;
        let cost = y.loss(CrossEntropy::new(), target)?;
        let mut params = Params::<f32>::new(&[&graph], SEED)?;
        let mut plan = Plan::training(&graph, cost, &[y])?;
        let mut run = plan.run(&mut params, self.batch)?;
        let mut each = batches.iter().cycle();
        let mut gather = || {
            let batch = each.next().expect("a data set has batches");
            batch.gather_inputs(run.input(x));
            batch.gather_labels(run.indices(target));
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

    fn number(&self) -> Number {
        Number::F32
    }

    fn operations(&self) -> Option<u64> {
        match self.part {
            Part::Step => Some(self.forward_operations() + self.backward_operations()),
            Part::Forward => Some(self.forward_operations()),
            Part::Backward => Some(self.backward_operations()),
            Part::Gather | Part::Update => None,
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
    use neuropil_nn::Network;

    use super::{Multilayer, Part};
    use crate::workload::Workload;

    #[test]
    fn the_operations_of_a_are_three_products_a_layer_less_the_gradient_of_the_data() {
        let first = 2 * 64 * 784 * 128;
        let second = 2 * 64 * 128 * 10;
        let of = |part| Multilayer::A.part(part).operations();
        assert_eq!(of(Part::Step), Some(2 * first + 3 * second));
        assert_eq!(of(Part::Forward), Some(first + second));
        assert_eq!(of(Part::Backward), Some(first + 2 * second));
        assert_eq!(of(Part::Update), None);
    }

    #[test]
    fn the_network_of_a_has_its_weights_and_a_rectifier_between() {
        let network = Network::new(Multilayer::A.layers(), [784], 1).unwrap();
        let paths: Vec<&str> = network.params().paths().collect();
        assert_eq!(paths, ["0.weight", "0.bias", "2.weight", "2.bias"]);
        assert_eq!(network.output_shape().dims(), [10]);
    }
}
