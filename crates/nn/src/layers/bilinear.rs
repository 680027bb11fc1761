//! A layer over pairs of numbers.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::{BilinearOp, PartOp};
use neuropil_initializers::{Fan, Initializer, UniformFanIn, Zeros};
use std::sync::Arc;

/// y_k = Σ_ij a_i W_kij b_j + c_k: `[.., first]` and `[.., second]` to `[.., outputs]`.
///
/// Weights `weight` `[outputs, first, second]` and `bias` `[outputs]`, as in PyTorch's `Bilinear`. By default both start
/// uniform in ±1/√first, as there; with [`init`](Bilinear::init) the bias starts at zero.
///
/// Two values of a graph are given with [`of`](Bilinear::of). As a module it takes both beside each other, `[.., first +
/// second]`: what [`Parallel::concatenate`](crate::Parallel::concatenate) makes of two branches.
///
/// ```
/// use neuropil_nn::{Bilinear, Parallel, prelude::*};
///
/// let branches = Parallel::concatenate().branch(Linear::new(4, 3)).branch(Linear::new(4, 2));
/// let layers = Sequential::new().then(branches).then(Bilinear::new(3, 2, 5));
/// let net = Network::new(layers, [4], 42)?;
/// assert_eq!(net.params().shape("1.weight")?.dims(), [5, 3, 2]);
/// assert_eq!(net.output_shape().dims(), [5]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Bilinear {
    first: usize,
    second: usize,
    outputs: usize,
    weight: Arc<dyn Initializer>,
    bias: Option<Arc<dyn Initializer>>,
}

impl Bilinear {
    /// From `first` and `second` numbers to `outputs`.
    pub fn new(first: usize, second: usize, outputs: usize) -> Self {
        let start: Arc<dyn Initializer> = Arc::new(UniformFanIn);
        Self { first, second, outputs, weight: Arc::clone(&start), bias: Some(start) }
    }

    /// Starts the weight so, and the bias at zero.
    #[must_use]
    pub fn init(mut self, weight: impl Initializer + 'static) -> Self {
        self.weight = Arc::new(weight);
        if self.bias.is_some() {
            self.bias = Some(Arc::new(Zeros));
        }
        self
    }

    /// Leaves the bias out.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.bias = None;
        self
    }

    /// Records the layer over two values, whose leading axes are the same.
    ///
    /// ```
    /// use neuropil_nn::{Bilinear, Graph, prelude::*};
    ///
    /// let graph = Graph::new();
    /// let (a, b) = (graph.input("a", [3]), graph.input("b", [2]));
    /// let y = Bilinear::new(3, 2, 5).of(a, b)?;
    /// assert_eq!(y.shape().dims(), [5]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the last axes are not those of the layer, or the others differ.
    ///
    /// # Panics
    /// If the values belong to different graphs.
    pub fn of<'g>(&self, a: Node<'g>, b: Node<'g>) -> Result<Node<'g>, BuildError> {
        let graph = a.graph();
        // As in PyTorch, the second input does not count.
        let fan = Fan::matrix(self.first, self.outputs);
        let shape = [self.outputs, self.first, self.second];
        let w = graph.param_with_fan("weight", shape, Arc::clone(&self.weight), fan)?;
        match &self.bias {
            None => a.op_with([b, w], BilinearOp),
            Some(bias) => {
                let c = graph.param_with_fan("bias", [self.outputs], Arc::clone(bias), fan)?;
                a.op_with([b, w, c], BilinearOp)
            }
        }
    }
}

impl Module for Bilinear {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let Self { first, second, outputs, .. } = *self;
        if x.shape().dims().last() != Some(&(first + second)) || outputs * first * second == 0 {
            let expected =
                format!("a last axis of {first} + {second} numbers, and one of each or more");
            let name = format!("Bilinear({first} x {second} -> {outputs})");
            let error = neuropil_tensor::ShapeError::unsupported(name, x.shape(), expected);
            return Err(BuildError::refused(x, error));
        }
        let a = x.op(PartOp { first: 0, len: first })?;
        self.of(a, x.op(PartOp { first, len: second })?)
    }
}
