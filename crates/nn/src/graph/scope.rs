//! Paths: what is built one level below.

use super::Graph;
use crate::error::BuildError;

impl Graph {
    /// Builds with weights one level below, under `name`: what [`Node::named`](super::Node::named) does for modules, for
    /// layers of several inputs or outputs.
    ///
    /// ```
    /// use neuropil_nn::{Graph, prelude::*};
    ///
    /// let graph = Graph::new();
    /// let x = graph.input("x", [5, 3]);
    /// let (y, end) = graph.named("encoder", || Gru::new(3, 8).with_states(x, None))?;
    /// let params = Params::<f32>::new(&[&graph], 42)?;
    /// assert_eq!(params.paths().next(), Some("encoder.weight_ih_l0"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What `build` says.
    pub fn named<R>(
        &self,
        name: &str,
        build: impl FnOnce() -> Result<R, BuildError>,
    ) -> Result<R, BuildError> {
        self.scoped(name, false, build)
    }

    /// The same as an earlier [`named`](Graph::named), with the very weights that it made.
    ///
    /// # Errors
    /// If a weight is not there or has another shape, or what `build` says.
    pub fn shared<R>(
        &self,
        name: &str,
        build: impl FnOnce() -> Result<R, BuildError>,
    ) -> Result<R, BuildError> {
        self.scoped(name, true, build)
    }

    pub(super) fn scoped<R>(
        &self,
        name: &str,
        sharing: bool,
        build: impl FnOnce() -> Result<R, BuildError>,
    ) -> Result<R, BuildError> {
        {
            let mut record = self.record.borrow_mut();
            record.scope.push(name.to_owned());
            record.sharing += usize::from(sharing);
        }
        let built = build();
        let mut record = self.record.borrow_mut();
        record.scope.pop();
        record.sharing -= usize::from(sharing);
        built
    }
}
