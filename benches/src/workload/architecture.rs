//! Networks that are trained and asked.

use neuropil_nn::{
    BatchNorm, Conv2d, Flatten, Gru, Linear, Lstm, MaxPool2d, Rnn, Sequential,
    prelude::{Relu, Sigmoid, Tanh},
};

use crate::layer::{
    Cell,
    Layer::{self, BatchNorm as Norm, MaxPool},
};

/// Layers in a row, and the shape of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// `[numbers]`, `[channels, height, width]`, or `[steps, numbers]`.
    pub sample: &'static [usize],
    /// The layers, the first one first.
    pub layers: &'static [Layer],
}

const RELU: Layer = Layer::Relu;
const HALF: Layer = MaxPool { kernel: 2 };

/// A sequence: 32 steps of 64 numbers.
const SEQUENCE: &[usize] = &[32, 64];

/// A recurrent layer over [`SEQUENCE`], and at each step a linear one to 64 classes.
const fn recurrent(cell: Cell, hidden: usize) -> [Layer; 2] {
    [Layer::Recurrent { cell, inputs: 64, hidden }, Layer::linear(hidden, 64)]
}

impl Architecture {
    /// 784-128-10 with a rectifier.
    pub const A: Self =
        Self { sample: &[784], layers: &[Layer::linear(784, 128), RELU, Layer::linear(128, 10)] };

    /// 784-512-512-10 with rectifiers.
    pub const B: Self = Self {
        sample: &[784],
        layers: &[
            Layer::linear(784, 512),
            RELU,
            Layer::linear(512, 512),
            RELU,
            Layer::linear(512, 10),
        ],
    };

    /// 2-8-1 with a hyperbolic tangent and a sigmoid.
    pub const C: Self = Self {
        sample: &[2],
        layers: &[Layer::linear(2, 8), Layer::Tanh, Layer::linear(8, 1), Layer::Sigmoid],
    };

    /// LeNet-5 as it is built today: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning
    /// Applied to Document Recognition" (1998), with rectifiers, and the largest number of each
    /// window.
    pub const D: Self = Self {
        sample: &[1, 28, 28],
        layers: &[
            Layer::conv(1, 6, 5, 2),
            RELU,
            HALF,
            Layer::conv(6, 16, 5, 0),
            RELU,
            HALF,
            Layer::Flatten,
            Layer::linear(400, 120),
            RELU,
            Layer::linear(120, 84),
            RELU,
            Layer::linear(84, 10),
        ],
    };

    /// A small network for colour pictures: four convolutions, each with batch normalization.
    pub const E: Self = Self {
        sample: &[3, 32, 32],
        layers: &[
            Layer::conv(3, 32, 3, 1),
            Norm { channels: 32 },
            RELU,
            Layer::conv(32, 32, 3, 1),
            Norm { channels: 32 },
            RELU,
            HALF,
            Layer::conv(32, 64, 3, 1),
            Norm { channels: 64 },
            RELU,
            Layer::conv(64, 64, 3, 1),
            Norm { channels: 64 },
            RELU,
            HALF,
            Layer::Flatten,
            Layer::linear(4096, 256),
            RELU,
            Layer::linear(256, 10),
        ],
    };

