//! Training steps, inference and streams beside those of peers, from the same weights and on the same data.

use neuropil_nn::Network;

use super::{Group, Task};
use crate::{
    compare::{message::Array, work::Work},
    layer::Layer,
    workload::{self, Inference, Stream, Training, Workload},
};

/// Losses that are compared: with each step, a difference in a gradient or in an update grows.
const LOSSES: usize = 20;

/// The same of a network with batch normalization, in which differences grow faster: PyTorch's own two
/// memory formats are 4e-7 apart after five steps, and 3e-5 after ten.
const LOSSES_NORMALIZED: usize = 5;

/// The weights of each layer, in the order of the layers.
fn weights(network: &Network) -> Vec<Array> {
    let params = network.params();
    let values = params.paths().map(|path| params.get(path).expect("a path of its own").to_vec());
    values.map(Array::F32).collect()
}

fn losses(training: &Training) -> usize {
    let is_norm = |layer: &Layer| matches!(layer, Layer::BatchNorm { .. });
    if training.network.layers.iter().any(is_norm) { LOSSES_NORMALIZED } else { LOSSES }
}

impl Task for Training {
    fn name(&self) -> String {
        Workload::name(self)
    }

    fn group(&self) -> Group {
        Group::Step
    }

    fn work(&self) -> Work {
        Work::Step {
            sample: self.network.sample.to_vec(),
            layers: self.network.layers.to_vec(),
            batch: self.batch,
            classes: self.task == workload::Task::Classes,
            rule: self.rule.name().into(),
            rate: self.rate,
            losses: losses(self),
        }
    }

    fn arrays(&self) -> Vec<Array> {
        let data = self.data().expect("data that fits the network");
        let (inputs, outputs) = (self.network.inputs(), self.network.outputs());
        let (mut samples, mut labels, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for batch in &data.batches(self.batch) {
            let mut rows = vec![0.0; self.batch * inputs];
            batch.gather_inputs(&mut rows);
            samples.extend(rows);
            match self.task {
                workload::Task::Classes => {
                    let mut rows = vec![0; self.batch * self.labels_of_row()];
                    batch.gather_labels(&mut rows);
                    labels.extend(rows);
                }
                workload::Task::Values => {
                    let mut rows = vec![0.0; self.batch * outputs];
                    batch.gather_values(&mut rows);
                    values.extend(rows);
                }
            }
        }
        let targets = match self.task {
            workload::Task::Classes => Array::U32(labels),
            workload::Task::Values => Array::F32(values),
        };
        let network = self.built().expect("layers that fit");
        [Array::F32(samples), targets].into_iter().chain(weights(&network)).collect()
    }

    fn result(&self) -> Array {
        let data = self.data().expect("data that fits the network");
        let mut network = self.built().expect("layers that fit");
        let mut trainer = self.trainer(&mut network).expect("an optimizer with its defaults");
        let batches = data.batches(self.batch);
        let losses = batches.iter().cycle().take(losses(self)).map(|batch| {
            let loss = trainer.gradients(batch).expect("the cost stays finite");
            trainer.update();
            loss
        });
        Array::F64(losses.collect())
    }

    /// A peer's losses are of `f32`. A wrong rate or a missing bias shows in the third digit; of a
    /// recurrent network, a missing gradient of the weights of the state in the fifth.
    fn tolerance(&self) -> f64 {
        let is_recurrent = |layer: &Layer| matches!(layer, Layer::Recurrent { .. });
        if self.network.layers.iter().any(is_recurrent) { 1e-6 } else { 1e-5 }
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        Workload::with(self, time);
    }
}

impl Task for Inference {
    fn name(&self) -> String {
        Workload::name(self)
    }

    fn group(&self) -> Group {
        Group::Infer
    }

    fn work(&self) -> Work {
        Work::Infer { sample: self.network.sample.to_vec(), layers: self.network.layers.to_vec() }
    }

    fn arrays(&self) -> Vec<Array> {
        let x = Array::F32(self.sample().to_vec());
        [x].into_iter().chain(weights(&self.built())).collect()
    }

