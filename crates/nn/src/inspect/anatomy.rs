//! Who reads whom: a recorded network as the rules look at it.

use super::Role;
use crate::graph::{Record, Source};
use crate::op::{AnyOp, Op};
use crate::plan::Program;
use crate::plan::program::needed;
use neuropil_losses::Prediction;

/// The values of a program, their roles and readers.
pub(super) struct Anatomy<'a> {
    pub record: &'a Record,
    pub program: &'a Program,
    pub needed: Vec<bool>,
    roles: Vec<Role>,
    /// Needed values that read each value, alias or op.
    readers: Vec<Vec<usize>>,
}

/// The weight and bias of a linear op.
pub(super) struct LinearParts {
    /// The value that is multiplied.
    pub input: usize,
    /// The number of the weight in the record, unless it is computed.
    pub weight: Option<usize>,
    /// The number of the bias in the record.
    pub bias: Option<usize>,
}

impl<'a> Anatomy<'a> {
    pub fn new(program: &'a Program) -> Self {
        let record = &program.record;
        let needed = needed(record, &program.outputs);
        let mut readers = vec![Vec::new(); record.values.len()];
        let mut roles = vec![Role::Unknown; record.values.len()];
        for (index, value) in record.values.iter().enumerate().filter(|&(i, _)| needed[i]) {
            match &value.source {
                Source::Input | Source::Weight(_) => {}
                Source::Alias(of) | Source::Detached(of) => readers[*of].push(index),
                Source::Op { op, inputs, .. } => {
                    inputs.iter().for_each(|&input| readers[input].push(index));
                    roles[index] = Op::<f32>::role(&**op);
                }
            }
        }
        Self { record, program, needed, roles, readers }
    }

    /// The needed ops in order, with their roles.
    pub fn ops(&self) -> impl Iterator<Item = (usize, Role)> {
        let is_op = |&i: &usize| self.needed[i] && self.op(i).is_some();
        (0..self.roles.len()).filter(is_op).map(|i| (i, self.roles[i]))
    }

    pub fn role(&self, index: usize) -> Role {
        self.roles[index]
    }

    pub fn op(&self, index: usize) -> Option<(&'a dyn AnyOp, &'a [usize])> {
        match &self.record.values[index].source {
            Source::Op { op, inputs, .. } => Some((&**op, inputs)),
            _ => None,
        }
    }

    /// The first input of an op.
    pub fn first_input(&self, index: usize) -> Option<usize> {
        self.op(index).and_then(|(_, inputs)| inputs.first().copied())
    }

    /// The value that made these numbers: behind reshapings, copies and the identity, and, if
    /// asked for, behind dropout.
    pub fn origin(&self, mut index: usize, through_dropout: bool) -> usize {
        loop {
            index = match (&self.record.values[index].source, self.roles[index]) {
                (Source::Alias(of), _) => *of,
                (Source::Op { inputs, .. }, Role::Identity) => inputs[0],
                (Source::Op { inputs, .. }, Role::Dropout) if through_dropout => inputs[0],
                _ => return index,
            };
        }
    }

    /// The ops that read a value, by number and place among their inputs, through reshapings,
    /// copies, the identity and, if asked for, dropout; `None` if it is also an output or detached.
    pub fn uses(&self, index: usize, through_dropout: bool) -> Option<Vec<(usize, usize)>> {
        let mut uses = Vec::new();
        let mut todo = vec![index];
        while let Some(value) = todo.pop() {
            if self.program.outputs.contains(&value) && self.program.cost != Some(value) {
                // A prediction that a cost reads is an output beside: the cost alone counts.
                let in_training = self.program.cost.is_some() && !self.readers[value].is_empty();
                if !in_training {
                    return None;
                }
            }
            for &reader in &self.readers[value] {
                match (&self.record.values[reader].source, self.roles[reader]) {
                    (Source::Alias(_), _) | (_, Role::Identity) => todo.push(reader),
                    (Source::Detached(_), _) => return None,
                    (_, Role::Dropout) if through_dropout => todo.push(reader),
                    (Source::Op { inputs, .. }, _) => {
                        let places = (0..inputs.len()).filter(|&place| inputs[place] == value);
                        uses.extend(places.map(|place| (reader, place)));
                    }
                    _ => {}
                }
            }
        }
        Some(uses)
    }

