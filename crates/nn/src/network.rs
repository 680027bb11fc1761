//! A module made real: its weights, and a plan to predict with.

use crate::error::Error;
use crate::graph::{Graph, Node, NodeId};
use crate::metrics::Metric;
use crate::module::Module;
use crate::params::Params;
use crate::plan::Plan;
use crate::plan::program::needed;
use crate::predictor::Predictor;
use crate::real::Real;
use crate::sample::{Ends, Sample, Samples};
use crate::spec::Spec;
use crate::summary::Summary;
use crate::trainer::Positions;
use neuropil_data::{Dataset, TargetKind};
use neuropil_losses::{Target, Weighted};
use neuropil_tensor::Shape;
use std::sync::Arc;

/// Rows that are predicted at a time when a whole data set is.
pub(crate) const EVALUATION_ROWS: usize = 256;

/// A network of one input and one output: a [`Module`], its weights, and a plan for inference.
///
/// Networks of several inputs or outputs are built one level below, with [`Graph`], [`Params`]
/// and [`Plan`].
///
/// ```
/// use neuropil_nn::prelude::*;
///
/// let layers = Sequential::new().then(Linear::new(2, 8)).then(Tanh).then(Linear::new(8, 1));
/// let mut net = Network::new(layers, [2], 42)?;
/// let y = net.predict(&[0.0, 0.0, 1.0, 1.0])?; // two rows
/// assert_eq!(y.len(), 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Network<T: Real = f32> {
    pub(crate) module: Arc<dyn Module>,
    pub(crate) sample: Sample,
    pub(crate) output: Spec,
    pub(crate) params: Params<T>,
    pub(crate) seed: u64,
    pub(crate) plan: Plan<T>,
    pub(crate) ends: Ends,
    y: NodeId,
}

impl Network<f32> {
    /// The network that a module makes of samples of this shape, its weights started from the
    /// seed. A sample is numbers (`[784]`) or indices ([`Spec::indices`]`([32])`: 32 tokens, say).
    ///
    /// # Errors
    /// If the module cannot be built for this shape.
    pub fn new(
        module: impl Module + 'static,
        sample: impl Into<Spec>,
        seed: u64,
    ) -> Result<Self, Error> {
        Self::build(module, sample, seed)
    }

    /// The network that a module makes of sequences of different lengths, padded at the end to the
    /// steps that the first axis of a sample has (`[steps, features]`; `[steps]` of tokens). Each row
    /// has a length, in `1..=steps`: that of its data set
    /// ([`Dataset::with_lengths`](neuropil_data::Dataset::with_lengths)) or one given to
    /// [`predict_lengths`](Network::predict_lengths). Layers over time read it
    /// ([`Node::lengths`]), so that padding is no data.
    ///
    /// Data without lengths is refused, as is data with lengths by a network that is made with
    /// [`new`](Network::new).
    ///
    /// Where a network has an output for each step, its first axis being that of the steps, costs and
    /// metrics count the steps up to the length of each sequence and not those behind; the targets
    /// of padding must be there, but may be anything that the loss takes. A graph of one's own has
    /// [`Node::weighted_loss`](crate::Node::weighted_loss) for that, or a label that the loss ignores
    /// ([`CrossEntropy::ignore_index`](neuropil_losses::CrossEntropy::ignore_index)).
    ///
    /// ```
    /// use neuropil_nn::prelude::*;
    ///
    /// let layers = Sequential::new().then(Gru::new(2, 8).bidirectional().last()).then(Linear::new(16, 3));
    /// let mut net = Network::with_lengths(layers, [5, 2], 42)?; // up to five steps of two numbers
    /// let (short, padded) = ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0]);
    /// let answer = net.predict_lengths(&padded, &[2])?;
    /// let zeros = [&short[..], &[0.0; 6]].concat();
    /// assert_eq!(answer, net.predict_lengths(&zeros, &[2])?); // what is behind the end does not matter
    /// assert!(net.predict_lengths(&padded, &[6]).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If a sample has no steps, the module cannot be built for this shape, or none of its layers
    /// reads the lengths.
    pub fn with_lengths(
        module: impl Module + 'static,
        sample: impl Into<Spec>,
        seed: u64,
    ) -> Result<Self, Error> {
        Self::build_with_lengths(module, sample, seed)
    }
}

impl<T: Real> Network<T> {
    /// [`new`](Network::new) in either number type: `Network::<f64>::build(..)`.
    ///
    /// # Errors
    /// If the module cannot be built for this shape.
    pub fn build(
        module: impl Module + 'static,
        sample: impl Into<Spec>,
        seed: u64,
    ) -> Result<Self, Error> {
        Self::of(Arc::new(module), Sample { spec: sample.into(), has_lengths: false }, seed)
    }

