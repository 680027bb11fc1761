//! How a run lends parts of its buffers to an op: inputs to read, gradients to add to, state.

use crate::spec::Spec;
use neuropil_simd::Float;
use neuropil_tensor::gemm::Packed;
use std::fmt;

/// Which buffer a value lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The arena of values that ops compute, and inputs.
    Value,
    /// The weights.
    Weight,
    /// The indices.
    Index,
}

/// Where a value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub place: Place,
    pub start: usize,
    pub len: usize,
}

/// Where the gradient of an input lives, for the inputs that want one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GradientSlot {
    pub slot: Slot,
    /// Which flag says that something has been written.
    pub touched: usize,
}

/// A packed weight at hand for an input of an op.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PackSlot {
    pub input: usize,
    pub transposed: bool,
    pub pack: usize,
}

/// The inputs of an op, by position.
#[derive(Clone, Copy)]
pub struct Inputs<'a, T> {
    pub(crate) slots: &'a [Slot],
    pub(crate) specs: &'a [Spec],
    /// The arena before the op's output, and from its end on.
    pub(crate) before: &'a [T],
    pub(crate) after: &'a [T],
    pub(crate) after_start: usize,
    pub(crate) weights: &'a [T],
    pub(crate) indices: &'a [u32],
    pub(crate) pack_slots: &'a [PackSlot],
    pub(crate) packs: &'a [Packed<T>],
}

impl<'a, T: Float> Inputs<'a, T> {
    /// How many inputs there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// What is known of input `i`.
    pub fn spec(&self, i: usize) -> Spec {
        self.specs[i]
    }

    /// The numbers of input `i`: a row of the batch after the other, or the single value.
    ///
    /// # Panics
    /// If there is no such input, or it holds indices.
    pub fn get(&self, i: usize) -> &'a [T] {
        let Slot { place, start, len } = self.slots[i];
        match place {
            Place::Weight => &self.weights[start..start + len],
            Place::Value if start >= self.after_start => {
                &self.after[start - self.after_start..][..len]
            }
            Place::Value => &self.before[start..start + len],
            Place::Index => panic!("input {i} holds indices: use `indices`"),
        }
    }

    /// The indices of input `i`.
    ///
    /// # Panics
    /// If there is no such input, or it holds numbers.
    pub fn indices(&self, i: usize) -> &'a [u32] {
        let Slot { place, start, len } = self.slots[i];
        assert!(place == Place::Index, "input {i} holds numbers: use `get`");
        &self.indices[start..start + len]
    }

    /// The packed form of input `i`, up to date, if the plan made one: see
    /// [`Op::packs`](crate::Op::packs).
    pub fn packed(&self, i: usize, transposed: bool) -> Option<&'a Packed<T>> {
        let slot = self.pack_slots.iter().find(|p| p.input == i && p.transposed == transposed)?;
        self.packs.get(slot.pack)
    }
}

impl<T> fmt::Debug for Inputs<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs").field("slots", &self.slots).finish_non_exhaustive()
    }
}

/// The gradient of one input, lent to be written.
#[derive(Debug)]
pub struct Target<'a, T> {
    /// The gradient's numbers; unspecified if `first`.
    pub values: &'a mut [T],
    /// Whether nothing has been written in this run: overwrite. Otherwise add.
    pub first: bool,
}

impl<'a, T: Float> Target<'a, T> {
    /// What the old contents are multiplied with: 0 if they are to be overwritten, else 1.
    pub fn beta(&self) -> T {
        if self.first { T::ZERO } else { T::ONE }
    }

    /// The numbers, cleared if this is the first writing: `+=` is right.
    pub fn cleared(self) -> &'a mut [T] {
        if self.first {
            self.values.fill(T::ZERO);
        }
        self.values
    }
}

/// The gradients of an op's inputs, by position: `None` where nobody wants one.
pub struct Gradients<'a, T> {
    pub(crate) slots: &'a [Option<GradientSlot>],
    /// The arena of gradients before that of the op's output.
    pub(crate) values: &'a mut [T],
    pub(crate) weights: &'a mut [T],
    pub(crate) touched: &'a mut [bool],
}

