//! Batch normalization: statistics over the whole batch, state beside the weights.

use neuropil_initializers::{Ones, Zeros};

use neuropil_nn::inspect::{Role, Rule, Verdict};
use neuropil_nn::{Backward, Forward, Memory, Mode, Op, Spec, prelude::*};
use neuropil_simd::Float;
use neuropil_tensor::ShapeError;

/// y = (x - mean) rstd gamma + beta over [rows, width]; states: running mean and variance.
#[derive(Debug)]
struct BatchNormOp;

const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

impl<T: Float> Op<T> for BatchNormOp {
    fn output(&self, inputs: &[Spec]) -> Result<Spec, ShapeError> {
        Ok(inputs[0])
    }

    fn role(&self) -> Role {
        Role::Normalization { over_rows: true }
    }

    fn memory(&self, _rows: usize, inputs: &[Spec]) -> Memory {
        Memory { saved: 2 * inputs[0].width(), ..Memory::default() }
    }

    fn forward(&self, mut step: Forward<'_, T>) {
        let (x, gamma, beta) = (step.x.get(0), step.x.get(1), step.x.get(2));
        let width = gamma.len();
        let rows = T::of(step.rows as f64);
        let (mean, rstd) = step.saved.split_at_mut(width);
        for j in 0..width {
            let column = || x[j..].iter().step_by(width).copied();
            let variance = match step.mode {
                Mode::Training => {
                    mean[j] = column().sum::<T>() / rows;
                    column().map(|x| (x - mean[j]) * (x - mean[j])).sum::<T>() / rows
                }
                Mode::Inference => {
                    mean[j] = step.states.get(0)[j];
                    step.states.get(1)[j]
                }
            };
            rstd[j] = T::ONE / (variance + T::of(EPSILON)).sqrt();
            if step.mode == Mode::Training {
                let unbiased = variance * rows / (rows - T::ONE);
                for (state, value) in [(0, mean[j]), (1, unbiased)] {
                    if let Some(running) = step.states.update(state) {
                        running[j] += T::of(MOMENTUM) * (value - running[j]);
                    }
                }
            }
        }
        for (y, x) in step.y.chunks_exact_mut(width).zip(x.chunks_exact(width)) {
            for j in 0..width {
                y[j] = (x[j] - mean[j]) * rstd[j] * gamma[j] + beta[j];
            }
        }
    }

    fn backward(&self, mut step: Backward<'_, T>) {
        let (x, gamma) = (step.x.get(0), step.x.get(1));
        let width = gamma.len();
        let (mean, rstd) = step.saved.split_at(width);
        let rows = T::of(step.rows as f64);
        let dy = &*step.dy;
        let [mut dx, mut dgamma, mut dbeta] = step.dx.all::<3>();
        for j in 0..width {
            let normal = |i: usize| (x[i] - mean[j]) * rstd[j];
            let places = || (j..x.len()).step_by(width);
            let sum: T = places().map(|i| dy[i]).sum();
            let dot: T = places().map(|i| dy[i] * normal(i)).sum();
            if let Some(dgamma) = &mut dgamma {
                dgamma[j] += dot;
            }
            if let Some(dbeta) = &mut dbeta {
                dbeta[j] += sum;
            }
            if let Some(dx) = &mut dx {
                for i in places() {
                    dx[i] += match step.mode {
                        Mode::Training => {
                            (dy[i] - (sum + normal(i) * dot) / rows) * rstd[j] * gamma[j]
                        }
                        Mode::Inference => dy[i] * rstd[j] * gamma[j],
                    };
                }
            }
        }
    }
}

#[derive(Debug)]
struct BatchNorm1d;

impl Module for BatchNorm1d {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let (graph, width) = (x.graph(), x.width());
        let gamma = graph.param("weight", [width], Ones)?;
        let beta = graph.param("bias", [width], Zeros)?;
        let mean = graph.state("running_mean", [width], 0.0)?;
        let variance = graph.state("running_var", [width], 1.0)?;
        graph.record(BatchNormOp, &[x, gamma, beta], &[mean, variance])
    }
}

