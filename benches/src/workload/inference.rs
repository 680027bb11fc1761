//! A trained network that answers one request at a time.

use std::hint::black_box;

use neuropil_nn::{Network, Sequential};

use super::{
    ByHand, Multilayer, Workload,
    multilayer::{SEED, rectified},
    numbers,
};
use crate::scale::{Number, Work};

/// One sample through a perceptron with rectifiers between its layers, in `f32`, by a predictor and
/// its workspace.
#[derive(Clone, Copy, Debug)]
pub struct Inference {
    /// The letter and number of the workload.
    pub letter: &'static str,
    /// The widths of the data, of each hidden layer, and of the output.
    pub widths: &'static [usize],
    /// Whether the time goes to reading the weights, since the first cache does not hold them.
    pub bound_by_memory: bool,
}

impl Inference {
    /// Workload g1: the network of [`Multilayer::B`], whose 2.7 MB of weights come from an outer
    /// cache.
    pub const G1: Self = Self { letter: "g1", widths: Multilayer::B.widths, bound_by_memory: true };

    /// Workload g3: 6-64-8-4, as a controller has it.
    pub const G3: Self = Self { letter: "g3", widths: &[6, 64, 8, 4], bound_by_memory: false };

    /// Numbers in all matrices of weights.
    pub fn weights(&self) -> usize {
        self.widths.windows(2).map(|pair| pair[0] * pair[1]).sum()
    }

    pub(crate) fn layers(&self) -> Sequential {
        rectified(self.widths)
    }
}

impl Workload for Inference {
    fn name(&self) -> String {
        format!("infer {}", self.letter)
    }

    fn work(&self) -> Work {
        if self.bound_by_memory {
            Work::passes(self.weights(), 1)
        } else {
            Work::operations(Number::F32, 2 * self.weights())
        }
    }

    fn rival(&self) -> Option<String> {
        (self.letter == Self::G3.letter).then(|| ByHand.name())
    }

    fn with(&self, time: &mut dyn FnMut(&mut dyn FnMut())) {
        let x = numbers::<f32>(self.widths[0], 8);
        let network: Network = Network::new(self.layers(), [self.widths[0]], SEED)
            .expect("layers whose widths fit each other");
        let predictor = network.predictor().expect("a network that could be built");
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
        assert_eq!(Inference::G1.work().amount, 4 * (784 * 512 + 512 * 512 + 512 * 10));
        let expected = Work::operations(Number::F32, 2 * (6 * 64 + 64 * 8 + 8 * 4));
        assert_eq!(Inference::G3.work(), expected);
    }
}
