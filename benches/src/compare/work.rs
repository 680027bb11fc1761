//! What a peer is asked to do, as both sides of the pipe know it.
//!
//! Package `peers` has this file too; the scripts in `peers/python` read the same names.

use serde_json::{Value, json};

use crate::layer::Layer;

/// A piece of work, without its numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// C = A B with A `[m, k]` and B `[k, n]`, row-major. Arrays: A and B; the result is C.
    Product {
        /// `"NN"`; `"TN"`: A is given as its transpose `[k, m]`; `"NT"`: B as `[n, k]`.
        form: String,
        /// Rows of A and C.
        m: usize,
        /// Columns of A and rows of B.
        k: usize,
        /// Columns of B and C.
        n: usize,
    },
    /// Steps of training of a network, on batches in turn. Arrays: the samples of all batches, their
    /// targets (of a sequence a label for each step), and the weights of each layer; the result is the loss of each of the first steps,
    /// before its update.
    Step {
        /// The shape of a sample.
        sample: Vec<usize>,
        /// The layers, the first one first.
        layers: Vec<Layer>,
        /// Rows in a batch.
        batch: usize,
        /// Softmax cross entropy of labels, or else mean squared error.
        classes: bool,
        /// `"sgd"`: gradient descent; `"momentum"`: with a momentum of 0.9; `"adam"`: Adam with its
        /// usual moments (0.9, 0.999, 1e-8).
        rule: String,
        /// The learning rate.
        rate: f64,
        /// How many losses are asked for.
        losses: usize,
    },
    /// One sample through a network. Arrays: the sample, and the weights of each layer; the result is
    /// the output.
    Infer {
        /// The shape of a sample.
        sample: Vec<usize>,
        /// The layers, the first one first.
        layers: Vec<Layer>,
    },
    /// A sequence through a recurrent network, a step at a time, its state carried from each to the
    /// next. Arrays: the steps, and the weights of each layer; the result is the answers to all steps
    /// from a state of zeros, one behind the other. A run is one step: after the last comes the first
    /// again, with the state as it is.
    Stream {
        /// Numbers of a step.
        inputs: usize,
        /// The layers, the first one, which is recurrent, first.
        layers: Vec<Layer>,
    },
    /// A layer by itself, a convolution, max pooling, or batch normalization in training. Arrays: x,
    /// dy, and the weights, as far as they are read: a convolution's y is of x, weight and bias, its dx
    /// of dy and weight, its dw of x and dy; max pooling's y is of x, its dx of x and dy; batch
    /// normalization's y is of x, gain and shift, its dx of x, dy, gain and shift. Results: y; dx, and of
    /// batch normalization dgain and dshift behind; dw with db behind.
    Pass {
        /// Which.
        layer: Layer,
        /// How many images.
        images: usize,
        /// The shape of an image.
        sample: Vec<usize>,
        /// `"y"`, `"dx"` or `"dw"`.
        of: String,
    },
    /// A function of an array `[.., width]`. Arrays: x, and y for a function of two; the result is
    /// an array of its length, or one number for a sum.
    Map {
        /// `"relu"`, ...
        function: String,
        /// The length of a row, for functions of rows.
        width: usize,
    },
}

impl Work {
    /// As it stands in a message.
    pub fn to_json(&self) -> Value {
        let all =
            |layers: &[Layer]| -> Value { layers.iter().map(|layer| layer.to_json()).collect() };
        match self {
            Self::Product { form, m, k, n } => {
                json!({ "kind": "product", "form": form, "m": m, "k": k, "n": n })
            }
            Self::Step { sample, layers, batch, classes, rule, rate, losses } => json!({
                "kind": "step",
                "sample": sample,
                "layers": all(layers),
                "batch": batch,
                "classes": classes,
                "rule": rule,
                "rate": rate,
                "losses": losses,
            }),
            Self::Infer { sample, layers } => {
                json!({ "kind": "infer", "sample": sample, "layers": all(layers) })
            }
            Self::Stream { inputs, layers } => {
                json!({ "kind": "stream", "inputs": inputs, "layers": all(layers) })
            }
            Self::Pass { layer, images, sample, of } => json!({
                "kind": "pass",
                "layer": layer.to_json(),
                "images": images,
                "sample": sample,
                "of": of,
            }),
            Self::Map { function, width } => {
                json!({ "kind": "map", "function": function, "width": width })
            }
        }
    }

    /// From a message; `None` if it is of no kind that is known, or lacks something.
    pub fn from_json(value: &Value) -> Option<Self> {
        let whole = |name: &str| usize::try_from(value[name].as_u64()?).ok();
        let text = |name: &str| value[name].as_str().map(String::from);
        let sample = || -> Option<Vec<usize>> {
            let sample = value["sample"].as_array()?.iter();
            sample.map(|len| usize::try_from(len.as_u64()?).ok()).collect()
        };
        let layers = || -> Option<Vec<Layer>> {
            value["layers"].as_array()?.iter().map(Layer::from_json).collect()
        };
        Some(match value["kind"].as_str()? {
            "product" => Self::Product {
                form: text("form")?,
                m: whole("m")?,
                k: whole("k")?,
                n: whole("n")?,
            },
            "step" => Self::Step {
                sample: sample()?,
                layers: layers()?,
                batch: whole("batch")?,
                classes: value["classes"].as_bool()?,
                rule: text("rule")?,
                rate: value["rate"].as_f64()?,
                losses: whole("losses")?,
            },
            "infer" => Self::Infer { sample: sample()?, layers: layers()? },
            "stream" => Self::Stream { inputs: whole("inputs")?, layers: layers()? },
            "pass" => Self::Pass {
                layer: Layer::from_json(&value["layer"])?,
                images: whole("images")?,
                sample: sample()?,
                of: text("of")?,
            },
            "map" => Self::Map { function: text("function")?, width: whole("width")? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Layer, Work};
    use crate::layer::Cell;

    #[test]
    fn each_kind_comes_back_from_its_message() {
        for work in [
            Work::Product { form: "TN".into(), m: 1, k: 2, n: 3 },
            Work::Step {
                sample: vec![2],
                layers: vec![Layer::linear(2, 1), Layer::Sigmoid],
                batch: 4,
                classes: false,
                rule: "momentum".into(),
                rate: 0.1,
                losses: 5,
            },
            Work::Infer { sample: vec![1, 4, 4], layers: vec![Layer::conv(1, 2, 3, 1)] },
            Work::Stream {
                inputs: 3,
                layers: vec![Layer::Recurrent { cell: Cell::Gru, inputs: 3, hidden: 2 }],
            },
            Work::Pass {
                layer: Layer::MaxPool { kernel: 2 },
                images: 3,
                sample: vec![1, 4, 4],
                of: "dx".into(),
            },
            Work::Map { function: "relu".into(), width: 128 },
        ] {
            assert_eq!(Work::from_json(&work.to_json()), Some(work));
        }
    }

    #[test]
    fn what_is_unknown_or_lacks_something_is_none() {
        for value in [
            json!({ "kind": "sort" }),
            json!({ "kind": "product", "form": "NN", "m": 1, "k": 2 }),
            json!({ "kind": "infer", "sample": [1, -1], "layers": [] }),
            json!({ "kind": "infer", "sample": [1], "layers": [{ "layer": "lstm" }] }),
            json!({}),
        ] {
            assert_eq!(Work::from_json(&value), None);
        }
    }
}
