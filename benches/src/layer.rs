//! The layers of networks as both sides of `compare` know them: what is built, counted and sent.
//!
//! Package `peers` has this file too; the scripts in `peers/python` read the same names.

use serde_json::{Value, json};

/// What a recurrent layer does in each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// h = tanh(x W + h U + b + c)
    Rnn,
    /// Gated recurrent unit: gates r, z, n, of which r scales h U + c.
    Gru,
    /// Long short-term memory: gates i, f, g, o.
    Lstm,
}

impl Cell {
    /// How many numbers it computes for each of its outputs.
    pub const fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// As it stands in a message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rnn => "rnn",
            Self::Gru => "gru",
            Self::Lstm => "lstm",
        }
    }
}

/// A layer, of a row of numbers, of an image `[channels, height, width]` or of a sequence
/// `[steps, numbers]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Weight `[inputs, outputs]` and bias, of a row or of each step of a sequence.
    Linear {
        /// Numbers of a row of x.
        inputs: usize,
        /// Numbers of a row of y.
        outputs: usize,
    },
    /// A recurrent layer from a state of zeros; y has its outputs of all steps. Weights W
    /// `[inputs, gates hidden]` and U `[hidden, gates hidden]`, biases b and c `[gates hidden]`.
    Recurrent {
        /// What it does in a step.
        cell: Cell,
        /// Numbers of a step of x.
        inputs: usize,
        /// Numbers of a step of y.
        hidden: usize,
    },
    /// A convolution of images: weight `[outputs, inputs / groups, kernel, kernel]` and bias.
    Conv {
        /// Channels of x.
        inputs: usize,
        /// Channels of y.
        outputs: usize,
        /// Height and width of a window.
        kernel: usize,
        /// From one window to the next.
        stride: usize,
        /// Zeros on each side.
        padding: usize,
        /// Into how many groups the channels are cut.
        groups: usize,
    },
    /// Batch normalization: gain and shift of each channel.
    BatchNorm {
        /// Channels of x and y.
        channels: usize,
    },
    /// The largest number of each window; windows lie beside each other.
    MaxPool {
        /// Height and width of a window.
        kernel: usize,
    },
    /// An image as a row.
    Flatten,
    /// max(x, 0)
    Relu,
    /// tanh x
    Tanh,
    /// 1 / (1 + e^-x)
    Sigmoid,
}

impl Layer {
    /// A linear layer.
    pub const fn linear(inputs: usize, outputs: usize) -> Self {
        Self::Linear { inputs, outputs }
    }

    /// A convolution whose windows begin at every place, in one group.
    pub const fn conv(inputs: usize, outputs: usize, kernel: usize, padding: usize) -> Self {
        Self::Conv { inputs, outputs, kernel, stride: 1, padding, groups: 1 }
    }

    /// The shape of y for an x of this shape.
    ///
    /// # Panics
    /// If x has too few axes.
    pub fn output(self, x: &[usize]) -> Vec<usize> {
        match self {
            Self::Linear { outputs: last, .. } | Self::Recurrent { hidden: last, .. } => {
                let outer = &x[..x.len() - 1];
                [outer, &[last]].concat()
            }
            Self::Conv { outputs, kernel, stride, padding, .. } => {
                let places = |len: usize| (len + 2 * padding - kernel) / stride + 1;
                vec![outputs, places(x[1]), places(x[2])]
            }
            Self::MaxPool { kernel } => vec![x[0], x[1] / kernel, x[2] / kernel],
            Self::Flatten => vec![x.iter().product()],
            Self::BatchNorm { .. } | Self::Relu | Self::Tanh | Self::Sigmoid => x.to_vec(),
        }
    }

    /// The lengths of its weights, in the order in which they are sent.
    pub fn weights(self) -> Vec<usize> {
        match self {
            Self::Linear { inputs, outputs } => vec![inputs * outputs, outputs],
            Self::Recurrent { cell, inputs, hidden } => {
                let all = cell.gates() * hidden;
                vec![inputs * all, hidden * all, all, all]
            }
            Self::Conv { inputs, outputs, kernel, groups, .. } => {
                vec![outputs * inputs / groups * kernel * kernel, outputs]
            }
            Self::BatchNorm { channels } => vec![channels, channels],
            Self::MaxPool { .. } | Self::Flatten | Self::Relu | Self::Tanh | Self::Sigmoid => {
                Vec::new()
            }
        }
    }

    /// The multiply-adds of x of this shape with the weights, those with padding among them. What has
    /// no products counts nothing, nor does the first step's state, which is zero.
    ///
    /// # Panics
    /// If x has too few axes.
    pub fn multiply_adds(self, x: &[usize]) -> usize {
        let with_state = match self {
            Self::Recurrent { cell, hidden, .. } => (x[0] - 1) * hidden * cell.gates() * hidden,
            _ => 0,
        };
        self.input_multiply_adds(x) + with_state
    }

    /// Those of them in which x itself is a factor: as many as its gradient takes.
    ///
    /// # Panics
    /// If x has too few axes.
    pub fn input_multiply_adds(self, x: &[usize]) -> usize {
        match self {
            Self::Linear { .. } | Self::Recurrent { .. } => {
                let steps: usize = x[..x.len() - 1].iter().product();
                self.weights()[0] * steps
            }
            Self::Conv { .. } => {
                let places: usize = self.output(x)[1..].iter().product();
                self.weights()[0] * places
            }
            _ => 0,
        }
    }

