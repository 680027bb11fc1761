//! Costs of several values.

use super::Node;
use crate::error::BuildError;
use crate::layers::Linear;
use crate::ops::{CtcOp, JointLossOp, LinearCrossEntropyOp};
use neuropil_losses::{Ctc, JointLoss};

impl<'g> Node<'g> {
    /// The cost of this value and others under a loss of several inputs, one number for the batch. A
    /// value behind those of the loss is a weight for each row.
    ///
    /// ```
    /// use neuropil_losses::TripletMargin;
    /// use neuropil_nn::prelude::*;
    ///
    /// // One network for all three; what is asked of it is where its outputs are.
    /// let graph = Graph::new();
    /// let [a, p, n] = ["anchor", "positive", "negative"].map(|name| graph.input(name, [8]));
    /// let layers = Sequential::new().then(Linear::new(8, 16)).then(Relu).then(Linear::new(16, 4));
    /// let a = a.named("tower", &layers)?;
    /// let (p, n) = (p.shared("tower", &layers)?, n.shared("tower", &layers)?);
    /// let cost = a.joint_loss(TripletMargin::new().swap(true), &[p, n])?;
    ///
    /// let mut params = Params::<f32>::new(&[&graph], 42)?;
    /// let mut plan = Plan::training(&graph, cost, &[])?;
    /// # let _ = plan.run(&mut params, 1)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the values are not as many as the loss takes, if their shapes don't fit, or if one of which
    /// the loss has no gradient depends on weights of the network.
    pub fn joint_loss<L: JointLoss<N>, const N: usize>(
        self,
        loss: L,
        others: &[Node<'g>],
    ) -> Result<Node<'g>, BuildError> {
        let inputs: Vec<Node<'g>> = std::iter::once(self).chain(others.iter().copied()).collect();
        self.graph.record(JointLossOp::new(loss), &inputs, &[])
    }

    /// The cost of these log-probabilities `[time, classes]` against labels without places in time:
    /// indices `[longest]`, of which the first `counts`, an index `[]`, are labels. Where the graph has
    /// [lengths](crate::Graph::lengths_input), only so many steps count.
    ///
    /// ```
    /// use neuropil_losses::Ctc;
    /// use neuropil_nn::prelude::*;
    ///
    /// let graph = Graph::new();
    /// let x = graph.input("x", [50, 13]); // up to fifty steps of thirteen numbers
    /// let lengths = graph.lengths_input(50);
    /// let (labels, counts) = (graph.index_input("labels", [10]), graph.index_input("counts", []));
    /// let y = x.named("0", &Gru::new(13, 32))?.named("1", &Linear::new(32, 27))?.then(LogSoftmax)?;
    /// let cost = y.ctc(Ctc::new(), labels, counts)?;
    /// # assert!(!cost.spec().per_row);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes don't fit, or the blank is no class.
    pub fn ctc(self, ctc: Ctc, labels: Node<'g>, counts: Node<'g>) -> Result<Node<'g>, BuildError> {
        let inputs: Vec<Node<'g>> =
            [self, labels, counts].into_iter().chain(self.lengths()?).collect();
        self.graph.record(CtcOp::new(ctc), &inputs, &[])
    }

    /// The cross entropy of the logits that a layer makes of this value against labels `[..]`, without
    /// all logits in memory. The layer's weights stand one level below, under `name`: a graph for
    /// inference, or one that wants the logits, takes the same by `x.named(name, &layer)`.
    ///
    /// ```
    /// use neuropil_nn::{ops::LinearCrossEntropyOp, prelude::*};
    ///
    /// let head = Linear::new(64, 32_000);
    /// let graph = Graph::new();
    /// let (x, label) = (graph.input("x", [64]), graph.index_input("label", []));
    /// let cost = x.linear_cross_entropy("head", &head, LinearCrossEntropyOp::new(), label)?;
    ///
    /// let inference = Graph::new();
    /// let logits = inference.input("x", [64]).named("head", &head)?;
    /// let params = Params::<f32>::new(&[&graph, &inference], 42)?;
    /// assert!(params.paths().eq(["head.weight", "head.bias"])); // one set of weights for both
    /// # let _ = (cost, logits);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes don't fit, the path is taken, or only one of layer and op has a bias.
    pub fn linear_cross_entropy(
        self,
        name: &str,
        layer: &Linear,
        op: LinearCrossEntropyOp,
        labels: Node<'g>,
    ) -> Result<Node<'g>, BuildError> {
        self.graph.scoped(name, false, || {
            let (weight, bias) = layer.weights(self.graph)?;
            if bias.is_some() != op.has_bias() {
                let message = "LinearCrossEntropy: of the layer and the op, one has no bias".into();
                return Err(BuildError::Option { path: self.path(), message });
            }
            let inputs: Vec<Node<'g>> =
                [self, weight].into_iter().chain(bias).chain([labels]).collect();
            self.graph.record(op, &inputs, &[])
        })
    }
}
