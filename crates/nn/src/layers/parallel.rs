//! Several modules over one input, and their outputs joined.

use crate::error::BuildError;
use crate::graph::Node;
use crate::module::Module;
use crate::ops::ConcatOp;
use std::sync::Arc;

/// Branches over the same input, joined: y = f_0(x) ∘ f_1(x) ∘ …, where ∘ is one of
///
/// | | shapes | |
/// | --- | --- | --- |
/// | [`concatenate`](Parallel::concatenate) | `[.., a]` and `[.., b]` to `[.., a + b]` | beside each other, along the last axis |
/// | [`add`](Parallel::add) | equal | y = f_0(x) + f_1(x) + … |
/// | [`multiply`](Parallel::multiply) | equal | y = f_0(x) · f_1(x) · …, number by number |
///
/// By default there are no branches, which is an error when it is built. The weights of the i-th branch are named
/// `i.…`. A branch that hands the input on is [`Identity`](neuropil_activations::Identity), so [`Residual`](crate::Residual) is a
/// sum with one.
///
/// Keras's `Concatenate`, `Add` and `Multiply`, Flux's `Parallel`; in PyTorch it is written as `torch.cat`, `+` and `*`
/// in a module's `forward`.
///
/// ```
/// use neuropil_nn::{Linear, Parallel, prelude::*};
///
/// let wide = Parallel::concatenate().branch(Linear::new(4, 3)).branch(Identity);
/// let gated = Parallel::multiply()
///     .branch(Linear::new(7, 2))
///     .branch(Sequential::new().then(Linear::new(7, 2)).then(Sigmoid));
/// let net = Network::new(Sequential::new().then(wide).then(gated), [4], 42)?;
/// assert_eq!(net.output_shape().dims(), [2]);
/// assert_eq!(net.params().paths().nth(4), Some("1.1.0.weight"));
/// # Ok::<(), Error>(())
/// ```
#[doc(alias = "Concatenate")]
#[doc(alias = "Add")]
#[doc(alias = "Multiply")]
#[derive(Clone, Debug)]
pub struct Parallel {
    join: Join,
    branches: Vec<Arc<dyn Module>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Join {
    Concatenate,
    Add,
    Multiply,
}

impl Parallel {
    const fn joined_by(join: Join) -> Self {
        Self { join, branches: Vec::new() }
    }

    /// Outputs stand beside each other, along the last axis.
    #[must_use]
    pub const fn concatenate() -> Self {
        Self::joined_by(Join::Concatenate)
    }

    /// Outputs are added.
    #[must_use]
    pub const fn add() -> Self {
        Self::joined_by(Join::Add)
    }

    /// Outputs are multiplied, number by number.
    #[must_use]
    pub const fn multiply() -> Self {
        Self::joined_by(Join::Multiply)
    }

    /// Appends a branch.
    #[must_use]
    pub fn branch(mut self, module: impl Module + 'static) -> Self {
        self.branches.push(Arc::new(module));
        self
    }
}

impl Module for Parallel {
    fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
        let mut y: Option<Node<'g>> = None;
        for (i, branch) in self.branches.iter().enumerate() {
            let next = x.named(&i.to_string(), &**branch)?;
            y = Some(match (y, self.join) {
                (None, _) => next,
                (Some(y), Join::Concatenate) => y.op_with([next], ConcatOp)?,
                (Some(y), Join::Add) => y.plus(next)?,
                (Some(y), Join::Multiply) => y.times(next)?,
            });
        }
        y.ok_or_else(|| BuildError::Option {
            path: x.path(),
            message: "Parallel: 0 branches, expected one or more".into(),
        })
    }
}