impl<T: Float> Gradients<'_, T> {
    /// Whether the gradient of input `i` is wanted.
    pub fn wants(&self, i: usize) -> bool {
        self.slots[i].is_some()
    }

    /// The gradient of input `i` to add to, cleared when it is handed out first in a run.
    pub fn get(&mut self, i: usize) -> Option<&mut [T]> {
        self.target(i).map(Target::cleared)
    }

    /// The gradient of input `i`, for ops that can overwrite as fast as add.
    pub fn target(&mut self, i: usize) -> Option<Target<'_, T>> {
        let GradientSlot { slot, touched } = self.slots[i]?;
        let first = !std::mem::replace(&mut self.touched[touched], true);
        let buffer = match slot.place {
            Place::Weight => &mut *self.weights,
            _ => &mut *self.values,
        };
        Some(Target { values: &mut buffer[slot.start..slot.start + slot.len], first })
    }

    /// The gradients of the first `N` inputs at once, each to add to; `None` for those beyond the last.
    pub fn all<const N: usize>(&mut self) -> [Option<&mut [T]>; N] {
        self.targets().map(|target| target.map(Target::cleared))
    }

    /// The gradients of the first `N` inputs at once, for ops that can overwrite; `None` for those beyond
    /// the last.
    pub fn targets<const N: usize>(&mut self) -> [Option<Target<'_, T>>; N] {
        let slots: [Option<GradientSlot>; N] =
            std::array::from_fn(|i| self.slots.get(i).copied().flatten());
        let mut order: [usize; N] = std::array::from_fn(|i| i);
        order.sort_unstable_by_key(|&i| slots[i].map_or(0, |gradient| gradient.slot.start));
        let mut targets = [const { None }; N];
        // Cutting from the left in ascending order lends all pieces at once; they are disjoint,
        // since the graph gives no node twice to one op.
        let (mut values, mut weights) = (&mut *self.values, &mut *self.weights);
        let (mut values_start, mut weights_start) = (0, 0);
        for i in order {
            let Some(GradientSlot { slot, touched }) = slots[i] else {
                continue;
            };
            let (rest, start) = match slot.place {
                Place::Weight => (&mut weights, &mut weights_start),
                _ => (&mut values, &mut values_start),
            };
            let (_, tail) = std::mem::take(rest).split_at_mut(slot.start - *start);
            let (piece, tail) = tail.split_at_mut(slot.len);
            (*rest, *start) = (tail, slot.start + slot.len);
            let first = !std::mem::replace(&mut self.touched[touched], true);
            targets[i] = Some(Target { values: piece, first });
        }
        targets
    }
}

impl<T> fmt::Debug for Gradients<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gradients").field("slots", &self.slots).finish_non_exhaustive()
    }
}

/// The states of an op, by position. Only a training run that asks for it may write them.
pub struct States<'a, T> {
    pub(crate) slots: &'a [(usize, usize)],
    pub(crate) values: StateBuffer<'a, T>,
}

pub(crate) enum StateBuffer<'a, T> {
    Read(&'a [T]),
    Write(&'a mut [T]),
    /// To be begun anew from data.
    Renew(&'a mut [T]),
}

impl<T: Float> States<'_, T> {
    /// State `i`.
    ///
    /// # Panics
    /// If the op has no such state.
    pub fn get(&self, i: usize) -> &[T] {
        let (start, len) = self.slots[i];
        match &self.values {
            StateBuffer::Read(values) => &values[start..start + len],
            StateBuffer::Write(values) | StateBuffer::Renew(values) => &values[start..start + len],
        }
    }

    /// Whether running statistics are begun anew: each is to be the mean over all batches of this
    /// pass, whatever the op does in a training.
    pub fn is_renewed(&self) -> bool {
        matches!(self.values, StateBuffer::Renew(_))
    }

    /// State `i` to be updated; `None` when this run must leave it alone.
    ///
    /// # Panics
    /// If the op has no such state.
    pub fn update(&mut self, i: usize) -> Option<&mut [T]> {
        let (start, len) = self.slots[i];
        match &mut self.values {
            StateBuffer::Read(_) => None,
            StateBuffer::Write(values) | StateBuffer::Renew(values) => {
                Some(&mut values[start..start + len])
            }
        }
    }
}

impl<T> fmt::Debug for States<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").field("slots", &self.slots).finish_non_exhaustive()
    }
}
