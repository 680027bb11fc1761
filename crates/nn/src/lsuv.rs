//! A start that looks at data: each layer's weight scaled until its outputs have variance 1.

use crate::error::Error;
use crate::graph::{NodeId, Source};
use crate::inspect::{Role, place, table};
use crate::network::Network;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::program::{Fusion, Program};
use crate::real::Real;
use neuropil_data::Dataset;
use neuropil_initializers::{Fan, Initializer, Orthogonal};
use neuropil_regularizers::random;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::fmt;

/// How [`Network::lsuv`] starts the weights: layer-sequential unit variance.
///
/// | setting | default | |
/// | --- | --- | --- |
/// | [`tolerance`](Lsuv::tolerance) | 0.01 | how far from 1 a variance may be; the paper takes 0.1 |
/// | [`iterations`](Lsuv::iterations) | 10 | how often a weight is scaled, at most |
/// | [`rows`](Lsuv::rows) | 256 | of the data set, from its beginning |
/// | [`keep_start`](Lsuv::keep_start) | off | scales the weights that are there, instead of orthogonal ones |
///
/// Source: Mishkin and Matas, "All you need is a good init" (2016), algorithm 1.
///
/// ```
/// use neuropil_nn::Lsuv;
///
/// let options = Lsuv::new().tolerance(0.1)?.rows(64)?.keep_start();
/// assert_eq!(Lsuv::new(), Lsuv::default());
/// assert!(Lsuv::new().tolerance(0.0).is_err());
/// # let _ = options;
/// # Ok::<(), neuropil_nn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lsuv {
    tolerance: f64,
    iterations: u32,
    rows: usize,
    orthogonal: bool,
}

/// What [`Network::lsuv`] has done. `Display` prints a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LsuvReport {
    /// The rows that were looked at.
    pub rows: usize,
    /// The layers whose weights were scaled, in their order.
    pub layers: Vec<LsuvLayer>,
}

/// A layer of an [`LsuvReport`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LsuvLayer {
    /// The path of the layer.
    pub path: String,
    /// The op.
    pub op: String,
    /// The variance of its outputs with the weight that it had when its turn came, after the
    /// orthogonal start if there was one.
    pub before: f64,
    /// The variance of its outputs with the weight that it has now.
    pub after: f64,
    /// How often the weight was scaled.
    pub iterations: u32,
}

impl Lsuv {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { tolerance: 0.01, iterations: 10, rows: 256, orthogonal: true }
    }

    /// How far from 1 a variance may be.
    ///
    /// # Errors
    /// If `tolerance` is NaN, infinite, zero or negative.
    pub fn tolerance(self, tolerance: f64) -> Result<Self, Error> {
        if tolerance.is_finite() && tolerance > 0.0 {
            return Ok(Self { tolerance, ..self });
        }
        let value = tolerance.to_string();
        Err(Error::Setting { name: "tolerance", value, expected: "a finite number above 0" })
    }

    /// How often a weight is scaled, at most. Once is enough for a layer without a bias.
    ///
    /// # Errors
    /// If `iterations` is 0.
    pub fn iterations(self, iterations: u32) -> Result<Self, Error> {
        if iterations > 0 {
            return Ok(Self { iterations, ..self });
        }
        let (name, value) = ("iterations", "0".into());
        Err(Error::Setting { name, value, expected: "1 or more" })
    }

    /// How many rows of the data set are looked at, from its beginning; all if it has fewer.
    ///
    /// # Errors
    /// If `rows` is 0.
    pub fn rows(self, rows: usize) -> Result<Self, Error> {
        if rows > 0 {
            return Ok(Self { rows, ..self });
        }
        let (name, value) = ("rows", "0".into());
        Err(Error::Setting { name, value, expected: "1 or more" })
    }

    /// Scales the weights that are there, instead of orthogonal ones.
    #[must_use]
    pub const fn keep_start(self) -> Self {
        Self { orthogonal: false, ..self }
    }
}

impl Default for Lsuv {
    fn default() -> Self {
        Self::new()
    }
}

/// A layer to be scaled: the value that it makes, its weight, and where it stands.
struct Layer {
    output: NodeId,
    weight: usize,
    path: String,
    op: String,
}

impl<T: Real> Network<T> {
    /// Starts the weights so that the outputs of each dense and each convolution layer have variance 1 on
    /// the first rows of a data set: layer by layer, from the input on, `w = w/√variance` until it is
    /// within a tolerance.
    ///
    /// The variance is that of all numbers of a layer's output, before its activation, as in inference: no
    /// dropout, normalizations by their running statistics. Weights start orthogonal unless
    /// [`Lsuv::keep_start`] says other. Biases stay what they are: only with biases does it take more than one
    /// scaling, and biases that vary by more than 1 by themselves cannot be made up for; the report's `after`
    /// says where that is so. Frozen weights, computed ones, and those of layers over time stay what they are;
    /// one that several layers share is scaled for the first of them. Targets are not looked at.
    ///
    /// Source: Mishkin and Matas, "All you need is a good init" (2016), algorithm 1.
    ///
    /// ```
    /// use neuropil_nn::{Lsuv, prelude::*};
    ///
    /// let mut layers = Sequential::new();
    /// for _ in 0..20 {
    ///     layers = layers.then(Linear::new(8, 8).init(Normal::new(0.0, 0.01)?)).then(Tanh);
    /// }
    /// let mut net = Network::new(layers, [8], 42)?;
    /// let inputs: Vec<f32> = (0..64 * 8).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
    /// let data = Dataset::labelled([8], inputs, vec![0; 64], 2)?;
    /// let report = net.lsuv(&data, Lsuv::new())?;
    /// println!("{report}");
    /// assert_eq!(report.layers.len(), 20);
    /// assert!(report.layers.iter().all(|layer| (layer.after - 1.0).abs() < 0.01));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the data set is empty or its samples have another shape; if the variance of a layer is zero, NaN or
    /// infinite, which names the layer. The weights are then what they were.
    pub fn lsuv(&mut self, data: &Dataset<T>, options: Lsuv) -> Result<LsuvReport, Error> {
        self.sample.check_data("the data set", data)?;
        if data.is_empty() {
            return Err(Error::Empty { what: "the data set".into() });
        }
        let before = self.params.weights().to_vec();
        let outcome = self.scale_layers(data, options);
        if outcome.is_err() {
            self.params.weights_mut().copy_from_slice(&before);
        }
        outcome
    }