    /// As it stands in a message.
    pub fn to_json(self) -> Value {
        match self {
            Self::Linear { inputs, outputs } => {
                json!({ "layer": "linear", "inputs": inputs, "outputs": outputs })
            }
            Self::Recurrent { cell, inputs, hidden } => {
                json!({ "layer": cell.name(), "inputs": inputs, "hidden": hidden })
            }
            Self::Conv { inputs, outputs, kernel, stride, padding, groups } => json!({
                "layer": "conv",
                "inputs": inputs,
                "outputs": outputs,
                "kernel": kernel,
                "stride": stride,
                "padding": padding,
                "groups": groups,
            }),
            Self::BatchNorm { channels } => json!({ "layer": "batch_norm", "channels": channels }),
            Self::MaxPool { kernel } => json!({ "layer": "max_pool", "kernel": kernel }),
            Self::Flatten => json!({ "layer": "flatten" }),
            Self::Relu => json!({ "layer": "relu" }),
            Self::Tanh => json!({ "layer": "tanh" }),
            Self::Sigmoid => json!({ "layer": "sigmoid" }),
        }
    }

    /// From a message; `None` if it is none that is known, or lacks something.
    pub fn from_json(value: &Value) -> Option<Self> {
        let whole = |name: &str| usize::try_from(value[name].as_u64()?).ok();
        let recurrent = |cell| {
            Some(Self::Recurrent { cell, inputs: whole("inputs")?, hidden: whole("hidden")? })
        };
        Some(match value["layer"].as_str()? {
            "linear" => Self::Linear { inputs: whole("inputs")?, outputs: whole("outputs")? },
            "conv" => Self::Conv {
                inputs: whole("inputs")?,
                outputs: whole("outputs")?,
                kernel: whole("kernel")?,
                stride: whole("stride")?,
                padding: whole("padding")?,
                groups: whole("groups")?,
            },
            "rnn" => recurrent(Cell::Rnn)?,
            "gru" => recurrent(Cell::Gru)?,
            "lstm" => recurrent(Cell::Lstm)?,
            "batch_norm" => Self::BatchNorm { channels: whole("channels")? },
            "max_pool" => Self::MaxPool { kernel: whole("kernel")? },
            "flatten" => Self::Flatten,
            "relu" => Self::Relu,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cell, Layer};

    #[test]
    fn shapes_weights_and_multiply_adds_are_those_of_the_layer() {
        let lenet = Layer::conv(6, 16, 5, 0);
        assert_eq!(lenet.output(&[6, 14, 14]), [16, 10, 10]);
        assert_eq!(lenet.weights(), [16 * 6 * 25, 16]);
        assert_eq!(lenet.multiply_adds(&[6, 14, 14]), 16 * 10 * 10 * 6 * 25);
        let (inputs, outputs) = (64, 64);
        let depthwise =
            Layer::Conv { inputs, outputs, kernel: 3, stride: 2, padding: 1, groups: 64 };
        assert_eq!(depthwise.output(&[64, 56, 56]), [64, 28, 28]);
        assert_eq!(depthwise.multiply_adds(&[64, 56, 56]), 64 * 28 * 28 * 9);
        assert_eq!(Layer::linear(400, 120).multiply_adds(&[400]), 48_000);
        assert_eq!(Layer::MaxPool { kernel: 2 }.output(&[6, 28, 28]), [6, 14, 14]);
        assert_eq!(Layer::Flatten.output(&[16, 5, 5]), [400]);
        assert_eq!(Layer::BatchNorm { channels: 7 }.weights(), [7, 7]);
        assert_eq!(Layer::Relu.multiply_adds(&[7]), 0);
    }

    #[test]
    fn a_recurrent_layer_multiplies_each_step_and_each_state_but_the_first() {
        let lstm = Layer::Recurrent { cell: Cell::Lstm, inputs: 3, hidden: 5 };
        assert_eq!(lstm.output(&[7, 3]), [7, 5]);
        assert_eq!(lstm.weights(), [3 * 20, 5 * 20, 20, 20]);
        assert_eq!(lstm.input_multiply_adds(&[7, 3]), 7 * 3 * 20);
        assert_eq!(lstm.multiply_adds(&[7, 3]), 7 * 3 * 20 + 6 * 5 * 20);
        let gru = Layer::Recurrent { cell: Cell::Gru, inputs: 3, hidden: 5 };
        assert_eq!(gru.weights(), [3 * 15, 5 * 15, 15, 15]);
        let head = Layer::linear(5, 2);
        assert_eq!(head.output(&[7, 5]), [7, 2]);
        assert_eq!(head.multiply_adds(&[7, 5]), 70);
        assert_eq!(head.input_multiply_adds(&[7, 5]), 70);
    }

    #[test]
    fn each_layer_comes_back_from_its_message() {
        for layer in [
            Layer::linear(1, 2),
            Layer::Conv { inputs: 1, outputs: 2, kernel: 3, stride: 4, padding: 5, groups: 6 },
            Layer::Recurrent { cell: Cell::Rnn, inputs: 1, hidden: 2 },
            Layer::Recurrent { cell: Cell::Gru, inputs: 1, hidden: 2 },
            Layer::Recurrent { cell: Cell::Lstm, inputs: 1, hidden: 2 },
            Layer::BatchNorm { channels: 3 },
            Layer::MaxPool { kernel: 2 },
            Layer::Flatten,
            Layer::Relu,
            Layer::Tanh,
            Layer::Sigmoid,
        ] {
            assert_eq!(Layer::from_json(&layer.to_json()), Some(layer));
        }
        assert_eq!(Layer::from_json(&json!({ "layer": "lstm", "inputs": 1 })), None);
        assert_eq!(Layer::from_json(&json!({ "layer": "attention" })), None);
        assert_eq!(Layer::from_json(&json!({ "layer": "linear", "inputs": 1 })), None);
    }
}
