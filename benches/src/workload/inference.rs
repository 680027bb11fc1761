//! A trained network that answers one request at a time.

use std::hint::black_box;

use neuropil_nn::Network;
use neuropil_simd::AlignedVec;

use super::{Architecture, ByHand, SEED, Workload, numbers};
use crate::scale::{Number, Work};

/// One sample through a network, in `f32`, by a predictor and its workspace.
#[derive(Clone, Copy, Debug)]
pub struct Inference {
    /// The letter and number of the workload.
    pub letter: &'static str,
    /// What is asked.
    pub network: Architecture,
    /// Whether the time goes to reading the weights, since the first cache does not hold them.
    pub bound_by_memory: bool,
}

impl Inference {
    /// Workload g1: the network of [`Training::B`](super::Training::B), whose 2.7 MB of weights come
    /// from an outer cache.
    pub const G1: Self = Self { letter: "g1", network: Architecture::B, bound_by_memory: true };

    /// Workload g2: the network of [`Training::D`](super::Training::D).
    pub const G2: Self = Self { letter: "g2", network: Architecture::D, bound_by_memory: false };

    /// Workload g3: 6-64-8-4, as a controller has it.
    pub const G3: Self = Self { letter: "g3", network: Architecture::G3, bound_by_memory: false };

    /// Two for each multiply-add.
    pub fn operations(&self) -> usize {
        2 * self.network.multiply_adds().iter().sum::<usize>()
    }

    /// The network with the weights that it answers with.
    pub(crate) fn built(&self) -> Network {
        Network::new(self.network.modules(), self.network.sample, SEED).expect("layers that fit")
    }

    /// The sample that is asked for.
    pub(crate) fn sample(&self) -> AlignedVec<f32> {
        numbers(self.network.inputs(), 8)
    }
}

impl Workload for Inference {
    fn name(&self) -> String {
        format!("infer {}", self.letter)
    }

    fn work(&self) -> Work {
        if self.bound_by_memory {
            Work::passes(self.network.parameters(), 1)
        } else {
            Work::operations(Number::F32, self.operations())
        }
    }

    fn rival(&self) -> Option<String> {
        (self.letter == Self::G3.letter).then(|| ByHand.name())
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let x = self.sample();
        let predictor = self.built().predictor().expect("a network that could be built");
        let mut workspace = predictor.workspace(1);
        time(&mut || {
            let y = predictor.run(&mut workspace, black_box(&x));
            black_box(y.expect("a sample of the network's width"));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Inference;
    use crate::{
        scale::{Number, Work},
        workload::Workload,
    };

    #[test]
    fn an_answer_reads_each_weight_once_or_is_a_multiply_add_for_each() {
        assert_eq!(Inference::G1.work().amount, 4 * 669_706);
        let expected = Work::operations(Number::F32, 2 * (6 * 64 + 64 * 8 + 8 * 4));
        assert_eq!(Inference::G3.work(), expected);
        assert_eq!(Inference::G2.work(), Work::operations(Number::F32, 2 * 416_520));
    }
}
