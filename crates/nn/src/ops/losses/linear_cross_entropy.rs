//! A projection to many classes and its cross entropy, without all logits in memory.

mod kernels;

use super::weighs;
use crate::inspect::Role;
use crate::lend::{Inputs, Target};
use crate::op::{Backward, Forward, Memory, Op};
use crate::ops::linear::AddRows;
use crate::parallel;
use crate::spec::Spec;
use kernels::{Gather, STATISTICS, Slope};
use neuropil_losses::{LossError, Prediction, Reduction};
use neuropil_simd::{Float, dispatch};
use neuropil_tensor::ShapeError;
use neuropil_tensor::gemm::{Bias, Matrix, MatrixMut, Plain, gemm, scratch_len};
use std::ops::Range;

/// The cross entropy of the logits z = x W + b, which stand in memory in blocks, never whole: for
/// vocabularies of tens of thousands of classes, whose logits and their gradients are larger than all
/// else. PyTorch's `functional.linear_cross_entropy`.
///
/// Inputs: x `[.., features]`; W `[features, classes]`; b `[classes]` unless
/// [left out](LinearCrossEntropyOp::without_bias); labels, indices `[..]`; if given, weights `[..]`.
///
/// loss_r = ln Σ_j e^(z_j) - (1 - ε) z_label - ε/classes Σ_j z_j, with the label smoothing ε;
/// y = Σ_r w_r loss_r / Σ_r w_r by mean over the rows whose label is not ignored, y = Σ_r w_r loss_r by
/// sum. With dz = dy ∂y/∂z, dx += dz Wᵀ, dW += xᵀ dz, db += the sum of dz over the rows. By default
/// there is no smoothing, no label is ignored, and the rows are reduced to their mean.
///
/// Forward keeps two numbers a row; backward makes the logits again, block by block: a fourth product
/// beside the three of a layer, for a fraction of the memory. All products and sums are those of
/// [`LinearOp`](crate::ops::LinearOp), to the bit but for the sum of exponentials, which is taken block by
/// block. Bits depend on neither threads nor the other rows of a batch.
///
/// ```
/// use neuropil_nn::{Graph, Params, Plan, ops::LinearCrossEntropyOp, prelude::*};
///
/// let graph = Graph::new();
/// let (x, label) = (graph.input("x", [3]), graph.index_input("label", []));
/// let w = graph.param("w", [3, 1000], Zeros)?;
/// let cost = x.op_with([w, label], LinearCrossEntropyOp::new().without_bias())?;
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::training(&graph, cost, &[])?;
/// let mut run = plan.run(&mut params, 1)?;
/// run.input(x).copy_from_slice(&[1.0, 2.0, 3.0]);
/// run.indices(label)[0] = 7;
/// run.forward()?;
/// assert!((run.value(cost)[0] - 1000.0_f32.ln()).abs() < 1e-5); // all classes equally likely
/// run.backward();
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LinearCrossEntropyOp {
    label_smoothing: f64,
    ignored: Option<u32>,
    bias: bool,
    reduction: Reduction,
}

/// Rows and classes of a block of logits: 2 MiB in `f32`. The number of classes alone enters the bits.
const BLOCK: [usize; 2] = [512, 1024];

impl Default for LinearCrossEntropyOp {
    fn default() -> Self {
        let reduction = Reduction::Mean;
        Self { label_smoothing: 0.0, ignored: None, bias: true, reduction }
    }
}

impl LinearCrossEntropyOp {
    /// With a bias, without smoothing, the mean over the rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// How much of each label is spread over all classes.
    ///
    /// # Errors
    /// If it is not in [0, 1].
    pub fn label_smoothing(self, label_smoothing: f64) -> Result<Self, LossError> {
        if (0.0..=1.0).contains(&label_smoothing) {
            return Ok(Self { label_smoothing, ..self });
        }
        let (loss, setting) = ("LinearCrossEntropyOp", "label_smoothing");
        let expected = "in [0, 1]";
        Err(LossError::Setting { loss, setting, value: label_smoothing, expected })
    }

