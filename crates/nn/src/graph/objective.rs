//! What is minimized beside the cost.

use super::{Graph, Node};
use crate::error::BuildError;
use crate::spec::Spec;
use neuropil_tensor::ShapeError;

impl Graph {
    /// Adds a single number to what a [`Trainer`](crate::Trainer) minimizes beside its cost: a price
    /// that a layer lays on its own values. Whoever runs a plan of the graph by hand adds it to the
    /// cost by hand.
    ///
    /// # Errors
    /// If it is no single number.
    ///
    /// # Panics
    /// If the node belongs to another graph.
    pub fn penalize<'g>(&'g self, price: Node<'g>) -> Result<(), BuildError> {
        assert!(std::ptr::eq(price.graph, self), "{price:?} belongs to another graph");
        if price.spec() != Spec::single([]) {
            let error = ShapeError::unsupported("penalize", price.shape(), "a single number");
            return Err(BuildError::refused(price, error));
        }
        self.record.borrow_mut().prices.push(price.index);
        Ok(())
    }

    /// A cost and all prices of layers; `None` if there are none.
    pub(crate) fn objective<'g>(&'g self, cost: Node<'g>) -> Result<Option<Node<'g>>, BuildError> {
        let prices = self.record.borrow().prices.clone();
        let mut objective = None;
        for index in prices {
            let price = Node { graph: self, index };
            objective = Some(objective.unwrap_or(cost).plus(price)?);
        }
        Ok(objective)
    }
}
