//! How the weights of recurrent layers start.

use crate::error::BuildError;
use crate::graph::Node;
use neuropil_initializers::{Chrono, Fan, Initializer, InitializerError, Rng, Uniform, Zeros};
use neuropil_tensor::recurrent::Recurrent as Layer;
use std::sync::Arc;

/// The initializers of a layer's weights.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub input: Arc<dyn Initializer>,
    pub state: Arc<dyn Initializer>,
    /// `None` if there are no biases.
    pub bias: Option<Arc<dyn Initializer>>,
    projection: Arc<dyn Initializer>,
    /// What the biases of the forget gate add up to; `None` for what `bias` makes of them.
    forget: Option<f64>,
    /// What the biases of all gates add up to, if that is set.
    pub chrono: Option<Chrono>,
}

impl Start {
    /// All uniform in ±1/√hidden.
    pub fn uniform(hidden: usize) -> Self {
        let bound = 1.0 / (hidden.max(1) as f64).sqrt();
        let uniform: Arc<dyn Initializer> =
            Arc::new(Uniform::new(-bound, bound).expect("a positive bound"));
        Self {
            input: Arc::clone(&uniform),
            state: Arc::clone(&uniform),
            bias: Some(Arc::clone(&uniform)),
            projection: uniform,
            forget: None,
            chrono: None,
        }
    }

    pub fn forget(&mut self, value: f64) -> Result<(), InitializerError> {
        if !value.is_finite() {
            let (initializer, parameter) = ("forget_bias", "value");
            return Err(InitializerError::NotFinite { initializer, parameter, value });
        }
        self.forget = Some(value);
        Ok(())
    }

    /// Leaves the forget gate to what starts the others.
    pub fn forget_none(&mut self) {
        self.forget = None;
    }

    /// The weights of one layer in one direction, in the order of the op's inputs.
    pub fn weights<'g>(
        &self,
        x: Node<'g>,
        layer: Layer,
        suffix: &str,
    ) -> Result<Vec<Node<'g>>, BuildError> {
        let graph = x.graph();
        if layer.inputs == 0 || layer.hidden == 0 {
            let message = format!(
                "{}: {} inputs and {} units, expected one of each or more",
                layer.cell.name(),
                layer.inputs,
                layer.hidden
            );
            return Err(BuildError::Option { path: x.path(), message });
        }
        let (columns, state, hidden) = (layer.columns(), layer.state(), layer.hidden);
        let gates = |each: &Arc<dyn Initializer>| Gates { each: Arc::clone(each), hidden };
        let name = |of: &str| format!("{of}{suffix}");
        let mut nodes = vec![
            graph.matrix(&name("weight_ih"), [layer.inputs, columns], gates(&self.input))?,
            graph.matrix(&name("weight_hh"), [state, columns], gates(&self.state))?,
        ];
        if state != hidden {
            let r = Arc::clone(&self.projection);
            nodes.push(graph.matrix(&name("weight_hr"), [hidden, state], r)?);
        }
        if let Some(bias) = &self.bias {
            let fan = Fan::matrix(hidden, hidden);
            for (of, share) in [("bias_ih", 1.0), ("bias_hh", 0.0)] {
                let forget = self.forget.map(|value| value * share);
                let bias: Arc<dyn Initializer> = match self.chrono {
                    None => Arc::clone(bias),
                    Some(chrono) if share == 1.0 => Arc::new(chrono),
                    Some(_) => Arc::new(Zeros),
                };
                let start = ForgetGate { bias, forget, hidden };
                nodes.push(graph.param_with_fan(&name(of), [columns], start, fan)?);
            }
        }
        Ok(nodes)
    }
}

/// Starts the block of each gate, `[rows, hidden]`, by itself: its fan, and what is orthogonal, are those of
/// a gate.
#[derive(Debug)]
struct Gates {
    each: Arc<dyn Initializer>,
    hidden: usize,
}

impl Initializer for Gates {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        let (rows, columns, hidden) = (shape[0], shape[1], self.hidden);
        let mut block = vec![0.0; rows * hidden];
        for first in (0..columns).step_by(hidden) {
            self.each.fill(&mut block, &[rows, hidden], Fan::matrix(rows, hidden), rng);
            for (row, from) in w.chunks_exact_mut(columns).zip(block.chunks_exact(hidden)) {
                // Whoever tries an initializer may do so on a shape of fewer columns.
                let end = columns.min(first + hidden);
                row[first..end].copy_from_slice(&from[..end - first]);
            }
        }
    }
}

/// Starts a bias, the forget gate's part of it with one number.
#[derive(Debug)]
struct ForgetGate {
    bias: Arc<dyn Initializer>,
    forget: Option<f64>,
    hidden: usize,
}

impl Initializer for ForgetGate {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        self.bias.fill(w, shape, fan, rng);
        if let Some(value) = self.forget {
            // The LSTM's gates are i, f, g, o.
            let gate = self.hidden.min(w.len())..(2 * self.hidden).min(w.len());
            w[gate].fill(value);
        }
    }
}