    /// [`with_lengths`](Network::with_lengths) in either number type.
    ///
    /// # Errors
    /// As [`with_lengths`](Network::with_lengths).
    pub fn build_with_lengths(
        module: impl Module + 'static,
        sample: impl Into<Spec>,
        seed: u64,
    ) -> Result<Self, Error> {
        Self::of(Arc::new(module), Sample { spec: sample.into(), has_lengths: true }, seed)
    }

    fn of(module: Arc<dyn Module>, sample: Sample, seed: u64) -> Result<Self, Error> {
        sample.check()?;
        let graph = Graph::new();
        let (ends, y) = sample.record(&graph, &*module)?;
        if sample.has_lengths && !reads_lengths(&graph, y) {
            return Err(Error::Setting {
                name: "the number of layers that read the lengths",
                value: "0".into(),
                expected: "at least one layer over time that does, so that padding is no data",
            });
        }
        let params = Params::new(&[&graph], seed)?;
        let plan = Plan::inference(&graph, &[y])?;
        let (output, y) = (y.spec(), y.id());
        Ok(Self { module, sample, output, params, seed, plan, ends, y })
    }

    /// Whether each sample is a sequence with a length of its own.
    pub fn takes_lengths(&self) -> bool {
        self.sample.has_lengths
    }

    /// The shape of one sample.
    pub fn sample_shape(&self) -> Shape {
        self.sample.spec.shape
    }

    /// The shape of one sample, and whether it is numbers or indices.
    pub fn sample(&self) -> Spec {
        self.sample.spec
    }

    /// The shape of one sample's output.
    pub fn output_shape(&self) -> Shape {
        self.output.shape
    }

    /// The weights.
    pub fn params(&self) -> &Params<T> {
        &self.params
    }

    /// The weights, to be changed or frozen.
    pub fn params_mut(&mut self) -> &mut Params<T> {
        &mut self.params
    }

    /// The outputs for samples that stand one after the other in `x`.
    ///
    /// # Errors
    /// If `x` does not hold a whole number of samples, or none, or if samples are indices or have
    /// lengths.
    pub fn predict(&mut self, x: &[T]) -> Result<Vec<T>, Error> {
        self.predicted(Samples::Numbers(x), None)
    }

    /// The same into `y`, without an allocation after the first call of its size.
    ///
    /// # Errors
    /// As [`predict`](Network::predict), or if `y` does not hold as many outputs.
    pub fn predict_into(&mut self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.predict_samples(Samples::Numbers(x), None, y)
    }

    /// The outputs for samples of indices that stand one after the other in `x`.
    ///
    /// # Errors
    /// If `x` does not hold a whole number of samples, or none, if an index is out of range, or if
    /// samples are numbers or have lengths.
    pub fn predict_indices(&mut self, x: &[u32]) -> Result<Vec<T>, Error> {
        self.predicted(Samples::Indices(x), None)
    }

    /// The same into `y`, without an allocation after the first call of its size.
    ///
    /// # Errors
    /// As [`predict_indices`](Network::predict_indices), or if `y` does not hold as many outputs.
    pub fn predict_indices_into(&mut self, x: &[u32], y: &mut [T]) -> Result<(), Error> {
        self.predict_samples(Samples::Indices(x), None, y)
    }

    /// The outputs for sequences that stand one after the other in `x`, each padded to the steps of a
    /// sample, and a length for each: of a network made by [`with_lengths`](Network::with_lengths).
    ///
    /// # Errors
    /// As [`predict`](Network::predict); if there is not a length for each sample, or one is not in
    /// `1..=steps`; if the network takes no lengths.
    pub fn predict_lengths(&mut self, x: &[T], lengths: &[u32]) -> Result<Vec<T>, Error> {
        self.predicted(Samples::Numbers(x), Some(lengths))
    }

    /// The same into `y`, without an allocation after the first call of its size.
    ///
    /// # Errors
    /// As [`predict_lengths`](Network::predict_lengths), or if `y` does not hold as many outputs.
    pub fn predict_lengths_into(
        &mut self,
        x: &[T],
        lengths: &[u32],
        y: &mut [T],
    ) -> Result<(), Error> {
        self.predict_samples(Samples::Numbers(x), Some(lengths), y)
    }

    /// [`predict_lengths`](Network::predict_lengths) for samples of indices.
    ///
    /// # Errors
    /// As [`predict_indices`](Network::predict_indices) and
    /// [`predict_lengths`](Network::predict_lengths).
    pub fn predict_indices_lengths(&mut self, x: &[u32], lengths: &[u32]) -> Result<Vec<T>, Error> {
        self.predicted(Samples::Indices(x), Some(lengths))
    }

    /// The same into `y`, without an allocation after the first call of its size.
    ///
    /// # Errors
    /// As [`predict_indices_lengths`](Network::predict_indices_lengths), or if `y` does not hold as
    /// many outputs.
    pub fn predict_indices_lengths_into(
        &mut self,
        x: &[u32],
        lengths: &[u32],
        y: &mut [T],
    ) -> Result<(), Error> {
        self.predict_samples(Samples::Indices(x), Some(lengths), y)
    }

