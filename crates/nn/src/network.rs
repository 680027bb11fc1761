//! A module made real: its weights, and a plan to predict with.

use crate::error::Error;
use crate::graph::{Graph, NodeId};
use crate::metrics::Metric;
use crate::module::Module;
use crate::params::Params;
use crate::plan::Plan;
use crate::predictor::Predictor;
use crate::real::Real;
use crate::spec::Spec;
use crate::summary::Summary;
use crate::trainer::gather_weights;
use neuropil_data::{Batch, Dataset, InputKind, TargetKind};
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
    pub(crate) sample: Spec,
    pub(crate) output: Spec,
    pub(crate) params: Params<T>,
    pub(crate) seed: u64,
    pub(crate) plan: Plan<T>,
    x: NodeId,
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
        let sample = sample.into();
        if !sample.per_row {
            return Err(Error::Setting {
                name: "the sample",
                value: format!("a single value of shape {sample}"),
                expected: "a value of each row",
            });
        }
        let graph = Graph::new();
        let x = graph.named_input("x", sample);
        let y = module.build(x)?;
        let params = Params::new(&[&graph], seed)?;
        let plan = Plan::inference(&graph, &[y])?;
        let (x, output, y) = (x.id(), y.spec(), y.id());
        Ok(Self { module: Arc::new(module), sample, output, params, seed, plan, x, y })
    }

    /// The shape of one sample.
    pub fn sample_shape(&self) -> Shape {
        self.sample.shape
    }

    /// The shape of one sample, and whether it is numbers or indices.
    pub fn sample(&self) -> Spec {
        self.sample
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
    /// If `x` does not hold a whole number of samples, or none, or if samples are indices.
    pub fn predict(&mut self, x: &[T]) -> Result<Vec<T>, Error> {
        let rows = rows_of(x.len(), self.sample, false)?;
        let mut y = vec![T::ZERO; rows * self.output.shape.len()];
        self.predict_into(x, &mut y)?;
        Ok(y)
    }

    /// The same into `y`, without an allocation after the first call of its size.
    ///
    /// # Errors
    /// If `x` does not hold a whole number of samples, or `y` not as many outputs, or if samples
    /// are indices.
    pub fn predict_into(&mut self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        let rows = rows_of(x.len(), self.sample, false)?;
        self.check_output(rows, y)?;
        let mut run = self.plan.run(&mut self.params, rows)?;
        run.input(self.x).copy_from_slice(x);
        run.forward()?;
        y.copy_from_slice(run.value(self.y));
        Ok(())
    }

    /// The outputs for samples of indices that stand one after the other in `x`.
    ///
    /// # Errors
    /// If `x` does not hold a whole number of samples, or none, if an index is out of range, or if
    /// samples are numbers.
    pub fn predict_indices(&mut self, x: &[u32]) -> Result<Vec<T>, Error> {
        let rows = rows_of(x.len(), self.sample, true)?;
        let mut y = vec![T::ZERO; rows * self.output.shape.len()];
        self.predict_indices_into(x, &mut y)?;
        Ok(y)
    }

    /// The same into `y`, without an allocation after the first call of its size.
    ///
    /// # Errors
    /// As [`predict_indices`](Network::predict_indices), or if `y` does not hold as many outputs.
    pub fn predict_indices_into(&mut self, x: &[u32], y: &mut [T]) -> Result<(), Error> {
        let rows = rows_of(x.len(), self.sample, true)?;
        self.check_output(rows, y)?;
        let mut run = self.plan.run(&mut self.params, rows)?;
        run.indices(self.x).copy_from_slice(x);
        run.forward()?;
        y.copy_from_slice(run.value(self.y));
        Ok(())
    }

    fn check_output(&self, rows: usize, y: &[T]) -> Result<(), Error> {
        let expected = rows * self.output.shape.len();
        match y.len() == expected {
            true => Ok(()),
            false => Err(Error::Length { what: "the output".into(), found: y.len(), expected }),
        }
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

    /// Predicts a data set in order and shows each batch's outputs, their width, and targets with
    /// the weights that the data set has.
    pub(crate) fn each_batch(
        &mut self,
        data: &Dataset<T>,
        mut seen: impl FnMut(usize, &[T], Weighted<'_, T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        check_samples("the data set", data, self.sample)?;
        if data.is_empty() {
            return Err(Error::Empty { what: "the data set".into() });
        }
        let width = self.output.width();
        let (mut labels, mut values, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for batch in &data.batches(EVALUATION_ROWS) {
            let Batch { rows, .. } = batch;
            let mut run = self.plan.run(&mut self.params, rows.len())?;
            match self.sample.indices {
                true => data.gather_indices(rows, run.indices(self.x)),
                false => data.gather_inputs(rows, run.input(self.x)),
            }
            run.forward()?;
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
            let target = match data.is_weighted() {
                false => target.into(),
                true => {
                    weights.resize(y.len() / width.max(1), T::ZERO);
                    gather_weights(batch, &mut weights);
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
        Predictor::new(&*self.module, self.sample, &self.params)
    }

    /// A table of the layers: path, output shape, weights.
    pub fn summary(&self) -> Summary {
        Summary::new(&self.plan.program, self.sample.shape)
    }
}

/// The samples in so many numbers, or indices.
pub(crate) fn rows_of(len: usize, sample: Spec, indices: bool) -> Result<usize, Error> {
    if indices != sample.indices {
        let (what, expected) = ("the input".into(), sample.indices);
        return Err(Error::SampleKind { what, expected });
    }
    let width = sample.shape.len().max(1);
    if len == 0 {
        return Err(Error::Empty { what: "the input".into() });
    }
    if !len.is_multiple_of(width) {
        return Err(Error::Length {
            what: format!("the input, of samples of shape {}", sample.shape),
            found: len,
            expected: len.next_multiple_of(width),
        });
    }
    Ok(len / width)
}

pub(crate) fn check_samples<T: Copy>(
    what: &str,
    data: &Dataset<T>,
    expected: Spec,
) -> Result<(), Error> {
    if data.shape() != expected.shape.dims() {
        let found = format!("{:?}", data.shape());
        let expected = Box::new(expected.shape);
        return Err(Error::SampleShape { what: what.into(), found, expected });
    }
    if matches!(data.input_kind(), InputKind::Indices { .. }) != expected.indices {
        return Err(Error::SampleKind { what: what.into(), expected: expected.indices });
    }
    Ok(())
}
