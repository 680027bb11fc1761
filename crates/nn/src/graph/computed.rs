//! Weights that are computed from others, whatever layer asks for them.

use super::Graph;
use crate::error::BuildError;
use crate::graph::Node;
use neuropil_tensor::Shape;
use std::fmt::Debug;
use std::sync::Arc;

/// What stands between a layer and a weight that it asks for by name.
pub(crate) trait Computed: Debug + Send + Sync {
    /// The name of the weight that is drawn instead.
    fn original(&self, name: &str) -> String {
        name.to_owned()
    }

    /// What the layer gets.
    fn compute<'g>(&self, w: Node<'g>, drawn: &Drawn) -> Result<Node<'g>, BuildError>;
}

/// The weight that was drawn.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// The name that the layer asks for.
    pub name: String,
    /// The path of the weight.
    pub path: String,
    pub shape: Shape,
    /// Files hold the transposed matrix.
    pub transposed_in_files: bool,
}

impl Drawn {
    /// The axis here that is this one in files, as PyTorch counts.
    pub fn axis(&self, dim: usize) -> usize {
        if self.transposed_in_files && dim < 2 { 1 - dim } else { dim }
    }
}

/// Numbers that start as a function of a weight that was drawn, in `f64`.
pub(crate) trait Follows: Debug + Send + Sync {
    /// The numbers of each of the paths.
    fn start(&self, w: &[f64]) -> Vec<Vec<f64>>;
}

/// A rule for the start of weights and states.
#[derive(Clone, Debug)]
pub(crate) struct Following {
    /// The path of the weight that they follow.
    pub leader: String,
    /// Their paths.
    pub paths: Vec<String>,
    pub rule: Arc<dyn Follows>,
}

/// A computation that waits for a layer to ask for the weight.
#[derive(Debug)]
pub(super) struct Waiting {
    /// How deep the paths are at which the layer may ask.
    depth: usize,
    name: String,
    computed: Arc<dyn Computed>,
    was_asked: bool,
}

impl Graph {
    /// Builds with a weight of this name replaced by what is computed.
    ///
    /// # Errors
    /// What `build` says, or if it asks for no such weight at the present path.
    pub(crate) fn computing<R>(
        &self,
        name: &str,
        computed: Arc<dyn Computed>,
        what: &str,
        build: impl FnOnce() -> Result<R, BuildError>,
    ) -> Result<R, BuildError> {
        let depth = self.record.borrow().scope.len();
        let name = name.to_owned();
        let waiting = Waiting { depth, name: name.clone(), computed, was_asked: false };
        self.waiting.borrow_mut().push(waiting);
        let built = build();
        let was_asked = self.waiting.borrow_mut().pop().is_some_and(|waiting| waiting.was_asked);
        let built = built?;
        if !was_asked {
            let path = self.record.borrow().scope.join(".");
            let message = format!("{what}: the layer has no weight {name:?} of its own");
            return Err(BuildError::Option { path, message });
        }
        Ok(built)
    }

    /// What is to be computed of the weight of this name, the innermost first.
    pub(super) fn computations(&self, name: &str) -> Vec<Arc<dyn Computed>> {
        let depth = self.record.borrow().scope.len();
        let mut waiting = self.waiting.borrow_mut();
        let of_name = waiting.iter_mut().rev().filter(|w| w.depth == depth && w.name == name);
        of_name
            .map(|waiting| {
                waiting.was_asked = true;
                Arc::clone(&waiting.computed)
            })
            .collect()
    }

    /// Lets weights and states of the present path start as a function of a weight that is drawn.
    pub(crate) fn follow(&self, drawn: &Drawn, names: &[&str], rule: impl Follows + 'static) {
        let mut record = self.record.borrow_mut();
        let paths = names.iter().map(|name| record.path(name)).collect();
        let leader = drawn.path.clone();
        if record.following.iter().all(|known| known.leader != leader || known.paths != paths) {
            record.following.push(Following { leader, paths, rule: Arc::new(rule) });
        }
    }

    /// The path of a weight of this name.
    pub(super) fn path_of(&self, name: &str) -> String {
        self.record.borrow().path(name)
    }
}
