//! What a network takes: samples of one shape, with or without lengths, and how data is fed to it.

use crate::error::{BuildError, Error};
use crate::graph::{Graph, Node, NodeId};
use crate::module::Module;
use crate::plan::Run;
use crate::real::Real;
use crate::spec::Spec;
use neuropil_data::{Batch, Dataset, InputKind};

/// What a network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub spec: Spec,
    /// Whether each sample is a sequence with a length of its own.
    pub has_lengths: bool,
}

/// The inputs of a recorded network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub x: NodeId,
    pub lengths: Option<NodeId>,
}

/// Samples that stand one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Samples<'a, T> {
    Numbers(&'a [T]),
    Indices(&'a [u32]),
}

impl<T> Samples<'_, T> {
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(x) => x.len(),
            Self::Indices(x) => x.len(),
        }
    }
}

impl Sample {
    /// Records a module for such samples.
    pub fn record<'g>(
        self,
        graph: &'g Graph,
        module: &dyn Module,
    ) -> Result<(Ends, Node<'g>), BuildError> {
        let x = graph.named_input("x", self.spec);
        let steps = || self.spec.shape.dims()[0];
        let lengths = self.has_lengths.then(|| graph.lengths_input(steps()).id());
        let y = module.build(x)?;
        Ok((Ends { x: x.id(), lengths }, y))
    }

    /// Whether a network can take these samples at all.
    pub fn check(self) -> Result<(), Error> {
        let spec = self.spec;
        let (value, expected) = if !spec.per_row {
            (format!("a single value of shape {spec}"), "a value of each row")
        } else if self.has_lengths && matches!(spec.shape.dims(), [] | [0, ..]) {
            (format!("of shape {}", spec.shape), "sequences, whose first axis are the steps")
        } else {
            return Ok(());
        };
        Err(Error::Setting { name: "the sample", value, expected })
    }

    /// Whether a data set holds such samples.
    pub fn check_data<T: Copy>(self, what: &str, data: &Dataset<T>) -> Result<(), Error> {
        let spec = self.spec;
        if data.shape() != spec.shape.dims() {
            let found = format!("{:?}", data.shape());
            let expected = Box::new(spec.shape);
            return Err(Error::SampleShape { what: what.into(), found, expected });
        }
        if matches!(data.input_kind(), InputKind::Indices { .. }) != spec.indices {
            return Err(Error::SampleKind { what: what.into(), expected: spec.indices });
        }
        self.check_lengths(what, data.has_lengths())
    }

    /// Whether lengths are given where they are taken, and only there.
    pub fn check_lengths(self, what: &str, given: bool) -> Result<(), Error> {
        match given == self.has_lengths {
            true => Ok(()),
            false => Err(Error::Lengths { what: what.into(), expected: self.has_lengths }),
        }
    }

    /// How many samples these are, if each has a length where it must.
    pub fn rows_of<T>(self, x: Samples<'_, T>, lengths: Option<&[u32]>) -> Result<usize, Error> {
        let spec = self.spec;
        if matches!(x, Samples::Indices(_)) != spec.indices {
            return Err(Error::SampleKind { what: "the input".into(), expected: spec.indices });
        }
        let width = spec.shape.len().max(1);
        if x.len() == 0 {
            return Err(Error::Empty { what: "the input".into() });
        }
        if !x.len().is_multiple_of(width) {
            return Err(Error::Length {
                what: format!("the input, of samples of shape {}", spec.shape),
                found: x.len(),
                expected: x.len().next_multiple_of(width),
            });
        }
        self.check_lengths("the input", lengths.is_some())?;
        let rows = x.len() / width;
        match lengths {
            Some(lengths) if lengths.len() != rows => {
                let (found, expected) = (lengths.len(), rows);
                Err(Error::Length { what: "the lengths".into(), found, expected })
            }
            _ => Ok(rows),
        }
    }
}

impl Ends {
    /// Fills the inputs of a run with the rows of a batch, whose data has been checked.
    pub fn gather<T: Real>(self, batch: Batch<'_, T>, run: &mut Run<'_, T>) {
        match batch.data.input_kind() {
            InputKind::Indices { .. } => batch.gather_indices(run.indices(self.x)),
            InputKind::Numbers => batch.gather_inputs(run.input(self.x)),
        }
        if let Some(lengths) = self.lengths {
            batch.gather_lengths(run.indices(lengths));
        }
    }

    /// Fills the inputs of a run, which is of as many rows as there are samples.
    #[inline]
    pub fn fill<T: Real>(self, x: Samples<'_, T>, lengths: Option<&[u32]>, run: &mut Run<'_, T>) {
        match x {
            Samples::Numbers(x) => run.input(self.x).copy_from_slice(x),
            Samples::Indices(x) => run.indices(self.x).copy_from_slice(x),
        }
        if let (Some(node), Some(lengths)) = (self.lengths, lengths) {
            run.indices(node).copy_from_slice(lengths);
        }
    }
}
