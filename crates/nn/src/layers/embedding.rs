//! Tokens as vectors that are learnt.

use crate::error::{BuildError, Error};
use crate::graph::Node;
use crate::module::Module;
use crate::ops::EmbeddingOp;
use neuropil_initializers::{Fan, Initializer, Normal};
use rand_chacha::rand_core::Rng;
use std::sync::Arc;

/// y = the row of a table that each token names: indices `[..]` to `[.., width]`.
///
/// Weight `weight` `[tokens, width]`, in files the same. It starts standard normal, as that of
/// PyTorch's `Embedding`. Tokens are the indices of a sample ([`Spec::indices`](crate::Spec::indices)),
/// each below `tokens`. By default none is padding, and rows have any norm.
///
/// ```
/// use neuropil_nn::{Embedding, Spec, prelude::*};
///
/// // Sentences of four tokens of a vocabulary of ten, each a vector of three numbers.
/// let mut net = Network::new(Embedding::new(10, 3), Spec::indices([4]), 42)?;
/// assert_eq!(net.output_shape().dims(), [4, 3]);
/// let y = net.predict_indices(&[7, 0, 7, 9])?;
/// assert_eq!(y[..3], net.params().get("weight")?[7 * 3..8 * 3]);
///
/// let error = net.predict_indices(&[7, 0, 10, 9]).unwrap_err().to_string();
/// assert_eq!(error, "input \"x\", row 0: index 10, expected below 10");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Embedding {
    tokens: usize,
    width: usize,
    init: Arc<dyn Initializer>,
    padding: Option<usize>,
    op: EmbeddingOp,
}

impl Embedding {
    /// A vector of `width` numbers for each of so many tokens.
    pub fn new(tokens: usize, width: usize) -> Self {
        let normal = Normal::new(0.0, 1.0).expect("a deviation above 0");
        Self { tokens, width, init: Arc::new(normal), padding: None, op: EmbeddingOp::new() }
    }

    /// Starts the weight so.
    #[must_use]
    pub fn init(mut self, weight: impl Initializer + 'static) -> Self {
        self.init = Arc::new(weight);
        self
    }

    /// Makes a token padding: its row starts at zero and gets no gradient. PyTorch's `padding_idx`.
    ///
    /// ```
    /// use neuropil_nn::{Embedding, Spec, prelude::*};
    ///
    /// let layer = Embedding::new(10, 3).padding_index(0)?;
    /// let mut net = Network::new(layer, Spec::indices([]), 42)?;
    /// assert_eq!(net.predict_indices(&[0])?, [0.0; 3]);
    /// assert!(Embedding::new(10, 3).padding_index(10).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is none of the tokens.
    pub fn padding_index(mut self, token: usize) -> Result<Self, Error> {
        let index = u32::try_from(token).ok().filter(|_| token < self.tokens);
        let Some(index) = index else {
            let value = format!("{token} of {} tokens", self.tokens);
            let expected = "a token of the table";
            return Err(Error::Setting { name: "the padding index", value, expected });
        };
        self.padding = Some(token);
        self.op = self.op.padding_index(index);
        Ok(self)
    }

    /// Shortens rows that are longer to the Euclidean norm m: y = w min(1, m/‖w‖).
    ///
    /// The stored row stays as it is, and its gradient is that of this formula. PyTorch's `max_norm`
    /// shrinks the stored rows that a batch uses, by m/(‖w‖ + 10⁻⁷), and passes the gradient straight
    /// through; it makes the same outputs but for that 10⁻⁷, and other updates.
    ///
    /// ```
    /// use neuropil_nn::{Embedding, Spec, prelude::*};
    ///
    /// let layer = Embedding::new(10, 4).init(Ones).max_norm(1.0)?;
    /// let mut net = Network::new(layer, Spec::indices([]), 42)?;
    /// assert_eq!(net.predict_indices(&[3])?, [0.5; 4]); // the norm was 2
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Unless m is a finite number above 0.
    pub fn max_norm(mut self, m: f64) -> Result<Self, Error> {
        if !(m > 0.0 && m.is_finite()) {
            let (value, expected) = (m.to_string(), "a finite number above 0");
            return Err(Error::Setting { name: "the largest norm of a row", value, expected });
        }
        self.op = self.op.max_norm(m);
        Ok(self)
    }
}

impl Module for Embedding {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let (shape, init) = ([self.tokens, self.width], Arc::clone(&self.init));
        let table = match self.padding {
            None => x.graph().param("weight", shape, init)?,
            Some(row) => x.graph().param("weight", shape, ZeroRow { init, row })?,
        };
        x.op_with([table], self.op)
    }
}

/// Another initializer, and a row of zeros.
#[derive(Debug)]
struct ZeroRow {
    init: Arc<dyn Initializer>,
    row: usize,
}

impl Initializer for ZeroRow {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        self.init.fill(w, shape, fan, rng);
        let width = shape.last().copied().unwrap_or(1).max(1);
        if let Some(row) = w.chunks_exact_mut(width).nth(self.row) {
            row.fill(0.0);
        }
    }
}