    fn predicted(&mut self, x: Samples<'_, T>, lengths: Option<&[u32]>) -> Result<Vec<T>, Error> {
        let rows = self.sample.rows_of(x, lengths)?;
        let mut y = vec![T::ZERO; rows * self.output.shape.len()];
        self.predict_samples(x, lengths, &mut y)?;
        Ok(y)
    }

    fn predict_samples(
        &mut self,
        x: Samples<'_, T>,
        lengths: Option<&[u32]>,
        y: &mut [T],
    ) -> Result<(), Error> {
        let rows = self.sample.rows_of(x, lengths)?;
        let expected = rows * self.output.shape.len();
        if y.len() != expected {
            return Err(Error::Length { what: "the output".into(), found: y.len(), expected });
        }
        let mut run = self.plan.run(&mut self.params, rows)?;
        self.ends.fill(x, lengths, &mut run);
        run.forward()?;
        y.copy_from_slice(run.value(self.y));
        Ok(())
    }

    /// The outputs for all samples of a data set, in its order.
    ///
    /// # Errors
    /// If the data set is empty, or its samples have another shape.
    pub fn predict_all(&mut self, data: &Dataset<T>) -> Result<Vec<T>, Error> {
        let mut outputs = Vec::with_capacity(data.len() * self.output.shape.len());
        self.each_batch(data, |_, y, _| {
            outputs.extend_from_slice(y);
            Ok(())
        })?;
        Ok(outputs)
    }

    /// How good the network is on a data set.
    ///
    /// # Errors
    /// If the data set is empty, its samples have another shape, or the metric needs another kind
    /// of target or finds one that does not fit.
    pub fn evaluate<M: Metric>(&mut self, data: &Dataset<T>, metric: M) -> Result<M::Value, Error> {
        if !metric.accepts(crate::trainer::kind(data)) {
            return Err(Error::Setting {
                name: "the metric",
                value: metric.name(),
                expected: "one that accepts the targets of the data set",
            });
        }
        let mut tally = M::Tally::default();
        self.each_batch(data, |width, y, target| Ok(metric.add(&mut tally, width, y, target)?))?;
        Ok(metric.value(&tally))
    }

    /// What a loss sees of a sample.
    pub(crate) fn positions(&self) -> Positions {
        Positions::of(self.sample, self.output.shape)
    }

    /// Predicts a data set in order and shows each batch's outputs, their width, and targets with
    /// the weights that the data set has, 0 behind the ends of sequences.
    pub(crate) fn each_batch(
        &mut self,
        data: &Dataset<T>,
        mut seen: impl FnMut(usize, &[T], Weighted<'_, T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.sample.check_data("the data set", data)?;
        if data.is_empty() {
            return Err(Error::Empty { what: "the data set".into() });
        }
        let (width, positions) = (self.output.width(), self.positions());
        let (mut labels, mut values, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for batch in &data.batches(EVALUATION_ROWS) {
            let rows = batch.rows;
            let mut run = self.plan.run(&mut self.params, rows.len())?;
            self.ends.gather(batch, &mut run);
            run.forward().map_err(|error| error.of_rows(rows, 1))?;
            let target = match data.target_kind() {
                TargetKind::Labels { .. } => {
                    labels.resize(rows.len() * data.target_width(), 0);
                    data.gather_labels(rows, &mut labels);
                    Target::Labels(&labels)
                }
                TargetKind::Values { .. } => {
                    values.resize(rows.len() * data.target_width(), T::ZERO);
                    data.gather_values(rows, &mut values);
                    Target::Values(&values)
                }
            };
            let y = run.value(self.y);
            let target = match positions.weighs(data) {
                false => target.into(),
                true => {
                    weights.resize(y.len() / width.max(1), T::ZERO);
                    positions.gather_weights(batch, &mut weights);
                    target.weighted(&weights)
                }
            };
            let within = y.len() / width.max(1) / rows.len();
            seen(width, y, target).map_err(|error| error.of_rows(rows, within))?;
        }
        Ok(())
    }

    /// The network frozen for use by many threads: weights packed once, no gradients.
    ///
    /// # Errors
    /// If the module can no longer be built, which a module that depends only on itself cannot
    /// cause.
    pub fn predictor(&self) -> Result<Predictor<T>, Error> {
        Predictor::new(&self.module, self.sample, &self.params)
    }

    /// A table of the layers: path, output shape, weights.
    pub fn summary(&self) -> Summary {
        Summary::new(&self.plan.program, self.sample.spec.shape)
    }
}

/// Whether an op that this value depends on reads the lengths.
fn reads_lengths(graph: &Graph, y: Node<'_>) -> bool {
    let record = graph.snapshot();
    record.reads_lengths(&needed(&record, &[y.id().index]))
}
