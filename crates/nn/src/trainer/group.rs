//! Groups of weights with a rate or an optimizer of their own.

use super::erased::AnyOptimizer;
use crate::error::Error;
use crate::parallel;
use crate::params::Params;
use crate::real::Real;
use neuropil_optimizers::{MAX_SLOTS, Optimizer, Schedule, Step};
use neuropil_simd::AlignedVec;
use std::ops::Range;

/// What sets some weights apart from the others: see [`Trainer::group`](crate::Trainer::group).
#[derive(Debug)]
pub struct Group<T: Real = f32> {
    own: Option<Rule<T>>,
    factor: f64,
}

/// An optimizer and its rate.
#[derive(Debug)]
struct Rule<T> {
    optimizer: Box<dyn AnyOptimizer<T>>,
    /// The same without decay.
    still: Box<dyn AnyOptimizer<T>>,
    schedule: Box<dyn Schedule>,
}

impl<T: Real> Rule<T> {
    fn new(optimizer: impl Optimizer, schedule: impl Schedule) -> Self {
        let (name, slots) = (Optimizer::name(&optimizer), Optimizer::slots(&optimizer));
        assert!(slots <= MAX_SLOTS, "{name}: {slots} slots, but at most {MAX_SLOTS} are possible");
        let still = Box::new(optimizer.without_decay());
        Self { optimizer: Box::new(optimizer), still, schedule: Box::new(schedule) }
    }
}

impl<T: Real> Group<T> {
    /// The trainer's optimizer at its rate times a factor: 0.1 for layers that were trained
    /// before, 0 for none at all.
    ///
    /// # Errors
    /// If the factor is negative, infinite or NaN.
    pub fn rate_factor(factor: f64) -> Result<Self, Error> {
        if !(factor >= 0.0 && factor.is_finite()) {
            let expected = "a finite number of at least 0";
            let value = factor.to_string();
            return Err(Error::Setting { name: "the rate factor of a group", value, expected });
        }
        Ok(Self { own: None, factor })
    }

    /// An optimizer and a rate (a number or any [`Schedule`]) of their own: the same optimizer
    /// without weight decay, say, or another one.
    ///
    /// # Panics
    /// If the optimizer wants more than [`MAX_SLOTS`] slots.
    pub fn optimizer(optimizer: impl Optimizer, rate: impl Schedule) -> Self {
        Self { own: Some(Rule::new(optimizer, rate)), factor: 1.0 }
    }
}

/// All weights with their optimizers, rates and slots.
#[derive(Debug)]
pub(crate) struct Updates<T: Real> {
    /// Of all weights in no group.
    rule: Rule<T>,
    groups: Vec<Group<T>>,
    /// The group of each weight, one higher than its place; 0 is none.
    group_of: Vec<usize>,
    /// The weights that are spared decay.
    spared: Vec<bool>,
    /// What all rates are multiplied with.
    pub scale: f64,
    /// The optimizers' slots, one after the other, each as long as the weights.
    slots: AlignedVec<T>,
    len: usize,
}

impl<T: Real> Updates<T> {
    pub fn new(optimizer: impl Optimizer, params: &Params<T>) -> Self {
        let rate = Optimizer::default_rate(&optimizer);
        let mut updates = Self {
            rule: Rule::new(optimizer, rate),
            groups: Vec::new(),
            group_of: vec![0; params.entries().len()],
            spared: vec![false; params.entries().len()],
            scale: 1.0,
            slots: AlignedVec::default(),
            len: params.weights.len(),
        };
        updates.reserve();
        updates
    }

    pub fn schedule(&mut self, schedule: impl Schedule) {
        self.rule.schedule = Box::new(schedule);
    }

    /// Swaps the schedule of all weights that have none of their own.
    pub fn swap_schedule(&mut self, schedule: Box<dyn Schedule>) -> Box<dyn Schedule> {
        std::mem::replace(&mut self.rule.schedule, schedule)
    }

    pub fn group(&mut self, entries: Vec<usize>, group: Group<T>) {
        self.groups.push(group);
        for entry in entries {
            self.group_of[entry] = self.groups.len();
        }
        self.reserve();
    }

