//! Lengths: how many steps of each row's sequence are data and not padding.

use super::{Graph, Node, Source};
use crate::error::BuildError;
use crate::spec::Spec;
use neuropil_tensor::ShapeError;
use std::ops::Range;

/// The input of lengths.
#[derive(Clone, Debug)]
pub(crate) struct Lengths {
    pub value: usize,
    /// The steps that a padded sequence has.
    pub steps: usize,
}

impl Lengths {
    /// What a length can be.
    pub fn range(&self) -> Range<u32> {
        1..u32::try_from(self.steps).unwrap_or(u32::MAX).saturating_add(1)
    }
}

impl Graph {
    /// An input named `lengths`: an index of shape `[]` for each row, how many of its `steps` are
    /// data, from the first on. What follows is padding. Layers over time ask for it
    /// ([`Node::lengths`]), and a run refuses lengths out of `1..=steps`.
    ///
    /// ```
    /// use neuropil_nn::Graph;
    ///
    /// let graph = Graph::new();
    /// let x = graph.input("x", [20, 3]); // up to twenty steps of three numbers
    /// assert!(graph.lengths().is_none());
    /// let lengths = graph.lengths_input(20);
    /// assert_eq!(graph.lengths().map(|node| node.id()), Some(lengths.id()));
    /// assert!(x.lengths()?.is_some());
    /// # Ok::<(), neuropil_nn::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the graph has lengths already, or `steps` is 0.
    pub fn lengths_input(&self, steps: usize) -> Node<'_> {
        assert!(steps > 0, "lengths of sequences of no steps");
        assert!(self.lengths().is_none(), "the graph has an input of lengths already");
        let node = self.named_input("lengths", Spec::indices([]));
        self.record.borrow_mut().lengths = Some(Lengths { value: node.index, steps });
        node
    }

    /// The lengths of the sequences; `None` if all steps are data.
    pub fn lengths(&self) -> Option<Node<'_>> {
        let record = self.record.borrow();
        record.lengths.as_ref().map(|lengths| Node { graph: self, index: lengths.value })
    }
}

impl<'g> Node<'g> {
    /// The lengths of the sequences whose steps stand along the first axis of this value; `None` if
    /// all steps are data. What a layer over time asks in [`build`](crate::Module::build).
    ///
    /// # Errors
    /// If the graph has lengths of sequences of more or fewer steps than the first axis has.
    pub fn lengths(self) -> Result<Option<Node<'g>>, BuildError> {
        let steps = self.graph.record.borrow().lengths.as_ref().map(|lengths| lengths.steps);
        match steps {
            Some(steps) if self.shape().dims().first() != Some(&steps) => {
                let expected = format!("a first axis of the {steps} steps that lengths count");
                let error = ShapeError::unsupported("lengths", self.shape(), expected);
                Err(BuildError::refused(self, error))
            }
            _ => Ok(self.graph.lengths()),
        }
    }
}

impl super::Record {
    /// Whether one of these values reads the lengths.
    pub fn reads_lengths(&self, needed: &[bool]) -> bool {
        let Some(lengths) = &self.lengths else { return false };
        self.values.iter().zip(needed).any(|(value, &needed)| match &value.source {
            Source::Op { inputs, .. } => {
                needed && inputs.iter().any(|&input| self.root(input) == lengths.value)
            }
            _ => false,
        })
    }
}
