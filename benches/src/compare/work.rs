//! What a peer is asked to do, as both sides of the pipe know it.
//!
//! Package `peers` has this file too; the scripts in `peers/python` read the same names.

use serde_json::{Value, json};

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
    /// Steps of training of a perceptron, on batches in turn. Arrays: the samples of all batches,
    /// their targets, and weight `[in, out]` and bias of each layer; the result is the loss of each
    /// of the first steps, before its update.
    Step {
        /// The widths of the data, of each hidden layer, and of the output.
        widths: Vec<usize>,
        /// Rows in a batch.
        batch: usize,
        /// Rectifiers and softmax cross entropy of labels; or else tanh, sigmoid at the end, and
        /// mean squared error.
        classes: bool,
        /// Adam with its usual moments (0.9, 0.999, 1e-8), or else gradient descent.
        adam: bool,
        /// The learning rate.
        rate: f64,
        /// How many losses are asked for.
        losses: usize,
    },
    /// One sample through a perceptron with rectifiers. Arrays: the sample, and weight `[in, out]`
    /// and bias of each layer; the result is the output.
    Infer {
        /// The widths of the data, of each hidden layer, and of the output.
        widths: Vec<usize>,
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
        match self {
            Self::Product { form, m, k, n } => {
                json!({ "kind": "product", "form": form, "m": m, "k": k, "n": n })
            }
            Self::Step { widths, batch, classes, adam, rate, losses } => json!({
                "kind": "step",
                "widths": widths,
                "batch": batch,
                "classes": classes,
                "adam": adam,
                "rate": rate,
                "losses": losses,
            }),
            Self::Infer { widths } => json!({ "kind": "infer", "widths": widths }),
            Self::Map { function, width } => {
                json!({ "kind": "map", "function": function, "width": width })
            }
        }
    }

    /// From a message; `None` if it is of no kind that is known, or lacks something.
    pub fn from_json(value: &Value) -> Option<Self> {
        let whole = |name: &str| usize::try_from(value[name].as_u64()?).ok();
        let text = |name: &str| value[name].as_str().map(String::from);
        let widths = || -> Option<Vec<usize>> {
            let widths = value["widths"].as_array()?.iter();
            widths.map(|width| usize::try_from(width.as_u64()?).ok()).collect()
        };
        Some(match value["kind"].as_str()? {
            "product" => Self::Product {
                form: text("form")?,
                m: whole("m")?,
                k: whole("k")?,
                n: whole("n")?,
            },
            "step" => Self::Step {
                widths: widths()?,
                batch: whole("batch")?,
                classes: value["classes"].as_bool()?,
                adam: value["adam"].as_bool()?,
                rate: value["rate"].as_f64()?,
                losses: whole("losses")?,
            },
            "infer" => Self::Infer { widths: widths()? },
            "map" => Self::Map { function: text("function")?, width: whole("width")? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Work;

    #[test]
    fn each_kind_comes_back_from_its_message() {
        for work in [
            Work::Product { form: "TN".into(), m: 1, k: 2, n: 3 },
            Work::Step {
                widths: vec![2, 8, 1],
                batch: 4,
                classes: false,
                adam: true,
                rate: 0.1,
                losses: 5,
            },
            Work::Infer { widths: vec![6, 4] },
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
            json!({ "kind": "infer", "widths": [1, -1] }),
            json!({}),
        ] {
            assert_eq!(Work::from_json(&value), None);
        }
    }
}
