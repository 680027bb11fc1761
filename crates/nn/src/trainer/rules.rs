//! What is done to weights after each update, and how a rule sees their units.

use super::Trainer;
use super::erased::{AnyConstraint, AnyProximal};
use crate::error::Error;
use crate::params::{Entry, Params};
use crate::real::Real;
use neuropil_regularizers::{Constraint, Proximal, Units};

/// What is done after each update.
#[derive(Debug)]
pub(super) struct Rules<T> {
    shrinks: Vec<Shrink<T>>,
    bounds: Vec<Bound<T>>,
    /// The axis that counts the units of a weight, where it was said; the last word counts.
    axes: Vec<(usize, usize)>,
}

impl<T> Default for Rules<T> {
    fn default() -> Self {
        Self { shrinks: Vec::new(), bounds: Vec::new(), axes: Vec::new() }
    }
}

/// A proximal step on some weights.
#[derive(Debug)]
struct Shrink<T> {
    entries: Vec<usize>,
    penalty: Box<dyn AnyProximal<T>>,
}

/// A constraint on some weights.
#[derive(Debug)]
struct Bound<T> {
    entries: Vec<usize>,
    constraint: Box<dyn AnyConstraint<T>>,
}

impl<T: Real> Rules<T> {
    /// How a weight is divided into units: see [`Trainer::unit_axis`].
    pub fn units(&self, place: usize, entry: &Entry) -> Units {
        let dims = entry.shape.dims();
        let said = self.axes.iter().rev().find(|(of, _)| *of == place).map(|&(_, axis)| axis);
        // A matrix that files hold transposed has its units, the outputs, in columns.
        let usual = if entry.transposed_in_files { dims.len().saturating_sub(1) } else { 0 };
        Units::of_axis(dims, said.unwrap_or(usual))
    }

    /// Whether there are neither steps nor constraints.
    pub fn is_empty(&self) -> bool {
        self.shrinks.is_empty() && self.bounds.is_empty()
    }

    /// Proximal steps at the rate of each weight, then constraints.
    pub fn apply(&self, params: &mut Params<T>, rate: impl Fn(usize) -> f64) {
        for Shrink { entries, penalty } in &self.shrinks {
            self.each(entries, params, |place, units, w| penalty.shrink(units, rate(place), w));
        }
        self.project(params);
    }

    /// Constraints alone.
    pub fn project(&self, params: &mut Params<T>) {
        for Bound { entries, constraint } in &self.bounds {
            self.each(entries, params, |_, units, w| constraint.project(units, w));
        }
    }

    /// Does something to each of these weights that is trained.
    fn each(
        &self,
        entries: &[usize],
        params: &mut Params<T>,
        work: impl Fn(usize, Units, &mut [T]),
    ) {
        for &place in entries {
            let entry = &params.entries()[place];
            if entry.trainable {
                let (units, range) = (self.units(place, entry), entry.range());
                work(place, units, &mut params.weights_mut()[range]);
            }
        }
    }

    /// The sum of the penalties that are taken as proximal steps.
    pub fn penalty(&self, params: &Params<T>) -> f64 {
        let of_shrink = |shrink: &Shrink<T>| -> f64 {
            let of_entry = |&place: &usize| {
                let entry = &params.entries()[place];
                shrink.penalty.penalty(self.units(place, entry), &params.weights[entry.range()])
            };
            shrink.entries.iter().map(of_entry).sum()
        };
        self.shrinks.iter().map(of_shrink).sum()
    }

    /// The weights of each proximal step.
    pub fn shrunk(&self) -> impl Iterator<Item = &[usize]> {
        self.shrinks.iter().map(|shrink| &shrink.entries[..])
    }
}