#[test]
fn gradients() -> Result<(), Error> {
    // States are none of the op's inputs: in training it does not read them.
    gradcheck(&BatchNorm1d, [4], 1)?;
    gradcheck(&Sequential::new().then(Linear::new(3, 5)).then(BatchNorm1d).then(Relu), [3], 2)?;
    Ok(())
}

#[test]
fn only_training_writes_the_state() -> Result<(), Box<dyn std::error::Error>> {
    let mut net = Network::new(Sequential::new().then(BatchNorm1d), [1], 3)?;
    let data = Dataset::with_values([1], vec![1.0, 3.0, 5.0, 7.0], [1], vec![0.0; 4])?;
    let before = net.predict(&[2.0])?;
    assert!(
        (before[0] - 2.0 / (1.0_f32 + 1e-5).sqrt()).abs() < 1e-6,
        "mean 0 and variance 1 at first"
    );
    assert_eq!(net.params().state("0.running_mean")?, [0.0]);

    let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Sgd::new())?.rate(0.0);
    for batch in &data.batches(4) {
        trainer.gradients(batch)?;
    }
    // Mean 4; variance with n - 1: (9 + 1 + 1 + 9) / 3.
    assert!((net.params().state("0.running_mean")?[0] - 0.4).abs() < 1e-6);
    assert!((net.params().state("0.running_var")?[0] - (0.9 + 0.1 * 20.0 / 3.0)).abs() < 1e-6);

    // The state is saved and loaded with the weights, under PyTorch's names.
    let file = std::env::temp_dir()
        .join(format!("neuropil-batch-norm-{}.safetensors", std::process::id()));
    net.save(&file)?;
    let mut other = Network::new(Sequential::new().then(BatchNorm1d), [1], 4)?;
    other.load(&file)?;
    std::fs::remove_file(&file)?;
    assert_eq!(other.predict(&[2.0])?, net.predict(&[2.0])?);
    Ok(())
}

#[test]
fn a_batch_that_is_refused_leaves_the_state_alone() -> Result<(), Box<dyn std::error::Error>> {
    let layers = Sequential::new().then(BatchNorm1d).then(Linear::new(1, 2));
    let mut net = Network::new(layers, [1], 3)?;
    let wrong_label = Dataset::labelled([1], vec![1.0, 3.0], vec![0, 2], 3)?;
    let not_finite = Dataset::labelled([1], vec![1.0, f32::NAN], vec![0, 1], 2)?;
    for data in [wrong_label, not_finite] {
        let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Sgd::new())?;
        for batch in &data.batches(2) {
            assert!(trainer.gradients(batch).is_err());
        }
        assert_eq!(net.params().state("0.running_mean")?, [0.0]);
        assert_eq!(net.params().state("0.running_var")?, [1.0]);
    }
    Ok(())
}

/// A bias before it is lost: the lint sees it by the op's role, the audit by what is left of its
/// gradient.
#[test]
fn a_bias_before_it_is_found() -> Result<(), Box<dyn std::error::Error>> {
    let inputs: Vec<f64> = (0..12).map(|i| f64::from(i * i % 7)).collect();
    let data = Dataset::with_values([2], inputs, [1], vec![1.0, 0.0, 2.0, -1.0, 0.5, 3.0])?;
    for bias in [true, false] {
        let first = if bias { Linear::new(2, 3) } else { Linear::new(2, 3).without_bias() };
        let layers = Sequential::new().then(first).then(BatchNorm1d).then(Tanh);
        let mut net = Network::<f64>::build(layers.then(Linear::new(3, 1)), [2], 1)?;
        let mut trainer = Trainer::new(&mut net, MeanSquaredError::new(), Adam::new())?;
        for batch in &data.batches(6) {
            trainer.gradients(batch)?;
        }
        let lint = trainer.lint();
        assert_eq!(lint.of(Rule::BiasBeforeNormalization).count(), usize::from(bias), "{lint}");
        let audit = trainer.audit()?;
        let troubles: Vec<_> = audit.troubles().map(|row| (&row.path[..], row.verdict)).collect();
        let expected = if bias { vec![("0.bias", Verdict::Vanishing)] } else { vec![] };
        assert_eq!(troubles, expected, "{audit}");
    }
    Ok(())
}