    /// Lets these weights decay no more, in whichever group they are.
    pub fn spare(&mut self, entries: impl IntoIterator<Item = usize>) {
        for entry in entries {
            self.spared[entry] = true;
        }
    }

    /// Whether each weight that is trained has an optimizer that takes its shape.
    pub fn check_shapes(&self, params: &Params<T>) -> Result<(), Error> {
        for (place, entry) in params.entries().iter().enumerate() {
            let taken = self.optimizer_of(place).check_shape(entry.shape.dims());
            if let (Err(error), true) = (taken, entry.trainable) {
                return Err(Error::Setting {
                    name: "the optimizer of a weight",
                    value: format!("{:?}: {error}", entry.path),
                    expected: "one that takes its shape, in a group of its own",
                });
            }
        }
        Ok(())
    }

    /// Makes room for the slots of all optimizers, all zero.
    fn reserve(&mut self) {
        let optimizers = (0..=self.groups.len()).map(|group| self.optimizer(group));
        let slots = optimizers.map(|optimizer| optimizer.slot_names().len()).max().unwrap_or(0);
        self.slots = AlignedVec::zeros(slots * self.len);
    }

    fn optimizer(&self, group: usize) -> &dyn AnyOptimizer<T> {
        &*rule_of(&self.rule, &self.groups, group).optimizer
    }

    /// The optimizer of a weight.
    fn optimizer_of(&self, entry: usize) -> &dyn AnyOptimizer<T> {
        let rule = rule_of(&self.rule, &self.groups, self.group_of[entry]);
        if self.spared[entry] { &*rule.still } else { &*rule.optimizer }
    }

    /// The rate of a group after so many updates.
    fn rate_of(&self, group: usize, updates: u64) -> f64 {
        let factor = group.checked_sub(1).map_or(1.0, |group| self.groups[group].factor);
        self.scale * factor * rule_of(&self.rule, &self.groups, group).schedule.rate(updates)
    }

    /// The rate of a weight after so many updates.
    pub fn rate_of_weight(&self, entry: usize, updates: u64) -> f64 {
        self.rate_of(self.group_of[entry], updates)
    }

    /// The rate of all weights in no group after so many updates.
    pub fn rate(&self, updates: u64) -> f64 {
        self.scale * self.unscaled_rate(updates)
    }

    /// What the schedule alone says of it.
    pub fn unscaled_rate(&self, updates: u64) -> f64 {
        self.rule.schedule.rate(updates)
    }

    /// The rates of all groups after so many updates, that of all other weights first.
    pub fn rates(&self, updates: u64) -> impl Iterator<Item = f64> {
        (0..=self.groups.len()).map(move |group| self.rate_of(group, updates))
    }

