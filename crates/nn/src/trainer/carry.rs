//! State that goes from batch to batch: back-propagation through time, cut at the borders of batches.

use super::Trainer;
use crate::carried::Carried;
use crate::error::Error;
use crate::real::Real;
use crate::stream::nothing_carried;

/// What goes from batch to batch.
#[derive(Clone, Debug)]
pub(crate) struct Carry<T: Real> {
    pub state: Carried<T>,
    /// Whether no batch has left anything yet, so that the next may have any number of rows.
    pub is_fresh: bool,
    /// What stood there before the first batch of an update, for one that is refused.
    before: (Carried<T>, bool),
}

impl<T: Real> Carry<T> {
    fn new(state: Carried<T>) -> Self {
        Self { before: (state.clone(), true), state, is_fresh: true }
    }

    /// Makes ready for a batch of so many rows.
    pub fn begin(&mut self, rows: usize) -> Result<(), Error> {
        if self.is_fresh && self.state.rows() != rows {
            self.state.reset_rows(rows);
        }
        self.state.check_rows(rows)
    }

    pub fn reset(&mut self) {
        self.state.reset();
        self.is_fresh = true;
    }

    pub fn keep(&mut self) {
        self.before.0.copy_from(&self.state);
        self.before.1 = self.is_fresh;
    }

    pub fn go_back(&mut self) {
        self.state.copy_from(&self.before.0);
        self.is_fresh = self.before.1;
    }
}

impl<T: Real> Trainer<'_, T> {
    /// Lets recurrent layers go on, in each batch, from the state that the batch before has left in the
    /// same row: truncated back-propagation through time. A long sequence is cut into windows, and row
    /// b of a batch continues row b of the one before it
    /// ([`Windows::streams`](neuropil_data::Windows::streams) orders the windows of a text so).
    /// Gradients end where the batch begins.
    ///
    /// [`fit`](Trainer::fit) then takes the rows in their order and begins anew with each epoch. By
    /// hand, all batches since a [`reset_state`](Trainer::reset_state) must have as many rows. A batch
    /// whose rows all have weight zero is passed over and leaves the state as it is. Validation, and
    /// the network's predictions, begin each row at zero; [`Network::stream`](crate::Network::stream)
    /// goes on from step to step. The state is part of what [`save`](Trainer::save) writes.
    ///
    /// ```
    /// use neuropil_data::Windows;
    /// use neuropil_nn::{Spec, prelude::*};
    ///
    /// /// All steps so far, summed over the batches: a stand-in for a recurrent layer.
    /// #[derive(Debug)]
    /// struct Running;
    ///
    /// impl Module for Running {
    ///     fn build<'g>(&self, x: Node<'g>) -> Result<Node<'g>, BuildError> {
    ///         let Some(before) = x.graph().carried("sum", x.shape())? else { return Ok(x) };
    ///         let sum = x.plus(before)?;
    ///         x.graph().carry(sum, before)?;
    ///         Ok(sum)
    ///     }
    /// }
    ///
    /// let text: Vec<u32> = (0..41).map(|i| i * i % 5).collect();
    /// let data = Windows::new(2).streams(4).next_tokens(&text, 5)?; // batches of four rows
    /// let layers =
    ///     Sequential::new().then(Embedding::new(5, 3)).then(Running).then(Linear::new(3, 5));
    /// let mut net = Network::new(layers, Spec::indices([2]), 42)?;
    /// let mut trainer = Trainer::new(&mut net, CrossEntropy::new(), Adam::new())?.carry_state()?;
    /// trainer.fit(&data, Fit::epochs(2).batch_size(4))?;
    /// assert_eq!(trainer.state().map(|state| state.rows()), Some(4));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If no layer of the network carries state, or if updates have been made.
    pub fn carry_state(mut self) -> Result<Self, Error> {
        if self.updates() > 0 {
            return Err(Error::Setting {
                name: "carrying state",
                value: format!("asked for after {} updates", self.updates()),
                expected: "before the first",
            });
        }
        let aims: Vec<_> = self.plans.drain(..).map(|plan| plan.aim).collect();
        self.graded = None;
        // Plans are made in a carrying graph from now on, which says what there is to carry.
        self.carry = Some(Carry::new(Carried::none()));
        for aim in aims {
            let place = self.plan(aim)?;
            let state = Carried::of(&self.plans[place].plan.program.record, 0);
            self.carry = Some(Carry::new(state));
        }
        match self.state() {
            Some(state) if !state.is_empty() => Ok(self),
            _ => Err(nothing_carried()),
        }
    }

    /// What the next batch goes on from, if state is carried ([`carry_state`](Trainer::carry_state)).
    pub fn state(&self) -> Option<&Carried<T>> {
        self.carry.as_ref().map(|carry| &carry.state)
    }

    /// Begins anew: the next batch goes on from zeros, and may have any number of rows.
    pub fn reset_state(&mut self) {
        if let Some(carry) = &mut self.carry {
            carry.reset();
        }
    }
}