    /// The only op that reads a value, as its first input.
    pub fn only_reader(&self, index: usize, through_dropout: bool) -> Option<usize> {
        match self.uses(index, through_dropout)?.as_slice() {
            &[(reader, 0)] => Some(reader),
            _ => None,
        }
    }

    /// The parts of a linear op over rows.
    pub fn linear(&self, index: usize) -> Option<LinearParts> {
        let Role::Linear { weight, bias } = self.roles[index] else { return None };
        let (_, inputs) = self.op(index)?;
        let is_weight = |place: usize| {
            inputs.get(place).and_then(|&input| match self.record.values[input].source {
                Source::Weight(weight) => Some(weight),
                _ => None,
            })
        };
        let input = *inputs.first()?;
        self.record.values[input].spec.per_row.then(|| LinearParts {
            input,
            weight: is_weight(weight),
            bias: is_weight(bias),
        })
    }

    /// The costs, with what each takes its prediction for, and the prediction.
    pub fn costs(&self) -> impl Iterator<Item = (usize, Prediction, usize)> {
        self.ops().filter_map(|(index, role)| match role {
            Role::Loss(prediction) => Some((index, prediction, self.first_input(index)?)),
            _ => None,
        })
    }

    /// The values that are predictions: what costs read, or the outputs where there is no cost.
    pub fn predictions(&self) -> Vec<usize> {
        let of_costs: Vec<usize> = self.costs().map(|(_, _, x)| x).collect();
        if self.program.cost.is_none() { self.program.outputs.clone() } else { of_costs }
    }

    /// The path of the layer that made a value, the op's name where it stands in none.
    pub fn path(&self, index: usize) -> String {
        let path = &self.record.values[index].path;
        if path.is_empty() { self.name(index) } else { path.clone() }
    }

    /// The name of an op.
    pub fn name(&self, index: usize) -> String {
        self.op(index).map_or_else(String::new, |(op, _)| Op::<f32>::name(op))
    }

    /// The weights that a value depends on, by path.
    pub fn weights_of(&self, index: usize) -> Vec<&'a str> {
        let mut seen = vec![false; index + 1];
        seen[index] = true;
        let mut weights = Vec::new();
        for i in (0..=index).rev().filter(|&i| self.needed[i]) {
            if !seen[i] {
                continue;
            }
            match &self.record.values[i].source {
                Source::Input | Source::Detached(_) => {}
                Source::Weight(weight) => weights.push(self.record.weights[*weight].path.as_str()),
                Source::Alias(of) => seen[*of] = true,
                Source::Op { inputs, .. } => inputs.iter().for_each(|&x| seen[x] = true),
            }
        }
        weights.reverse();
        weights
    }
}

/// Whether each value has a way to the cost on which a gradient comes back.
pub(super) fn reaches_cost(program: &Program) -> Vec<bool> {
    let record = &program.record;
    let mut reaches = vec![false; record.values.len()];
    let Some(cost) = program.cost else { return reaches };
    reaches[cost] = true;
    for index in (0..=cost).rev() {
        if !reaches[index] {
            continue;
        }
        match &record.values[index].source {
            Source::Input | Source::Weight(_) | Source::Detached(_) => {}
            Source::Alias(of) => reaches[*of] = true,
            Source::Op { op, inputs, .. } => {
                for (place, &input) in inputs.iter().enumerate() {
                    reaches[input] |= Op::<f32>::differentiates(&**op, place);
                }
            }
        }
    }
    reaches
}