    /// The names of the optimizers: that of all weights, then those that groups have of their own.
    pub fn optimizer_names(&self) -> Vec<&'static str> {
        let own = self.groups.iter().filter_map(|group| group.own.as_ref());
        std::iter::once(&self.rule).chain(own).map(|rule| rule.optimizer.name()).collect()
    }

    /// The names of the slots that a weight has.
    pub fn slot_names(&self, entry: usize) -> &'static [&'static str] {
        self.optimizer_of(entry).slot_names()
    }

    /// A slot of all weights.
    pub fn slot(&self, slot: usize) -> &[T] {
        &self.slots[slot * self.len..(slot + 1) * self.len]
    }

    pub fn slot_mut(&mut self, slot: usize) -> &mut [T] {
        &mut self.slots[slot * self.len..(slot + 1) * self.len]
    }

    pub fn slots(&self) -> &[T] {
        &self.slots
    }

    pub fn slots_mut(&mut self) -> &mut [T] {
        &mut self.slots
    }

    /// Whether a weight of so many axes that has no gradient is moved by its optimizer: found by trying
    /// it on a single number.
    pub fn decays(&self, entry: usize, axes: usize) -> bool {
        let (optimizer, shape) = (self.optimizer_of(entry), vec![1; axes]);
        if optimizer.check_shape(&shape).is_err() {
            return false;
        }
        let mut slots = vec![vec![T::ZERO]; optimizer.slot_names().len()];
        let mut state: Vec<&mut [T]> = slots.iter_mut().map(|slot| &mut slot[..]).collect();
        let mut w = [T::ONE];
        let at = Step { rate: 0.5, count: 1, shape: &shape };
        optimizer.step(at, &mut w, &[T::ZERO], &mut state);
        w != [T::ONE]
    }

    /// Updates all trained weights from their gradients; `updates` have been made before.
    pub fn update(&mut self, params: &mut Params<T>, updates: u64) {
        let count = updates + 1;
        let mut first = 0;
        while first < params.entries().len() {
            let group = self.group_of[first];
            let entry = &params.entries()[first];
            let (mut range, shape, mut next) = (entry.range(), entry.shape, first + 1);
            if entry.trainable {
                let rate = self.rate_of(group, updates);
                if self.optimizer_of(first).is_elementwise() {
                    // Neighbours need no borders between them: the padding there has neither
                    // gradient nor state and stays zero.
                    while let Some(entry) = params.entries().get(next)
                        && entry.trainable
                        && self.group_of[next] == group
                        && self.spared[next] == self.spared[first]
                    {
                        range.end = entry.range().end;
                        next += 1;
                    }
                    let at = Step { rate, count, shape: &[range.len()] };
                    self.step(at, first, params, range);
                } else {
                    self.step(Step { rate, count, shape: shape.dims() }, first, params, range);
                }
            }
            first = next;
        }
    }

    /// Steps a range that begins with a weight, all of one optimizer.
    fn step(&mut self, at: Step<'_>, entry: usize, params: &mut Params<T>, range: Range<usize>) {
        let rule = rule_of(&self.rule, &self.groups, self.group_of[entry]);
        let optimizer = if self.spared[entry] { &*rule.still } else { &*rule.optimizer };
        let count = optimizer.slot_names().len();
        let (w, dw) = params.weights_and_gradients_mut();
        let (w, dw) = (&mut w[range.clone()], &dw[range.clone()]);
        let mut slots: [&mut [T]; MAX_SLOTS] = Default::default();
        let buffers = self.slots.chunks_exact_mut(self.len.max(1));
        for (place, slot) in slots.iter_mut().take(count).zip(buffers) {
            *place = &mut slot[range.clone()];
        }
        parallel::update(optimizer, at, w, dw, slots, count);
    }
}

impl<T: Real> Updates<T> {
    /// Puts the weights to evaluate with in the place of those in training, and gives these; `None` if
    /// they are the same.
    pub fn put_evaluation_weights(&self, params: &mut Params<T>) -> Option<Vec<T>> {
        let entries = params.entries().iter().enumerate();
        let entries = entries.filter(|(_, entry)| entry.trainable);
        let others: Vec<(usize, Range<usize>)> = entries
            .filter(|&(place, _)| self.optimizer_of(place).has_evaluation_weights())
            .map(|(place, entry)| (place, entry.range()))
            .collect();
        if others.is_empty() {
            return None;
        }
        let trained = params.weights().to_vec();
        let weights = params.weights_mut();
        for (place, range) in others {
            let optimizer = self.optimizer_of(place);
            let slots = 0..optimizer.slot_names().len();
            let state: Vec<&[T]> = slots.map(|slot| &self.slot(slot)[range.clone()]).collect();
            // What has not been trained yet has no other weights.
            if state.iter().all(|slot| slot.iter().all(|&x| x == T::ZERO)) {
                continue;
            }
            optimizer.evaluation_weights(&mut weights[range], &state);
        }
        Some(trained)
    }
}

/// The rule of a group: its own, or that of all weights.
fn rule_of<'a, T>(all: &'a Rule<T>, groups: &'a [Group<T>], group: usize) -> &'a Rule<T>
where
    T: Real,
{
    let own = group.checked_sub(1).and_then(|group| groups[group].own.as_ref());
    own.unwrap_or(all)
}