    fn scale_layers(&mut self, data: &Dataset<T>, options: Lsuv) -> Result<LsuvReport, Error> {
        let layers = self.scaled_layers();
        if options.orthogonal {
            for layer in &layers {
                self.start_orthogonal(layer.weight);
            }
        }
        let rows = options.rows.min(data.len());
        let mut report = LsuvReport { rows, layers: Vec::with_capacity(layers.len()) };
        for layer in layers {
            // The ops that lead to this layer alone.
            let record = self.plan.program.record.clone();
            let program = Program::new(record, None, &[layer.output], Fusion::None);
            let mut plan = Plan::new(program);
            let before = self.variance_of(&mut plan, &layer, data, rows)?;
            let (mut after, mut iterations) = (before, 0);
            while (after - 1.0).abs() > options.tolerance && iterations < options.iterations {
                let range = self.params.entries()[layer.weight].range();
                let scale = T::of(1.0 / after.sqrt());
                for w in &mut self.params.weights_mut()[range] {
                    *w *= scale;
                }
                after = self.variance_of(&mut plan, &layer, data, rows)?;
                iterations += 1;
            }
            let Layer { path, op, .. } = layer;
            report.layers.push(LsuvLayer { path, op, before, after, iterations });
        }
        Ok(report)
    }

    /// The layers with a weight of their own that may be changed, each weight once.
    fn scaled_layers(&self) -> Vec<Layer> {
        let program = self.plan.unfused().program;
        let record = &program.record;
        let mut layers: Vec<Layer> = Vec::new();
        for step in &program.steps {
            let Role::Linear { weight, .. } = Op::<f32>::role(&*step.op) else { continue };
            let root = record.root(step.inputs[weight]);
            let Source::Weight(index) = record.values[root].source else { continue };
            let path = &record.weights[index].path;
            let entries = self.params.entries();
            let entry = entries.iter().position(|entry| entry.path == *path);
            let Some(weight) = entry.filter(|&entry| entries[entry].trainable) else { continue };
            if layers.iter().all(|layer| layer.weight != weight) {
                layers.push(Layer {
                    output: NodeId { graph: record.id, index: step.output },
                    weight,
                    path: place(record, step.output, &step.inputs),
                    op: Op::<f32>::name(&*step.op),
                });
            }
        }
        layers
    }

    /// Another orthogonal matrix for each seed and path.
    fn start_orthogonal(&mut self, weight: usize) {
        let entry = &self.params.entries()[weight];
        let (range, shape) = (entry.range(), entry.shape);
        let key = random::key(&[self.seed, random::text("lsuv"), random::text(&entry.path)]);
        let mut w = vec![0.0; range.len()];
        let rng = &mut ChaCha8Rng::seed_from_u64(key);
        Orthogonal::new().fill(&mut w, shape.dims(), Fan::of(shape.dims()), rng);
        for (to, from) in self.params.weights_mut()[range].iter_mut().zip(w) {
            *to = T::of(from);
        }
    }

    /// The variance of all numbers of a layer's output.
    fn variance_of(
        &mut self,
        plan: &mut Plan<T>,
        layer: &Layer,
        data: &Dataset<T>,
        rows: usize,
    ) -> Result<f64, Error> {
        let batches = data.batches(rows);
        let batch = batches.iter().next();
        let batch = batch.ok_or_else(|| Error::Empty { what: "the data set".into() })?;
        let mut run = plan.run(&mut self.params, batch.rows.len())?;
        self.ends.gather(batch, &mut run);
        run.forward().map_err(|error| error.of_rows(batch.rows, 1))?;
        let y = run.value(layer.output);
        let n = y.len() as f64;
        let mean = y.iter().map(|y| y.to_f64()).sum::<f64>() / n;
        let variance = y.iter().map(|y| (y.to_f64() - mean).powi(2)).sum::<f64>() / n;
        // Its root is divided by.
        if variance.is_finite() && variance > f64::MIN_POSITIVE {
            return Ok(variance);
        }
        let Layer { path, op, .. } = layer;
        Err(Error::Variance { layer: format!("{path} {op}").trim().to_owned(), variance })
    }
}

impl fmt::Display for LsuvReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["layer", "op", "variance before", "after", "scaled"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.layers.iter().map(|layer| {
            [
                layer.path.clone(),
                layer.op.clone(),
                table::short(layer.before),
                table::short(layer.after),
                layer.iterations.to_string(),
            ]
        }));
        table::write(f, [false, false, true, true, true], &rows)?;
        write!(f, "\n{} rows", self.rows)
    }
}
