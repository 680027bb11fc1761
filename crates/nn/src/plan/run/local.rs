//! The derivatives of one op alone, at the point where a run stands.

use super::{Run, finish};
use crate::graph::Source;
use crate::lend::{GradientSlot, Gradients, Inputs, Place, Slot};
use crate::op::Backward;
use crate::plan::{Plan, Program};
use crate::real::Real;
use neuropil_regularizers::random;

impl<T: Real> Run<'_, T> {
    pub(crate) fn program(&self) -> &Program {
        self.program
    }

    /// Takes the inputs of the last run of a plan over the same graph, of as many rows.
    pub(crate) fn copy_inputs(&mut self, of: &Plan<T>) {
        let Some(layout) = of.last_layout() else { return };
        for (index, value) in self.program.record.values.iter().enumerate() {
            if !matches!(value.source, Source::Input) {
                continue;
            }
            let (from, to) = (layout.values[index], self.layout.values[index]);
            let (from, to) = (from.start..from.start + from.len, to.start..to.start + to.len);
            match value.spec.indices {
                true => self.arena.indices[to].copy_from_slice(&of.arena.indices[from]),
                false => self.arena.values[to].copy_from_slice(&of.arena.values[from]),
            }
        }
    }

    pub(crate) fn has_run_forward(&self) -> bool {
        self.forwarded
    }

    /// The derivatives of one number that a step makes, with respect to all numbers of the inputs
    /// that are wanted; nothing else of the run is changed.
    pub(crate) fn local_gradient(
        &mut self,
        step: usize,
        element: usize,
        wanted: &[bool],
    ) -> Vec<Vec<T>> {
        let (step, at) = (&self.program.steps[step], &self.layout.steps[step]);
        let Slot { start, len, .. } = at.output;
        let (before, rest) = self.arena.values.split_at(start);
        let (y, after) = rest.split_at(len);
        let mut dy = vec![T::ZERO; len];
        dy[element] = T::ONE;
        if let Some(finish) = finish::<T>(&step.finish) {
            finish.0.scale_by_slope(y, &mut dy);
        }
        let mut end = 0;
        let slots: Vec<Option<GradientSlot>> = (at.specs.iter().zip(wanted).enumerate())
            .map(|(touched, (spec, &wanted))| {
                let (start, len) = (end, if wanted { spec.len(self.layout.rows) } else { 0 });
                end += len;
                let slot = Slot { place: Place::Value, start, len };
                wanted.then_some(GradientSlot { slot, touched })
            })
            .collect();
        let mut values = vec![T::ZERO; end];
        T::op(&*step.op).backward(Backward {
            rows: self.layout.rows,
            mode: self.mode,
            x: Inputs {
                slots: &at.inputs,
                specs: &at.specs,
                before,
                after,
                after_start: start + len,
                weights: &self.params.weights,
                indices: &self.arena.indices,
                pack_slots: &at.packs,
                packs: &self.params.packs,
            },
            y,
            dy: &mut dy,
            saved: &self.arena.saved[at.saved.clone()],
            words: &self.arena.words[at.words.clone()],
            scratch: &mut self.arena.scratch,
            dx: Gradients {
                slots: &slots,
                values: &mut values,
                weights: &mut [],
                touched: &mut vec![false; slots.len()],
            },
            random: random::key(&[self.key, step.stream]),
            // Its slope is in dy.
            finish: None,
        });
        let of_slot = |slot: &Option<GradientSlot>| match slot {
            None => Vec::new(),
            Some(GradientSlot { slot, .. }) => values[slot.start..slot.start + slot.len].to_vec(),
        };
        slots.iter().map(of_slot).collect()
    }
}