    fn result(&self) -> Array {
        let predictor = self.built().predictor().expect("a network that could be built");
        let mut workspace = predictor.workspace(1);
        let answer = predictor.run(&mut workspace, &self.sample());
        Array::F32(answer.expect("a sample of the network's width").to_vec())
    }

    fn tolerance(&self) -> f64 {
        1e-5
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        Workload::with(self, time);
    }
}

impl Task for Stream {
    fn name(&self) -> String {
        Workload::name(self)
    }

    fn group(&self) -> Group {
        Group::Stream
    }

    fn work(&self) -> Work {
        Work::Stream { inputs: self.inputs(), layers: self.network.layers.to_vec() }
    }

    fn arrays(&self) -> Vec<Array> {
        let steps = Array::F32(self.steps().to_vec());
        [steps].into_iter().chain(weights(&self.built())).collect()
    }

    /// All steps: a state that is not carried, or of which a gate is wrong, shows in the second.
    fn result(&self) -> Array {
        let steps = self.steps();
        let mut answers = Vec::new();
        self.over(&steps, |y| answers.extend_from_slice(y), &mut |run| {
            (0..steps.len() / self.inputs()).for_each(|_| run());
        });
        Array::F32(answers)
    }

    fn tolerance(&self) -> f64 {
        1e-5
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        Workload::with(self, time);
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, LOSSES, Task, Training};
    use crate::compare::{
        agreement::difference,
        task::{Inference, Stream},
    };

    #[test]
    fn a_peer_gets_the_data_of_sixteen_batches_and_the_weights() {
        let lengths = |task: &dyn Task| task.arrays().iter().map(Array::len).collect::<Vec<_>>();
        assert_eq!(lengths(&Training::C), [128, 64, 16, 8, 8, 1]);
        assert_eq!(lengths(&Training::A), [802_816, 1024, 100_352, 128, 1280, 10]);
        assert_eq!(lengths(&Inference::G3), [6, 384, 64, 512, 8, 32, 4]);
        let lenet = [784, 150, 6, 2400, 16, 48_000, 120, 10_080, 84, 840, 10];
        assert_eq!(lengths(&Inference::G2), lenet);
        let sequences = [1_048_576, 16_384, 8192, 4096, 128, 128, 2048, 64];
        assert_eq!(lengths(&Training::F1[1]), sequences);
        assert_eq!(lengths(&Stream::F3[0]), [2048, 8192, 16_384, 128, 128, 8192, 64]);
    }

    /// A stream is the network over the whole sequence.
    #[test]
    fn the_answers_of_a_stream_are_those_of_the_sequence() {
        for [_, stream, _] in [Stream::F1, Stream::F2, Stream::F3] {
            let predictor = stream.built().predictor().unwrap();
            let mut workspace = predictor.workspace(1);
            let whole = predictor.run(&mut workspace, &stream.steps()).unwrap();
            let found = difference(&stream.result(), &Array::F32(whole.to_vec()));
            assert!(found <= stream.tolerance(), "{}: {found}", stream.letter);
        }
    }

    #[test]
    fn another_rate_or_rule_gives_losses_that_do_not_agree() {
        use crate::workload::Rule;
        for network in [Training::A, Training::C, Training::D, Training::F1[1], Training::F2[1]] {
            let losses = network.result();
            assert_eq!(losses.len(), LOSSES);
            let other = Training { rule: Rule::Adam, rate: 1e-4, ..network }.result();
            let found = difference(&other, &losses);
            assert!(found > 10.0 * network.tolerance(), "{}: {found}", network.letter);
        }
    }

    /// Without its updates, a network's losses differ too: the tolerance sees training.
    #[test]
    fn losses_without_updates_do_not_agree() {
        for network in [Training::A, Training::C, Training::D, Training::F1[1], Training::F2[1]] {
            let data = network.data().unwrap();
            let mut built = network.built().unwrap();
            let mut trainer = network.trainer(&mut built).unwrap();
            let batches = data.batches(network.batch);
            let losses = batches.iter().cycle().take(LOSSES);
            let losses = losses.map(|batch| trainer.gradients(batch).unwrap()).collect();
            let found = difference(&Array::F64(losses), &network.result());
            assert!(found > 10.0 * network.tolerance(), "{}: {found}", network.letter);
        }
    }
}
