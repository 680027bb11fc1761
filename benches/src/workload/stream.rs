//! A trained recurrent network that answers a step of a sequence at a time.

use std::hint::black_box;

use neuropil_nn::Network;
use neuropil_simd::AlignedVec;

use super::{Architecture, SEED, Workload, numbers};
use crate::scale::{Number, Work};

/// One step of one sequence after another, in `f32`, the state carried from each to the next.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The letter and number of the workload.
    pub letter: &'static str,
    /// What is asked: a recurrent layer, and what makes an answer of its output.
    pub network: Architecture,
    /// Whether the time goes to reading the weights, since the first cache does not hold them.
    pub bound_by_memory: bool,
}

impl Stream {
    /// The networks of [`Training::F1`](super::Training::F1).
    pub const F1: [Self; 3] = Self::each(["f1", "f1 hidden 32", "f1 hidden 512"], Architecture::F1);

    /// Those of [`Training::F2`](super::Training::F2).
    pub const F2: [Self; 3] = Self::each(["f2", "f2 hidden 32", "f2 hidden 512"], Architecture::F2);

    /// Those of [`Training::F3`](super::Training::F3).
    pub const F3: [Self; 3] = Self::each(["f3", "f3 hidden 32", "f3 hidden 512"], Architecture::F3);

    const fn each(letters: [&'static str; 3], networks: [Architecture; 3]) -> [Self; 3] {
        [
            Self { letter: letters[0], network: networks[0], bound_by_memory: true },
            Self { letter: letters[1], network: networks[1], bound_by_memory: false },
            Self { letter: letters[2], network: networks[2], bound_by_memory: true },
        ]
    }

    /// Numbers of a step.
    pub(crate) fn inputs(&self) -> usize {
        self.network.sample[1]
    }

    /// The network with the weights that it answers with.
    pub(crate) fn built(&self) -> Network {
        Network::new(self.network.modules(), self.network.sample, SEED).expect("layers that fit")
    }

    /// The steps that are asked for in turn.
    pub(crate) fn steps(&self) -> AlignedVec<f32> {
        numbers(self.network.inputs(), 8)
    }

    /// Lends a run of one step, which is handed the answer; after the last step comes the first again.
    pub(crate) fn over(
        &self,
        steps: &[f32],
        mut answered: impl FnMut(&[f32]),
        time: &mut dyn FnMut(&mut dyn FnMut()),
    ) {
        let network = self.built();
        let mut stream = network.stream(1).expect("a network that could be built");
        let mut steps = steps.chunks_exact(self.inputs()).cycle();
        time(&mut || {
            let x = steps.next().expect("a sequence has steps");
            answered(stream.step(black_box(x)).expect("a step of the network's width"));
        });
    }
}

impl Workload for Stream {
    fn name(&self) -> String {
        format!("stream {}", self.letter)
    }

    fn work(&self) -> Work {
        if self.bound_by_memory {
            Work::passes(self.network.parameters(), 1)
        } else {
            Work::operations(Number::F32, 2 * self.network.step_multiply_adds())
        }
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let answered = |y: &[f32]| {
            black_box(y);
        };
        self.over(&self.steps(), answered, time);
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use crate::{
        scale::{Number, Work},
        workload::Workload,
    };

    #[test]
    fn a_step_reads_each_weight_once_or_is_a_multiply_add_for_each() {
        let [middle, small, _] = Stream::F1;
        assert_eq!(middle.work().amount, 4 * (512 * 194 + 8256));
        let expected = Work::operations(Number::F32, 2 * (128 * 96 + 32 * 64));
        assert_eq!(small.work(), expected);
    }

    /// The state is carried: the answers to the same step differ.
    #[test]
    fn a_stream_goes_on() {
        let [_, small, _] = Stream::F2;
        let mut answers = Vec::new();
        let x = small.steps()[..64].to_vec();
        small.over(&x, |y| answers.push(y.to_vec()), &mut |run| {
            run();
            run();
        });
        assert_eq!((answers.len(), answers[0].len()), (2, 64));
        assert_ne!(answers[0], answers[1]);
    }
}
