//! One gradient as the sum over all paths from the cost back to a number.

mod search;

use crate::error::Error;
use crate::plan::Run;
use crate::real::Real;
use std::fmt;
use thiserror::Error as ThisError;

/// How many local derivatives are computed at most for an [`Explanation`].
pub const DERIVATIVES: usize = 1_000_000;

/// A number with respect to which a cost is differentiated.
///
/// ```
/// use neuropil_nn::inspect::Variable;
///
/// let w = Variable::weight("0.weight", [0, 1]); // from input 0 to unit 1
/// let x = Variable::input("x", 0, [1]); // input 1 of the first row
/// assert_eq!((w.to_string(), x.to_string()), ("0.weight[0, 1]".into(), "x[0, 1]".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// A number of a weight.
    Weight {
        /// The path of the weight.
        path: String,
        /// Its place in the weight's shape.
        index: Vec<usize>,
    },
    /// A number of an input.
    Input {
        /// The name of the input; that of a [`Network`](crate::Network) is `x`.
        name: String,
        /// The row of the batch.
        row: usize,
        /// Its place in the shape of a row.
        index: Vec<usize>,
    },
}

impl Variable {
    /// A number of the weight of this path: `[input, output]` of a linear layer's.
    pub fn weight(path: impl Into<String>, index: impl Into<Vec<usize>>) -> Self {
        Self::Weight { path: path.into(), index: index.into() }
    }

    /// A number of a row of the input of this name.
    pub fn input(name: impl Into<String>, row: usize, index: impl Into<Vec<usize>>) -> Self {
        Self::Input { name: name.into(), row, index: index.into() }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight { path, index } => write!(f, "{path}{index:?}"),
            Self::Input { name, row, index } => {
                let place: Vec<usize> = std::iter::once(*row).chain(index.clone()).collect();
                write!(f, "{name}{place:?}")
            }
        }
    }
}

/// The gradient of a cost with respect to one number, path by path: by the chain rule it has as
/// many terms as there are paths from the number to the cost, and is their sum. `Display` prints a
/// line for each path.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The cost.
    pub cost: String,
    /// The number.
    pub variable: Variable,
    /// The paths, in the order in which backward finds them.
    pub paths: Vec<GradientPath>,
}

/// A path from a cost back to a number: the product of the derivatives on it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GradientPath {
    /// The derivatives, the cost's first.
    pub factors: Vec<Factor>,
}

/// One local derivative, ∂`of`/∂`by`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Factor {
    /// The number that is differentiated: `1.Tanh[0, 3]` is number 3 of row 0 behind the op `Tanh`
    /// of layer `1`.
    pub of: String,
    /// The number next to it on the way back.
    pub by: String,
    /// The derivative.
    pub value: f64,
}

/// Why there is no [`Explanation`].
#[derive(Clone, Debug, PartialEq, ThisError)]
#[non_exhaustive]
pub enum ExplainError {
    /// No weight has this path, or no input this name.
    #[error("{variable}: there is no such weight or input of numbers; there are {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        variable: Variable,
        /// The weights and inputs that there are.
        known: Vec<String>,
    },
    /// The index does not lie in the shape.
    #[error("{variable}: no such number in shape {shape}")]
    Index {
        /// What was asked for.
        variable: Variable,
        /// The shape of the weight, or of the rows.
        shape: String,
    },
    /// There are too many paths to list.
    #[error("{variable}: {paths} paths lead to it, expected at most {limit}")]
    Paths {
        /// What was asked for.
        variable: Variable,
        /// How many paths there are; `u64::MAX` if more.
        paths: u64,
        /// How many are allowed.
        limit: usize,
    },
    /// The network between is too large to look at each derivative.
    #[error(
        "{variable}: more than {DERIVATIVES} local derivatives lie between it and the cost; \
         take fewer rows or a smaller network"
    )]
    Derivatives {
        /// What was asked for.
        variable: Variable,
    },
}

impl Explanation {
    /// The gradient: the sum over all paths.
    pub fn sum(&self) -> f64 {
        // An empty sum is -0 otherwise.
        self.paths.iter().map(GradientPath::product).fold(0.0, |sum, term| sum + term)
    }
}

impl GradientPath {
    /// The product of the derivatives.
    pub fn product(&self) -> f64 {
        self.factors.iter().map(|factor| factor.value).product()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cost, variable, paths } = self;
        let count = match paths.len() {
            0 => "every path is blocked by a zero, or none leads to it".into(),
            1 => "one path".into(),
            n => format!("the sum over {n} paths"),
        };
        write!(f, "∂{cost}/∂{variable} = {:.6}, {count}", self.sum())?;
        for path in paths {
            write!(f, "\n{path}")?;
        }
        Ok(())
    }
}

impl fmt::Display for GradientPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> =
            self.factors.iter().map(|factor| format!("{:.4}", factor.value)).collect();
        write!(f, "  {:.6} = {}    ", self.product(), values.join(" · "))?;
        for factor in &self.factors {
            write!(f, "{} <- ", factor.of)?;
        }
        f.write_str(self.factors.last().map_or("", |factor| &factor.by))
    }
}

impl<T: Real> Run<'_, T> {
    /// The gradient of the cost with respect to one number as the sum over all paths, after
    /// [`forward`](Run::forward): for tiny networks, to see the chain rule at work. Paths on which
    /// a derivative is exactly zero are left out, but for those through functions of one number (a
    /// ReLU that is off). Where ops are fused, one derivative stands for both; take
    /// [`Plan::training_unfused`](crate::Plan::training_unfused) to see each.
    ///
    /// ```
    /// use neuropil_nn::{Plan, inspect::Variable, prelude::*};
    ///
    /// // (x · x + x - target)², at x = 3 and target 11: 2 (12 - 11) times x + x + 1.
    /// let graph = Graph::new();
    /// let (x, target) = (graph.input("x", [1]), graph.input("target", [1]));
    /// let cost = x.times(x)?.plus(x)?.loss(MeanSquaredError::new(), target)?;
    /// let mut params = Params::<f64>::new(&[&graph], 1)?;
    /// let mut plan = Plan::training_unfused(&graph, cost, &[])?;
    /// plan.track(x);
    /// let mut run = plan.run(&mut params, 1)?;
    /// run.input(x)[0] = 3.0;
    /// run.input(target)[0] = 11.0;
    /// run.forward()?;
    ///
    /// let explanation = run.explain(&Variable::input("x", 0, [0]), 100)?;
    /// let terms: Vec<f64> = explanation.paths.iter().map(|path| path.product()).collect();
    /// assert_eq!(terms, [2.0 * 3.0, 2.0 * 3.0, 2.0]);
    /// assert_eq!(explanation.sum(), 14.0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such number, if more than `limit` paths lead to it, or if more than
    /// [`DERIVATIVES`] would have to be computed.
    ///
    /// # Panics
    /// If this is no training plan, or forward has not run.
    pub fn explain(&mut self, variable: &Variable, limit: usize) -> Result<Explanation, Error> {
        Ok(search::explain(self, variable, limit)?)
    }
}