    /// The label of rows that count nothing: they have neither cost nor gradient, and no part in the
    /// mean. It need not be one of the classes.
    pub fn ignore_index(self, label: u32) -> Self {
        Self { ignored: Some(label), ..self }
    }

    /// No b among the inputs.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// The sum over the rows instead of their mean.
    pub fn sum(self) -> Self {
        Self { reduction: Reduction::Sum, ..self }
    }

    /// Whether it takes a bias.
    pub(crate) fn has_bias(&self) -> bool {
        self.bias
    }

    /// Which input the labels are.
    fn labels(&self) -> usize {
        if self.bias { 3 } else { 2 }
    }

    fn batch<'a, T: Float>(&self, rows: usize, x: &Inputs<'a, T>) -> Batch<'a, T> {
        let labels = self.labels();
        let sizes = Sizes::of(rows, x.spec(0), x.spec(1));
        let weights = (x.len() > labels + 1).then(|| x.get(labels + 1));
        let batch = Batch {
            sizes,
            x: x.get(0),
            w: x.get(1),
            bias: self.bias.then(|| x.get(2)),
            labels: x.indices(labels),
            ignored: self.ignored,
            weights,
            smoothing: T::of(self.label_smoothing),
            scale: 1.0,
        };
        let total = || -> f64 { (0..sizes.rows).map(|row| batch.weight(row)).sum() };
        let scale = match self.reduction {
            Reduction::Sum => 1.0,
            _ => match total() {
                total if total > 0.0 => 1.0 / total,
                _ => 0.0,
            },
        };
        Batch { scale, ..batch }
    }
}

/// Logits [rows, classes] = x [rows, features] W [features, classes].
#[derive(Clone, Copy)]
struct Sizes {
    rows: usize,
    features: usize,
    classes: usize,
}

impl Sizes {
    fn of(rows: usize, x: Spec, w: Spec) -> Self {
        let [features, classes] = [w.shape[0], w.shape[1]];
        Self { rows: x.len(rows) / x.width().max(1), features, classes }
    }

    /// Rows and classes of the largest block.
    fn block(self) -> [usize; 2] {
        [self.rows.min(BLOCK[0]), self.classes.min(BLOCK[1])]
    }

    /// The scratch that the products of any block need.
    fn product_scratch<T: Float>(self) -> usize {
        let [m, n] = self.block();
        let (k, ms, ns) = (self.features, [m, self.rows % m.max(1)], [n, self.classes % n.max(1)]);
        let sizes = ms.into_iter().flat_map(|m| ns.map(|n| [(m, n, k), (m, k, n), (k, n, m)]));
        sizes.flatten().map(|(m, n, k)| scratch_len::<T>(m, n, k)).max().unwrap_or(0)
    }

    fn row_blocks(self) -> impl Iterator<Item = Range<usize>> {
        let rows = self.rows;
        (0..rows).step_by(BLOCK[0]).map(move |first| first..rows.min(first + BLOCK[0]))
    }

    fn class_blocks(self) -> impl Iterator<Item = Range<usize>> {
        let classes = self.classes;
        (0..classes).step_by(BLOCK[1]).map(move |first| first..classes.min(first + BLOCK[1]))
    }
}

/// The inputs.
#[derive(Clone, Copy)]
struct Batch<'a, T> {
    sizes: Sizes,
    x: &'a [T],
    w: &'a [T],
    bias: Option<&'a [T]>,
    labels: &'a [u32],
    ignored: Option<u32>,
    weights: Option<&'a [T]>,
    smoothing: T,
    /// What the sum of the rows' losses is multiplied with.
    scale: f64,
}

impl<'a, T: Float> Batch<'a, T> {
    /// How much a row counts.
    fn weight(&self, row: usize) -> f64 {
        match self.weights {
            _ if Some(self.labels[row]) == self.ignored => 0.0,
            Some(weights) => weights[row].to_f64(),
            None => 1.0,
        }
    }

