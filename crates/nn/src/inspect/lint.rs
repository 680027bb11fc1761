//! Rules that a network breaks by mistake, found in what it recorded.

mod cost;
mod start;
mod training;
mod wiring;

pub(crate) use training::Training;

use super::anatomy::Anatomy;
use crate::network::Network;
use crate::plan::{Plan, Program};
use crate::real::Real;
use std::fmt;

/// A rule that a network can break. [`name`](Rule::name) is what reports call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// A linear layer follows a linear layer: together they are one linear layer. Not found where
    /// the width between is smaller than both ends, or two convolutions have groups or windows along
    /// different axes: factorizations that are meant.
    StackedLinear,
    /// A softmax, or a function with bounds, stands before a loss that takes logits and does that
    /// itself.
    ActivatedLogits,
    /// A linear layer stands before a loss that takes probabilities.
    RawProbabilities,
    /// Predictions pass a rectifier before a loss that takes any number: an output below zero gets
    /// no gradient.
    RectifiedOutput,
    /// A loss over classes gets rows of one logit, the softmax of which is always 1.
    SingleClass,
    /// A bias before a normalization over the rows, which takes it away again.
    BiasBeforeNormalization,
    /// Weights that start for ReLU before a function that saturates, or the other way round.
    Initialization,
    /// Hidden layers that saturate, each of which shrinks the signal at the start, to less than a
    /// thirtieth at the end of the row.
    VanishingSignal,
    /// All units of a hidden layer start equal, and stay so.
    SymmetricStart,
    /// Dropout with nothing learnt behind it: predictions are dropped.
    DropoutAtOutput,
    /// A function whose slope is 0 everywhere stands behind weights that are to be trained.
    NoSlope,
    /// A penalty, or the decay of the optimizer, on biases or the weights of a normalization.
    PenalizedBias,
    /// The rate of the updates to come is zero, negative or not finite.
    Rate,
    /// A weight to be trained that has no part in the output or gets no gradient from the cost.
    UnusedWeight,
}

impl Rule {
    /// The rule in words with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Self::StackedLinear => "stacked-linear",
            Self::ActivatedLogits => "activated-logits",
            Self::RawProbabilities => "raw-probabilities",
            Self::RectifiedOutput => "rectified-output",
            Self::SingleClass => "single-class",
            Self::BiasBeforeNormalization => "bias-before-normalization",
            Self::Initialization => "initialization",
            Self::VanishingSignal => "vanishing-signal",
            Self::SymmetricStart => "symmetric-start",
            Self::DropoutAtOutput => "dropout-at-output",
            Self::NoSlope => "no-slope",
            Self::PenalizedBias => "penalized-bias",
            Self::Rate => "rate",
            Self::UnusedWeight => "unused-weight",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that looks like a mistake.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// The layers or weights concerned.
    pub paths: Vec<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self.paths.is_empty() {
            true => String::new(),
            false => format!(" ({})", self.paths.join(", ")),
        };
        write!(f, "{}{}: {}", self.rule, at, self.message)
    }
}

/// What [`Network::lint`] and its like found. `Display` prints a line for each finding.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Lint {
    /// The findings, by rule.
    pub findings: Vec<Finding>,
}

impl Lint {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The findings of one rule.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.rule == rule)
    }

    fn add(&mut self, rule: Rule, paths: Vec<String>, message: String) {
        self.findings.push(Finding { rule, paths, message });
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("nothing found");
        }
        for (i, finding) in self.findings.iter().enumerate() {
            let end = if i + 1 < self.findings.len() { "\n" } else { "" };
            write!(f, "{finding}{end}")?;
        }
        Ok(())
    }
}

/// All findings on a program; `network` if it is all that its weights are for, `training` if a
/// trainer trains it.
pub(crate) fn lint(program: &Program, network: bool, training: Option<&Training<'_>>) -> Lint {
    let anatomy = Anatomy::new(program);
    let mut lint = Lint::default();
    wiring::check(&anatomy, &mut lint);
    start::check(&anatomy, &mut lint);
    cost::check(&anatomy, training, &mut lint);
    if let Some(training) = training {
        training::check(&anatomy, training, &mut lint);
    } else if network {
        wiring::check_unused(&anatomy, &mut lint);
    }
    lint.findings.sort_by_key(|finding| finding.rule);
    lint
}

impl<T: Real> Plan<T> {
    /// What looks like a mistake in the ops of this plan: see [`Rule`].
    ///
    /// ```
    /// use neuropil_nn::inspect::Rule;
    /// use neuropil_nn::prelude::*;
    ///
    /// let graph = Graph::new();
    /// let (x, target) = (graph.input("x", [4]), graph.index_input("target", []));
    /// let y = x.named("0", &Linear::new(4, 3))?.then(Softmax)?;
    /// let cost = y.loss(CrossEntropy::new(), target)?; // takes the softmax itself
    /// let plan = Plan::<f32>::training(&graph, cost, &[])?;
    /// assert_eq!(plan.lint().findings[0].rule, Rule::ActivatedLogits);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn lint(&self) -> Lint {
        lint(&self.program, false, None)
    }
}

impl<T: Real> Network<T> {
    /// What looks like a mistake in the layers: see [`Rule`].
    /// [`Trainer::lint`](crate::Trainer::lint) sees loss, penalties and optimizer too.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let layers = Sequential::new().then(Linear::new(4, 8)).then(Linear::new(8, 3));
    /// let lint = Network::new(layers, [4], 42)?.lint();
    /// assert!(lint.to_string().starts_with("stacked-linear (0, 1): "));
    ///
    /// let layers = Sequential::new().then(Linear::new(4, 8)).then(Relu).then(Linear::new(8, 3));
    /// assert!(Network::new(layers, [4], 42)?.lint().is_clean());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn lint(&self) -> Lint {
        lint(&self.plan.program, true, None)
    }
}