impl<T: Real> Trainer<'_, T> {
    /// Lays a penalty on the weights that a pattern matches as a step of its own after each update,
    /// at the rate of the update: with [`L1`](neuropil_regularizers::L1) small weights become exactly
    /// zero, which its gradient ([`penalty`](Trainer::penalty)) does not bring about. In a pattern each
    /// `*` stands for any run of characters.
    ///
    /// Several steps are taken in the order in which they are given, constraints after them. A penalty
    /// belongs in one of the two places, not in both. The zeros are those of the weights in training: an
    /// optimizer that evaluates with others ([`evaluation_weights`](Trainer::evaluation_weights)) has none there.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_regularizers::L1;
    ///
    /// // Of eight inputs two matter.
    /// let number = |i: u32| 2.0 * (f64::from(i * i) * 0.618_033_988_75).fract() - 1.0;
    /// let x: Vec<f32> = (1..=800).map(|i| number(i) as f32).collect();
    /// let y = x.chunks(8).map(|x| 2.0 * x[1] - x[5]).collect();
    /// let data = Dataset::with_values([8], x, [1], y)?;
    /// let mut net = Network::new(Linear::new(8, 1), [8], 42)?;
    /// let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?
    ///     .rate(0.1)
    ///     .proximal("weight", L1::new(0.05)?)?;
    /// trainer.fit(&data, Fit::epochs(300).batch_size(100))?;
    /// let w = net.params().get("weight")?;
    /// assert!(w.iter().enumerate().all(|(i, &w)| (w != 0.0) == (i == 1 || i == 5)), "{w:?}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no weight matches.
    pub fn proximal(mut self, pattern: &str, penalty: impl Proximal) -> Result<Self, Error> {
        let entries = self.net.params.matching(pattern)?;
        self.rules.shrinks.push(Shrink { entries, penalty: Box::new(penalty) });
        Ok(self)
    }

    /// Keeps the weights that a pattern matches within a constraint: they are moved there after each
    /// update, not before the first. In a pattern each `*` stands for any run of characters.
    ///
    /// For constraints on units, such as [`MaxNorm`](neuropil_regularizers::MaxNorm), see
    /// [`unit_axis`](Trainer::unit_axis).
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_regularizers::{MaxNorm, NonNeg};
    ///
    /// let layers = Sequential::new().then(Linear::new(2, 8)).then(Relu).then(Linear::new(8, 1));
    /// let mut net = Network::new(layers, [2], 42)?;
    /// let trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?
    ///     .constraint("*.weight", MaxNorm::new(2.0)?)?
    ///     .constraint("2.*", NonNeg)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no weight matches.
    pub fn constraint(mut self, pattern: &str, constraint: impl Constraint) -> Result<Self, Error> {
        let entries = self.net.params.matching(pattern)?;
        self.rules.bounds.push(Bound { entries, constraint: Box::new(constraint) });
        Ok(self)
    }

    /// Says which axis of the weights that a pattern matches counts the units, for the rules that see
    /// units: the others hold the weights that lead into one.
    ///
    /// Without a word it is the last axis of the matrices of [`Linear`](crate::Linear) and recurrent
    /// layers, `[inputs, outputs]` (Keras's `axis=0` of a constraint), and the first axis of all others:
    /// the outputs of a convolution, the tokens of an embedding. A transposed convolution has its
    /// outputs on axis 1. A bias is one vector.
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    /// use neuropil_regularizers::UnitNorm;
    ///
    /// let mut net = Network::new(ConvTranspose2d::new(3, 4, 2), [3, 8, 8], 42)?;
    /// let trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?
    ///     .unit_axis("weight", 1)?
    ///     .constraint("weight", UnitNorm)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no weight matches, or one that does lacks the axis.
    pub fn unit_axis(mut self, pattern: &str, axis: usize) -> Result<Self, Error> {
        for place in self.net.params.matching(pattern)? {
            let entry = &self.net.params.entries()[place];
            let axes = entry.shape.dims().len();
            if axis >= axes {
                let value = format!("{axis} of {:?}, which has shape {}", entry.path, entry.shape);
                let expected = "one of the axes of its shape";
                return Err(Error::Setting { name: "the axis of units", value, expected });
            }
            self.rules.axes.push((place, axis));
        }
        Ok(self)
    }
}
