//! State that goes from one run to the next: what a value holds after a run is what an input holds
//! in the one after it.

use super::{Graph, Node, Record, Source};
use crate::error::BuildError;
use crate::spec::Spec;
use neuropil_tensor::{Shape, ShapeError};

/// One piece of state.
#[derive(Clone, Debug)]
pub(crate) struct CarriedSpec {
    pub path: String,
    /// The input that holds it in a run.
    pub to: usize,
    /// The value that it is taken from after the run.
    pub from: Option<usize>,
}

impl Graph {
    /// An empty graph whose layers carry their state from run to run: for training on a long sequence
    /// piece by piece ([`Trainer::carry_state`](crate::Trainer::carry_state)), or for one step at a
    /// time ([`Stream`](crate::Stream)). Whoever runs a plan of it keeps the state, a
    /// [`Carried`](crate::Carried).
    pub fn carrying() -> Self {
        let graph = Self::new();
        graph.record.borrow_mut().carried = Some(Vec::new());
        graph
    }

    /// The state that a layer goes on from: `None` in an ordinary graph, where it begins anew in each
    /// run; in a [`carrying`](Graph::carrying) one an input of numbers of this shape for each row,
    /// zero at first. Its path is that of the layer being built, a dot, and `name`; a shared layer
    /// has a state in each place (`name`, `name.2`, ...). [`carry`](Graph::carry) says what it becomes.
    ///
    /// No gradient flows into it: that is where back-propagation through time is cut.
    ///
    /// # Errors
    /// If the path is taken and the layer is not [`shared`](Node::shared).
    pub fn carried(
        &self,
        name: &str,
        shape: impl Into<Shape>,
    ) -> Result<Option<Node<'_>>, BuildError> {
        let path = {
            let record = self.record.borrow();
            let Some(carried) = &record.carried else { return Ok(None) };
            let path = record.path(name);
            let is_taken = |path: &str| carried.iter().any(|state| state.path == path);
            if !is_taken(&path) {
                path
            } else if record.sharing == 0 {
                return Err(BuildError::Duplicate { path });
            } else {
                let numbered = (2..).map(|number| format!("{path}.{number}"));
                numbered.into_iter().find(|path| !is_taken(path)).unwrap_or_default()
            }
        };
        let node = self.named_input(&path, Spec::per_row(shape));
        let state = CarriedSpec { path, to: node.index, from: None };
        self.record.borrow_mut().carried.get_or_insert_default().push(state);
        Ok(Some(node))
    }

    /// Says what a state becomes: what `from` holds after a run is what the input `to` holds in the
    /// next.
    ///
    /// # Errors
    /// If `from` is no number of each row of the same shape.
    ///
    /// # Panics
    /// If `to` is not what [`carried`](Graph::carried) has given, or has been carried to before, or a
    /// node belongs to another graph.
    pub fn carry<'g>(&'g self, from: Node<'g>, to: Node<'g>) -> Result<(), BuildError> {
        for node in [from, to] {
            assert!(std::ptr::eq(node.graph, self), "{node:?} belongs to another graph");
        }
        if from.spec() != to.spec() {
            let error = ShapeError::mismatch("carry: value and state", from.shape(), to.shape());
            return Err(BuildError::refused(from, error));
        }
        let mut record = self.record.borrow_mut();
        let mut states = record.carried.iter_mut().flatten();
        let state = states.find(|state| state.to == to.index);
        let state = state.unwrap_or_else(|| panic!("value {} is no carried state", to.index));
        assert!(state.from.is_none(), "the state {:?} is carried to already", state.path);
        state.from = Some(from.index);
        Ok(())
    }
}

impl Record {
    /// The states that are carried.
    pub fn carried(&self) -> &[CarriedSpec] {
        self.carried.as_deref().unwrap_or_default()
    }

    /// Whether it is known of each state what it becomes.
    pub fn check_carried(&self) -> Result<(), BuildError> {
        match self.carried().iter().find(|state| state.from.is_none()) {
            None => Ok(()),
            Some(state) => {
                let message = "nothing is carried to this state: call `Graph::carry`".into();
                Err(BuildError::Option { path: state.path.clone(), message })
            }
        }
    }

    /// The values that states are taken from.
    pub fn carried_from(&self) -> impl Iterator<Item = usize> {
        self.carried().iter().filter_map(|state| state.from)
    }

    /// The numbers of a state of each row.
    pub fn carried_shape(&self, state: &CarriedSpec) -> Shape {
        debug_assert!(matches!(self.values[state.to].source, Source::Input));
        self.values[state.to].spec.shape
    }
}