    fn x(&self, rows: &Range<usize>) -> Matrix<'a, T> {
        let k = self.sizes.features;
        Matrix::new(&self.x[rows.start * k..rows.end * k], rows.len(), k)
    }

    fn w(&self, classes: &Range<usize>) -> Matrix<'a, T> {
        let Sizes { features, classes: n, .. } = self.sizes;
        // Without features there is nothing behind the start.
        let w = if features == 0 { self.w } else { &self.w[classes.start..] };
        Matrix::with_strides(w, features, classes.len(), n, 1)
    }

    /// The logits of a block.
    fn logits(&self, rows: &Range<usize>, classes: &Range<usize>, z: &mut [T], scratch: &mut [T]) {
        let (x, w) = (self.x(rows), self.w(classes));
        let z = MatrixMut::new(z, rows.len(), classes.len());
        match self.bias {
            Some(bias) => gemm(x, w, T::ZERO, z, Bias(&bias[classes.clone()]), scratch),
            None => gemm(x, w, T::ZERO, z, Plain, scratch),
        }
    }
}

impl<T: Float> Op<T> for LinearCrossEntropyOp {
    fn name(&self) -> String {
        "LinearCrossEntropy".into()
    }

    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        let op = "LinearCrossEntropy";
        let (x, w, at) = (inputs[0], inputs[1], self.labels());
        if x.indices || !x.per_row {
            return Err(ShapeError::unsupported(op, x.shape, "features for each row"));
        }
        if w.shape.rank() != 2 || w.per_row {
            let what = "a weight [features, classes], the same for all rows";
            return Err(ShapeError::unsupported(format!("{op}: weight"), w.shape, what));
        }
        let [features, classes] = [w.shape[0], w.shape[1]];
        if x.shape.dims().last() != Some(&features) {
            let what = format!("a last axis of {features} numbers");
            return Err(ShapeError::unsupported(op, x.shape, what));
        }
        if self.bias && (inputs[2].shape.dims() != [classes] || inputs[2].per_row) {
            let what = format!("[{classes}]");
            return Err(ShapeError::unsupported(format!("{op}: bias"), inputs[2].shape, what));
        }
        let Some(labels) = inputs.get(at).filter(|labels| labels.indices) else {
            return Err(ShapeError::unsupported(op, x.shape, "labels as indices"));
        };
        if labels.shape.dims() != super::outer(&x) {
            return Err(ShapeError::mismatch(
                "LinearCrossEntropy: features and labels",
                x.shape,
                labels.shape,
            ));
        }
        if let Some(weights) = inputs.get(at + 1) {
            weighs(&x, weights)?;
        }
        Ok(Spec::single([]))
    }

    fn role(&self) -> Role {
        Role::Loss(Prediction::Values)
    }

    fn memory(&self, rows: usize, inputs: &[Spec]) -> Memory {
        let sizes = Sizes::of(rows, inputs[0], inputs[1]);
        let [m, n] = sizes.block();
        let scratch = m * n + m * STATISTICS + sizes.product_scratch::<T>();
        Memory { saved: 2 * sizes.rows, scratch, words: 0 }
    }

    fn index_range(&self, input: usize, inputs: &[Spec]) -> Option<Range<u32>> {
        let classes = || u32::try_from(inputs[1].shape[1]).unwrap_or(u32::MAX);
        (input == self.labels()).then(|| 0..classes())
    }

    fn passes_index(&self, input: usize) -> Option<u32> {
        self.ignored.filter(|_| input == self.labels())
    }

    fn differentiates(&self, input: usize) -> bool {
        input < self.labels()
    }

    fn forward(&self, step: Forward<'_, T>) {
        let batch = self.batch(step.rows, &step.x);
        let sizes = batch.sizes;
        let [m, n] = sizes.block();
        let (logits, rest) = step.scratch.split_at_mut(m * n);
        let (statistics, scratch) = rest.split_at_mut(m * STATISTICS);
        let mut sum = 0.0;
        for rows in sizes.row_blocks() {
            let statistics = &mut statistics[..rows.len() * STATISTICS];
            kernels::begin(statistics);
            for classes in sizes.class_blocks() {
                let n = classes.len();
                let z = &mut logits[..rows.len() * n];
                batch.logits(&rows, &classes, z, scratch);
                let (z, labels, first) = (&*z, &batch.labels[rows.clone()], classes.start);
                parallel::rows_of_cost(statistics, (STATISTICS, n), |at, statistics| {
                    let (z, labels) = (&z[at.start * n..at.end * n], &labels[at]);
                    dispatch(Gather { z, n, first, labels, statistics });
                });
            }
            let saved = &mut step.saved[2 * rows.start..2 * rows.end];
            let (smoothing, classes) = (batch.smoothing, sizes.classes);
            let losses = kernels::finish(statistics, saved, smoothing, classes);
            for (row, loss) in rows.zip(losses) {
                // A row that does not count may hold anything.
                if Some(batch.labels[row]) != batch.ignored {
                    sum += batch.weight(row) * loss.to_f64();
                }
            }
        }
        step.y[0] = T::of(sum * batch.scale);
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let batch = self.batch(step.rows, &step.x);
        let (sizes, dy, saved) = (batch.sizes, step.dy[0].to_f64(), step.saved);
        let Sizes { features, classes: width, .. } = sizes;
        let [m, n] = sizes.block();
        let (logits, scratch) = step.scratch.split_at_mut(m * n);
        let [mut dx, mut dw, db] = step.dx.targets::<3>();
        let mut db = if self.bias { db.map(Target::cleared) } else { None };
        let share = batch.smoothing / T::of(width as f64);
        for rows in sizes.row_blocks() {
            for classes in sizes.class_blocks() {
                let n = classes.len();
                let z = &mut logits[..rows.len() * n];
                batch.logits(&rows, &classes, z, scratch);
                parallel::rows_of_cost(z, (n, 4 * n), |at, z| {
                    for (row, z) in (rows.start + at.start..).zip(z.chunks_exact_mut(n)) {
                        if Some(batch.labels[row]) == batch.ignored {
                            z.fill(T::ZERO);
                            continue;
                        }
                        let w = T::of(batch.weight(row) * batch.scale * dy);
                        let [largest, sum] = [saved[2 * row], saved[2 * row + 1]];
                        dispatch(Slope { z, largest, factor: w / sum, shift: w * share });
                        let label = batch.labels[row] as usize;
                        if classes.contains(&label) {
                            z[label - classes.start] -= w * (T::ONE - batch.smoothing);
                        }
                    }
                });
                let dz = Matrix::new(&*z, rows.len(), n);
                if let Some(dx) = &mut dx {
                    let beta = if classes.start == 0 { dx.beta() } else { T::ONE };
                    let dx = &mut dx.values[rows.start * features..rows.end * features];
                    let dx = MatrixMut::new(dx, rows.len(), features);
                    gemm(dz, batch.w(&classes).transposed(), beta, dx, Plain, scratch);
                }
                if let Some(dw) = &mut dw
                    && features > 0
                {
                    let beta = if rows.start == 0 { dw.beta() } else { T::ONE };
                    let dw = &mut dw.values[classes.start..];
                    let dw = MatrixMut::with_stride(dw, features, n, width);
                    gemm(batch.x(&rows).transposed(), dz, beta, dw, Plain, scratch);
                }
                if let Some(db) = &mut db {
                    let (dy, db) = (&*z, &mut db[classes.clone()]);
                    parallel::columns(db, rows.len(), |first, db| {
                        dispatch(AddRows { dy, n, first, db });
                    });
                }
            }
        }
    }
}
