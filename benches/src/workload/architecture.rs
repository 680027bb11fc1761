//! Networks that are trained and asked.

use neuropil_nn::{
    BatchNorm, Conv2d, Flatten, Linear, MaxPool2d, Sequential,
    prelude::{Relu, Sigmoid, Tanh},
};

use crate::layer::Layer::{self, BatchNorm as Norm, MaxPool};

/// Layers in a row, and the shape of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// `[numbers]`, or `[channels, height, width]`.
    pub sample: &'static [usize],
    /// The layers, the first one first.
    pub layers: &'static [Layer],
}

const RELU: Layer = Layer::Relu;
const HALF: Layer = MaxPool { kernel: 2 };

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

    /// 6-64-8-4 with rectifiers, as a controller has it.
    pub const G3: Self = Self {
        sample: &[6],
        layers: &[Layer::linear(6, 64), RELU, Layer::linear(64, 8), RELU, Layer::linear(8, 4)],
    };

    /// The layers, ready to be built.
    pub(crate) fn modules(&self) -> Sequential {
        self.layers.iter().fold(Sequential::new(), |layers, &layer| match layer {
            Layer::Linear { inputs, outputs } => layers.then(Linear::new(inputs, outputs)),
            Layer::Recurrent { .. } => panic!("recurrent layers are known to peers alone so far"),
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

    /// Numbers of an answer.
    pub fn outputs(&self) -> usize {
        let shape = self.layers.iter().fold(self.sample.to_vec(), |x, layer| layer.output(&x));
        shape.iter().product()
    }

    /// The multiply-adds of a sample, of each layer that has any.
    pub fn multiply_adds(&self) -> Vec<usize> {
        let mut x = self.sample.to_vec();
        let each = self.layers.iter().map(|layer| {
            let count = layer.multiply_adds(&x);
            x = layer.output(&x);
            count
        });
        each.filter(|&count| count > 0).collect()
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
        for (network, outputs, parameters) in [
            (Architecture::A, 10, 101_770),
            (Architecture::B, 10, 669_706),
            (Architecture::C, 1, 33),
            (Architecture::D, 10, 61_706),
            (Architecture::E, 10, 1_117_354),
            (Architecture::G3, 4, 1004),
        ] {
            let built: Network = Network::new(network.modules(), network.sample, 1).unwrap();
            assert_eq!(network.parameters(), parameters, "{network:?}");
            assert_eq!(built.params().count(), parameters, "{network:?}");
            assert_eq!(built.output_shape().dims(), [outputs]);
            assert_eq!(network.outputs(), outputs);
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
    }
}
