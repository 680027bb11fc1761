//! Batches whose samples are mixed with each other.

use super::Trainer;
use super::cost_plan::Aim;
use crate::error::Error;
use crate::graph::NodeId;
use crate::plan::Run;
use crate::real::Real;
use crate::spec::Spec;
use neuropil_data::{Batch, Dataset, TargetKind as DataKind};
use neuropil_losses::TargetKind;
use neuropil_regularizers::{Mixture, partners, random};
use neuropil_tensor::Shape;

/// A mixture with what it needs for a batch.
#[derive(Debug)]
pub(super) struct Mixing<T: Real> {
    mixture: Box<dyn Mixture>,
    /// That of the plan, whose targets are numbers.
    pub aim: Aim,
    targets: Targets,
    /// Names the random streams.
    name: u64,
    shape: Shape,
    /// The partner of each row of the batch, and its row of the data set.
    partner: Vec<u32>,
    rows: Vec<u32>,
    /// The inputs, labels or values of the partners.
    inputs: Vec<T>,
    values: Vec<T>,
    labels: Vec<u32>,
    partner_labels: Vec<u32>,
}

/// What labels become.
#[derive(Clone, Copy, Debug)]
enum Targets {
    /// The probabilities of so many classes.
    Classes(usize),
    /// The probability of class 1 of two.
    Binary,
    /// They are numbers already.
    Values,
}

impl<T: Real> Trainer<'_, T> {
    /// What mixes the batches of this data.
    pub(super) fn mixing(
        &mut self,
        mixture: Box<dyn Mixture>,
        data: &Dataset<T>,
        batch_size: usize,
    ) -> Result<Mixing<T>, Error> {
        let refuse = |value: &str, expected| {
            let value = format!("{}, {value}", mixture.name());
            Err(Error::Setting { name: "the mixture", value, expected })
        };
        if self.net.sample.spec.indices {
            return refuse("given samples of indices", "samples of numbers, which can be mixed");
        }
        if self.net.sample.has_lengths {
            return refuse("given sequences with lengths", "samples of one length");
        }
        if data.is_weighted() {
            return refuse("given rows with weights", "data without weights");
        }
        if self.carry.is_some() {
            return refuse("given state that is carried", "a training that carries no state");
        }
        if !self.loss.accepts(TargetKind::Values) {
            return refuse(
                &format!("with the loss {}", self.loss.name()),
                "a loss that takes numbers as targets, since those of two rows are mixed",
            );
        }
        if self.loss.ignored_label().is_some() {
            return refuse("with a loss that ignores a label", "labels that all count");
        }
        let of_places = match data.target_kind() {
            DataKind::Labels { shape, .. } => !shape.is_empty(),
            DataKind::Values { shape } => shape.len() > 1,
        };
        if mixture.cuts() && of_places {
            return refuse("given targets for each place", "one target for each sample");
        }
        mixture.check(data.shape())?;
        let width = self.loss.target_width(self.net.output.width());
        let (targets, aim) = match data.target_kind() {
            DataKind::Values { .. } => (Targets::Values, self.aim(data)),
            DataKind::Labels { classes, shape } => {
                let targets = match (width, classes) {
                    (1, 2) => Targets::Binary,
                    _ if width == classes => Targets::Classes(classes),
                    _ => {
                        let value = format!("given {classes} classes and targets of width {width}");
                        return refuse(&value, "a target for each class, or one for two classes");
                    }
                };
                let target: Shape = shape.iter().copied().chain([width]).collect();
                (targets, Aim { target: Spec::per_row(target), weighted: false })
            }
        };
        self.plan(aim)?;
        let rows = batch_size.min(data.len());
        let of_targets = |wanted: bool| if wanted { rows * data.target_width() } else { 0 };
        let is_labelled = !matches!(targets, Targets::Values);
        Ok(Mixing {
            mixture,
            aim,
            targets,
            name: random::text("mixture"),
            shape: self.net.sample.spec.shape,
            partner: vec![0; rows],
            rows: vec![0; rows],
            inputs: vec![T::ZERO; rows * data.width()],
            values: vec![T::ZERO; of_targets(!is_labelled)],
            labels: vec![0; of_targets(is_labelled)],
            partner_labels: vec![0; of_targets(is_labelled)],
        })
    }
}

impl<T: Real> Mixing<T> {
    /// Mixes the samples of a batch, which have been gathered into `x`, and writes the mixed targets.
    pub fn fill(
        &mut self,
        batch: Batch<'_, T>,
        (seed, step): (u64, u64),
        (x, target): (NodeId, NodeId),
        run: &mut Run<'_, T>,
    ) {
        let (data, count) = (batch.data, batch.rows.len());
        let stream = random::key(&[seed, self.name, step]);
        let mix = self.mixture.draw(stream, self.shape.dims());
        let (partner, rows) = (&mut self.partner[..count], &mut self.rows[..count]);
        partners(stream, partner);
        for (row, &partner) in rows.iter_mut().zip(&*partner) {
            *row = batch.rows[partner as usize];
        }

        let inputs = &mut self.inputs[..count * data.width()];
        data.gather_inputs(rows, inputs);
        mix.inputs(run.input(x), inputs);

        let numbers = count * data.target_width();
        let target = run.input(target);
        if matches!(self.targets, Targets::Values) {
            let values = &mut self.values[..numbers];
            batch.gather_values(target);
            data.gather_values(rows, values);
            return mix.targets(target, values);
        }
        let (labels, others) = (&mut self.labels[..numbers], &mut self.partner_labels[..numbers]);
        batch.gather_labels(labels);
        data.gather_labels(rows, others);
        let pairs = labels.iter().zip(&*others);
        match self.targets {
            Targets::Classes(classes) => {
                for ((&class, &other), p) in pairs.zip(target.chunks_exact_mut(classes.max(1))) {
                    mix.classes(class, other, p);
                }
            }
            _ => {
                for ((&class, &other), p) in pairs.zip(target) {
                    let mut both = [T::ZERO; 2];
                    mix.classes(class, other, &mut both);
                    *p = both[1];
                }
            }
        }
    }
}