    /// A long short-term memory of 128, and of 32 and 512, with a class at each step.
    pub const F1: [Self; 3] = [
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Lstm, 128) },
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Lstm, 32) },
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Lstm, 512) },
    ];

    /// The same with a gated recurrent unit.
    pub const F2: [Self; 3] = [
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Gru, 128) },
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Gru, 32) },
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Gru, 512) },
    ];

    /// The same with a plain recurrent layer of tanh.
    pub const F3: [Self; 3] = [
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Rnn, 128) },
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Rnn, 32) },
        Self { sample: SEQUENCE, layers: &recurrent(Cell::Rnn, 512) },
    ];

    /// 6-64-8-4 with rectifiers, as a controller has it.
    pub const G3: Self = Self {
        sample: &[6],
        layers: &[Layer::linear(6, 64), RELU, Layer::linear(64, 8), RELU, Layer::linear(8, 4)],
    };

    /// The layers, ready to be built.
    pub(crate) fn modules(&self) -> Sequential {
        self.layers.iter().fold(Sequential::new(), |layers, &layer| match layer {
            Layer::Linear { inputs, outputs } => layers.then(Linear::new(inputs, outputs)),
            Layer::Recurrent { cell, inputs, hidden } => match cell {
                Cell::Rnn => layers.then(Rnn::new(inputs, hidden)),
                Cell::Gru => layers.then(Gru::new(inputs, hidden)),
                Cell::Lstm => layers.then(Lstm::new(inputs, hidden)),
            },
            Layer::Conv { inputs, outputs, kernel, stride, padding, groups } => {
                let conv = Conv2d::new(inputs, outputs, kernel);
                layers.then(conv.stride(stride).padding(padding).groups(groups))
            }
            Norm { channels } => layers.then(BatchNorm::new(channels)),
            MaxPool { kernel } => layers.then(MaxPool2d::new(kernel)),
            Layer::Flatten => layers.then(Flatten),
            Layer::Relu => layers.then(Relu),
            Layer::Tanh => layers.then(Tanh),
            Layer::Sigmoid => layers.then(Sigmoid),
        })
    }

    /// Numbers of a sample.
    pub fn inputs(&self) -> usize {
        self.sample.iter().product()
    }

    /// The shape of an answer: `[numbers]`, or `[steps, numbers]`.
    pub fn answer(&self) -> Vec<usize> {
        self.layers.iter().fold(self.sample.to_vec(), |x, layer| layer.output(&x))
    }

    /// Numbers of an answer.
    pub fn outputs(&self) -> usize {
        self.answer().iter().product()
    }

    /// The multiply-adds of a sample, of each layer that has any.
    pub fn multiply_adds(&self) -> Vec<usize> {
        self.multiply_adds_of(self.sample)
    }

    fn multiply_adds_of(&self, sample: &[usize]) -> Vec<usize> {
        let mut x = sample.to_vec();
        let each = self.layers.iter().map(|layer| {
            let count = layer.multiply_adds(&x);
            x = layer.output(&x);
            count
        });
        each.filter(|&count| count > 0).collect()
    }

    /// Those of a step of a sequence with a state before it: what one step more adds.
    ///
    /// # Panics
    /// If samples are no sequences.
    pub fn step_multiply_adds(&self) -> usize {
        let &[_, numbers] = self.sample else { panic!("{:?} is no sequence", self.sample) };
        let of = |steps| self.multiply_adds_of(&[steps, numbers]).into_iter().sum::<usize>();
        of(2) - of(1)
    }

    /// The multiply-adds of the gradient of a sample, which nobody wants.
    pub fn sample_multiply_adds(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.input_multiply_adds(self.sample))
    }

    /// Numbers in all weights and biases.
    pub fn parameters(&self) -> usize {
        self.layers.iter().flat_map(|layer| layer.weights()).sum()
    }

    /// Inputs and outputs of each linear layer.
    pub(crate) fn products(&self) -> impl Iterator<Item = (usize, usize)> {
        self.layers.iter().filter_map(|layer| match *layer {
            Layer::Linear { inputs, outputs } => Some((inputs, outputs)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use neuropil_nn::Network;

    use super::Architecture;

    #[test]
    fn what_is_counted_is_what_is_built() {
        for (network, answer, parameters) in [
            (Architecture::A, &[10][..], 101_770),
            (Architecture::B, &[10], 669_706),
            (Architecture::C, &[1], 33),
            (Architecture::D, &[10], 61_706),
            (Architecture::E, &[10], 1_117_354),
            (Architecture::F1[0], &[32, 64], 512 * 194 + 8256),
            (Architecture::F2[1], &[32, 64], 96 * 98 + 2112),
            (Architecture::F3[2], &[32, 64], 512 * 578 + 32_832),
            (Architecture::G3, &[4], 1004),
        ] {
            let built: Network = Network::new(network.modules(), network.sample, 1).unwrap();
            assert_eq!(network.parameters(), parameters, "{network:?}");
            assert_eq!(built.params().count(), parameters, "{network:?}");
            assert_eq!(built.output_shape().dims(), answer);
            assert_eq!(network.answer(), answer);
            let lengths = network.layers.iter().flat_map(|layer| layer.weights());
            let params = built.params();
            assert!(params.paths().map(|path| params.get(path).unwrap().len()).eq(lengths));
        }
    }

    #[test]
    fn multiply_adds_are_those_of_each_product_and_convolution() {
        let lenet = [117_600, 240_000, 48_000, 10_080, 840];
        assert_eq!(Architecture::D.multiply_adds(), lenet);
        let colours = [884_736, 9_437_184, 4_718_592, 9_437_184, 1_048_576, 2560];
        assert_eq!(Architecture::E.multiply_adds(), colours);
        // The state before the first step is zero.
        let sequence = [32 * 64 * 512 + 31 * 128 * 512, 32 * 128 * 64];
        assert_eq!(Architecture::F1[0].multiply_adds(), sequence);
    }

    #[test]
    fn a_step_more_multiplies_each_weight_once() {
        for [network, ..] in [Architecture::F1, Architecture::F2, Architecture::F3] {
            let matrices = network.layers.iter().flat_map(|layer| layer.weights());
            let matrices = matrices.filter(|&len| len > 1000).sum::<usize>();
            assert_eq!(network.step_multiply_adds(), matrices);
        }
    }

    #[test]
    fn the_gradient_of_a_sample_is_that_of_the_first_layer() {
        assert_eq!(Architecture::D.sample_multiply_adds(), 117_600);
        assert_eq!(Architecture::F2[0].sample_multiply_adds(), 32 * 64 * 384);
    }
}
