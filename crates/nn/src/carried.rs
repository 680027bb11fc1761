//! The numbers of states that are carried from run to run.

use crate::error::Error;
use crate::graph::{Graph, Record};
use crate::lend::Slot;
use crate::plan::layout::Layout;
use crate::plan::{Arena, Program};
use crate::real::Real;
use neuropil_tensor::Shape;
use std::ops::Range;

/// What the layers of a [`carrying`](Graph::carrying) graph go on from, for so many rows: zeros at
/// first, then what the last run has left.
///
/// ```
/// use neuropil_nn::{Carried, Graph, prelude::*};
///
/// // The sum of all that has ever come in.
/// let graph = Graph::carrying();
/// let x = graph.input("x", [2]);
/// let before = graph.carried("sum", [2])?.expect("the graph carries");
/// let sum = x.plus(before)?;
/// graph.carry(sum, before)?;
///
/// let mut params = Params::<f32>::new(&[&graph], 42)?;
/// let mut plan = Plan::inference(&graph, &[sum])?;
/// let mut state = Carried::new(&graph, 1);
/// for _ in 0..3 {
///     let mut run = plan.run(&mut params, 1)?;
///     run.input(x).copy_from_slice(&[1.0, 10.0]);
///     run.carry_in(&state)?;
///     run.forward()?;
///     run.carry_out(&mut state)?;
/// }
/// assert_eq!(state.get("sum")?, [3.0, 30.0]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Carried<T: Real = f32> {
    rows: usize,
    entries: Vec<Entry>,
    numbers: Vec<T>,
}

/// One state.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    path: String,
    /// Of one row.
    shape: Shape,
    /// Numbers of one row that stand before those of one row of this state.
    start: usize,
}

impl Entry {
    fn range(&self, rows: usize) -> Range<usize> {
        self.start * rows..(self.start + self.shape.len()) * rows
    }
}

impl<T: Real> Carried<T> {
    /// Zeros for so many rows of all states of a graph.
    pub fn new(graph: &Graph, rows: usize) -> Self {
        Self::of(&graph.snapshot(), rows)
    }

    pub(crate) fn none() -> Self {
        Self { rows: 0, entries: Vec::new(), numbers: Vec::new() }
    }

    pub(crate) fn of(record: &Record, rows: usize) -> Self {
        let mut start = 0;
        let entries = record.carried().iter().map(|state| {
            let (path, shape) = (state.path.clone(), record.carried_shape(state));
            start += shape.len();
            Entry { path, shape, start: start - shape.len() }
        });
        let entries = entries.collect();
        Self { rows, entries, numbers: vec![T::ZERO; start * rows] }
    }

    /// Rows of the batches that go on from it.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether nothing is carried.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The paths of all states.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.path.as_str())
    }

    /// The state of a path, row after row.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, path: &str) -> Result<&[T], Error> {
        Ok(&self.numbers[self.range(path)?])
    }

    /// The state of a path, to be changed.
    ///
    /// # Errors
    /// If there is none.
    pub fn get_mut(&mut self, path: &str) -> Result<&mut [T], Error> {
        let range = self.range(path)?;
        Ok(&mut self.numbers[range])
    }

    fn range(&self, path: &str) -> Result<Range<usize>, Error> {
        let entry = self.entries.iter().find(|entry| entry.path == path);
        let entry = entry.ok_or_else(|| Error::NoState {
            path: path.to_owned(),
            known: self.paths().map(str::to_owned).collect(),
        })?;
        Ok(entry.range(self.rows))
    }

    /// The state of one row of a path's shape.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (&str, Shape)> {
        self.entries.iter().map(|entry| (entry.path.as_str(), entry.shape))
    }

    /// Begins anew: all zeros.
    pub fn reset(&mut self) {
        self.numbers.fill(T::ZERO);
    }

    /// Begins anew in one row, where another sequence starts.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn reset_row(&mut self, row: usize) {
        let rows = self.rows;
        assert!(row < rows, "row {row} of a state of {rows} rows");
        for entry in &self.entries {
            let (start, len) = (entry.range(rows).start, entry.shape.len());
            self.numbers[start + row * len..][..len].fill(T::ZERO);
        }
    }

    /// Begins anew with another number of rows. Allocates if there have never been as many.
    pub(crate) fn reset_rows(&mut self, rows: usize) {
        let row = self.entries.last().map_or(0, |last| last.start + last.shape.len());
        self.rows = rows;
        self.numbers.clear();
        self.numbers.resize(row * rows, T::ZERO);
    }

    /// Takes the numbers of another state of the same graph.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.rows = other.rows;
        self.numbers.clone_from(&other.numbers);
    }

    /// Takes the numbers of another state, if it is of as many rows and of the same layers.
    pub(crate) fn set(&mut self, other: &Self) -> Result<(), Error> {
        if other.entries != self.entries {
            let name = "the state";
            let value = format!("that of {}", other.paths().collect::<Vec<_>>().join(", "));
            return Err(Error::Setting { name, value, expected: "one of the same layers" });
        }
        self.check_rows(other.rows)?;
        self.numbers.copy_from_slice(&other.numbers);
        Ok(())
    }

    /// Whether batches of so many rows can go on from it.
    pub(crate) fn check_rows(&self, found: usize) -> Result<(), Error> {
        match self.rows == found {
            true => Ok(()),
            false => Err(Error::CarriedRows { found, expected: self.rows }),
        }
    }

    /// The pieces of the arena that the states are read from, or go to, with their numbers here.
    fn slots<'a>(
        &'a self,
        program: &'a Program,
        layout: &'a Layout,
        value: impl Fn(usize, Option<usize>) -> Option<usize> + 'a,
    ) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + 'a {
        let states = program.record.carried();
        assert!(
            states.iter().map(|state| state.path.as_str()).eq(self.paths()),
            "the state belongs to another graph"
        );
        states.iter().zip(&self.entries).filter_map(move |(state, entry)| {
            let Slot { start, len, .. } = layout.values[value(state.to, state.from)?];
            Some((start..start + len, entry.range(self.rows)))
        })
    }

    /// Fills the inputs of a run that hold the states.
    pub(crate) fn put(&self, program: &Program, layout: &Layout, arena: &mut Arena<T>) {
        for (to, from) in self.slots(program, layout, |to, _| Some(to)) {
            arena.values[to].copy_from_slice(&self.numbers[from]);
        }
    }

    /// Takes what a run has left of the states.
    pub(crate) fn take(&mut self, program: &Program, layout: &Layout, arena: &Arena<T>) {
        // Out of the struct, since the places are read from it.
        let mut numbers = std::mem::take(&mut self.numbers);
        for (from, to) in self.slots(program, layout, |_, from| from) {
            numbers[to].copy_from_slice(&arena.values[from]);
        }
        self.numbers = numbers;
    }
}
