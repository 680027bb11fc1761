//! Weight normalization around a layer.

use crate::error::BuildError;
use crate::graph::{Computed, Drawn, Follows, Node};
use crate::module::Module;
use crate::ops::WeightNormOp;
use neuropil_initializers::Ones;
use neuropil_regularizers::weight_norm;
use neuropil_tensor::Shape;
use std::sync::Arc;

/// A layer whose weight is w = g v/‖v‖, with a length g and a norm for each output: a dense layer, a
/// convolution, any that asks for a `weight` of its own.
///
/// In place of `weight` there are `parametrizations.weight.original0` (g, `[outputs, 1, ..]`) and
/// `parametrizations.weight.original1` (v, as the weight was): the names of PyTorch's
/// `nn.utils.parametrizations.weight_norm`, which also reads the older `weight_g` and `weight_v`. At first v is
/// drawn as the layer says and g is ‖v‖, so that w is what it would have been. By default the norm is taken
/// over all axes but the first, PyTorch's `dim=0`, that of the outputs (of a transposed convolution the
/// inputs), and the weight's name is `weight`. The gradient goes on to g and v; w is computed in every run. A
/// penalty on `*.original1` does not change w: put it on g, or none.
///
/// Source: Salimans and Kingma, "Weight Normalization: A Simple Reparameterization to Accelerate Training
/// of Deep Neural Networks" (2016).
///
/// ```
/// use neuropil_nn::{WeightNorm, prelude::*};
///
/// let layers = Sequential::new().then(WeightNorm::new(Linear::new(4, 8))).then(Tanh);
/// let net = Network::new(layers, [4], 42)?;
/// let paths: Vec<&str> = net.params().paths().collect();
/// assert_eq!(paths[..2], ["0.parametrizations.weight.original1", "0.parametrizations.weight.original0"]);
/// assert_eq!(net.params().shape(paths[1])?.dims(), [8, 1]);
///
/// let error = Network::new(WeightNorm::new(Flatten), [4], 42).unwrap_err().to_string();
/// assert_eq!(error, "WeightNorm: the layer has no weight \"weight\" of its own");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightNorm<M> {
    module: M,
    name: String,
    dim: Option<usize>,
}

impl<M: Module> WeightNorm<M> {
    /// Around a layer.
    pub fn new(module: M) -> Self {
        Self { module, name: "weight".into(), dim: Some(0) }
    }

    /// Of the weight of this name, such as `weight_hh_l0` of a recurrent layer.
    #[must_use]
    pub fn of(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// A norm for each place of another axis than the first, as files have them.
    #[must_use]
    pub fn dim(mut self, dim: usize) -> Self {
        self.dim = Some(dim);
        self
    }

    /// One length and one norm of the whole weight: PyTorch's `dim=None`.
    #[must_use]
    pub fn of_all(mut self) -> Self {
        self.dim = None;
        self
    }
}

impl<M: Module> Module for WeightNorm<M> {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let computed = Arc::new(Rule { dim: self.dim });
        x.graph().computing(&self.name, computed, "WeightNorm", || self.module.build(x))
    }
}

#[derive(Debug)]
struct Rule {
    dim: Option<usize>,
}

impl Computed for Rule {
    fn original(&self, name: &str) -> String {
        format!("parametrizations.{name}.original1")
    }

    fn compute<'g>(&self, v: Node<'g>, drawn: &Drawn) -> Result<Node<'g>, BuildError> {
        if let Some(dim) = self.dim.filter(|&dim| dim >= drawn.shape.rank()) {
            let message =
                format!("WeightNorm: a weight of shape {} has no axis {dim}", drawn.shape);
            return Err(BuildError::Option { path: drawn.path.clone(), message });
        }
        let (op, shape) = match self.dim {
            None => (WeightNormOp::of_all(), Shape::new(&[])),
            Some(dim) => {
                let axis = drawn.axis(dim);
                let dims = (0..drawn.shape.rank()).map(|of| match of == dim {
                    true => drawn.shape[axis],
                    false => 1,
                });
                (WeightNormOp::of_axis(axis), dims.collect())
            }
        };
        let name = format!("parametrizations.{}.original0", drawn.name);
        let g = v.graph().param(&name, shape, Ones)?;
        v.graph().follow(drawn, &[&name], Norms { shape: op.shape(drawn.shape) });
        v.op_with([g], op)
    }
}

/// g starts as ‖v‖.
#[derive(Debug)]
struct Norms {
    shape: [usize; 3],
}

impl Follows for Norms {
    fn start(&self, v: &[f64]) -> Vec<Vec<f64>> {
        let mut g = vec![0.0; self.shape[1]];
        weight_norm::norms(self.shape, v, &mut g);
        vec![g]
    }
}
