//! Spectral normalization around a layer.

use crate::error::BuildError;
use crate::graph::{Computed, Drawn, Follows, Node};
use crate::module::Module;
use crate::ops::SpectralNormOp;
use neuropil_regularizers::{RegularizerError, random, spectral_norm};
use std::sync::Arc;

/// A layer with the weight w' = w/σ, σ being the largest singular value of the matrix with a row for each
/// output: the layer changes no distance by more than its input changed.
///
/// In place of `weight` there is `parametrizations.weight.original` (w, as the weight was), and the states
/// `parametrizations.weight.0._u` `[outputs]` and `parametrizations.weight.0._v`, near the first singular
/// vectors: the names of PyTorch's `nn.utils.parametrizations.spectral_norm`. Each training run moves them
/// by one power iteration by default; inference takes them as they are. By default ε is 10⁻¹², the rows
/// are those of the first axis, and the weight's name is `weight`; around a transposed convolution say
/// `.dim(1)`, as PyTorch does by itself. The gradient takes u and v as constants.
///
/// At first u and v have made up to a thousand iterations, until they settle, where PyTorch makes 15 from
/// random ones.
///
/// Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018).
///
/// ```
/// use neuropil_nn::{SpectralNorm, prelude::*};
///
/// let layers = Sequential::new()
///     .then(SpectralNorm::new(Linear::new(4, 8)))
///     .then(Relu)
///     .then(SpectralNorm::new(Linear::new(8, 1)).iterations(2)?);
/// let net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.params().paths().next(), Some("0.parametrizations.weight.original"));
/// assert_eq!(net.params().state("0.parametrizations.weight.0._v")?.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SpectralNorm<M> {
    module: M,
    name: String,
    dim: usize,
    iterations: usize,
    epsilon: f64,
}

impl<M: Module> SpectralNorm<M> {
    /// Around a layer.
    pub fn new(module: M) -> Self {
        let epsilon = spectral_norm::EPSILON;
        Self { module, name: "weight".into(), dim: 0, iterations: 1, epsilon }
    }

    /// Of the weight of this name, such as `weight_hh_l0` of a recurrent layer.
    #[must_use]
    pub fn of(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// A row for each place of another axis than the first, as files have them.
    #[must_use]
    pub fn dim(mut self, dim: usize) -> Self {
        self.dim = dim;
        self
    }

    /// Power iterations of each training run.
    ///
    /// # Errors
    /// If there are none.
    pub fn iterations(mut self, iterations: usize) -> Result<Self, RegularizerError> {
        SpectralNormOp::of_axis(0).iterations(iterations)?;
        self.iterations = iterations;
        Ok(self)
    }

    /// The least length that is divided by: ε.
    ///
    /// # Errors
    /// If ε is no positive finite number in `f32`.
    pub fn epsilon(mut self, epsilon: f64) -> Result<Self, RegularizerError> {
        SpectralNormOp::of_axis(0).epsilon(epsilon)?;
        self.epsilon = epsilon;
        Ok(self)
    }
}

impl<M: Module> Module for SpectralNorm<M> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Self { dim, iterations, epsilon, .. } = *self;
        let computed = Arc::new(Rule { dim, iterations, epsilon });
        x.graph().computing(&self.name, computed, "SpectralNorm", || self.module.build(x))
    }
}

#[derive(Debug)]
struct Rule {
    dim: usize,
    iterations: usize,
    epsilon: f64,
}

impl Computed for Rule {
    fn original(&self, name: &str) -> String {
        format!("parametrizations.{name}.original")
    }

    fn compute<'g>(&self, w: Node<'g>, drawn: &Drawn) -> Result<Node<'g>, BuildError> {
        let (graph, axis) = (w.graph(), drawn.axis(self.dim));
        let refuse = |error: RegularizerError| BuildError::Option {
            path: drawn.path.clone(),
            message: error.to_string(),
        };
        let op = SpectralNormOp::of_axis(axis).iterations(self.iterations).map_err(refuse)?;
        let op = op.epsilon(self.epsilon).map_err(refuse)?;
        let dims = drawn.shape.dims();
        let Some(&n) = dims.get(axis) else {
            let (dim, shape) = (self.dim, drawn.shape);
            let message = format!("SpectralNorm: a weight of shape {shape} has no axis {dim}");
            return Err(BuildError::Option { path: drawn.path.clone(), message });
        };
        let (outer, inner) = (dims[..axis].iter().product(), dims[axis + 1..].iter().product());
        let names = ["_u", "_v"].map(|name| format!("parametrizations.{}.0.{name}", drawn.name));
        let [u, v] = [n, outer * inner];
        let states = [graph.state(&names[0], [u], 0.0)?, graph.state(&names[1], [v], 0.0)?];
        let start = Vectors { shape: [outer, n, inner], epsilon: self.epsilon };
        graph.follow(drawn, &[&names[0], &names[1]], start);
        graph.record(op, &[w], &states)
    }
}

/// u and v start as the first singular vectors.
#[derive(Debug)]
struct Vectors {
    shape: [usize; 3],
    epsilon: f64,
}

impl Follows for Vectors {
    fn start(&self, w: &[f64]) -> Vec<Vec<f64>> {
        const MOST: usize = 1_000;
        let [outer, n, inner] = self.shape;
        let (mut u, mut v) = (vec![0.0; n], vec![0.0; outer * inner]);
        // Any start will do that is not orthogonal to what is looked for, as random ones never are.
        random::normals(random::text("u and v"), 0, &mut v);
        for _ in 0..MOST {
            let before = u.clone();
            spectral_norm::iterate(self.shape, w, self.epsilon, &mut u, &mut v);
            let moved = u.iter().zip(&before).map(|(u, before)| (u - before).powi(2)).sum::<f64>();
            if moved.sqrt() < 1e-13 {
                break;
            }
        }
        vec![u, v]
    }
}
