//! Rows and targets to try, the same in every run.

use crate::faces::LossIn;
use crate::numbers::{numbers, units};
use neuropil::losses::{Prediction, Target, TargetKind, Weighted};
use neuropil::simd::Float;

/// Both kinds of target.
pub const KINDS: [TargetKind; 2] = [TargetKind::Values, TargetKind::Labels];

/// Rows with targets of one kind, weighted or not.
#[derive(Clone, Debug)]
pub struct Sample<T> {
    pub rows: usize,
    pub width: usize,
    pub x: Vec<T>,
    values: Vec<T>,
    labels: Option<Vec<u32>>,
    weights: Option<Vec<T>>,
}

impl<T: Float> Sample<T> {
    /// `None` if the loss takes no such targets.
    pub fn new(
        loss: &dyn LossIn<T>,
        kind: TargetKind,
        (rows, width): (usize, usize),
        weighted: bool,
        seed: u64,
    ) -> Option<Self> {
        let classes = loss.classes(width);
        let labels = units::<f64>(rows, seed + 1).into_iter().map(|u| (u * classes as f64) as u32);
        let mut labels: Vec<u32> = labels.collect();
        // Some row must count.
        let ignored = loss.ignored_label();
        if labels.iter().all(|&label| Some(label) == ignored) {
            labels[0] = u32::from(ignored == Some(0));
        }
        let mut x = numbers(rows * width, 4.0, seed);
        if loss.prediction() == Prediction::Probabilities {
            for x in &mut x {
                *x = T::of(0.5) + *x / T::of(8.5);
            }
        }
        loss.accepts(kind).then(|| Self {
            rows,
            width,
            x,
            // Not distributions: what holds, holds for all values.
            values: units(rows * loss.target_width(width), seed + 2),
            labels: (kind == TargetKind::Labels).then_some(labels),
            weights: weighted.then(|| units(rows, seed + 3)),
        })
    }

    /// Each kind of target that the loss takes, with weights and without.
    pub fn all(loss: &dyn LossIn<T>, shape: (usize, usize), seed: u64) -> Vec<Self> {
        let kinds = KINDS.into_iter().flat_map(|kind| [(kind, false), (kind, true)]);
        kinds.filter_map(|(kind, weighted)| Self::new(loss, kind, shape, weighted, seed)).collect()
    }

    /// The target with its weights.
    pub fn target(&self) -> Weighted<'_, T> {
        Weighted { target: self.plain(), weights: self.weights.as_deref() }
    }

    /// The target without weights.
    pub fn plain(&self) -> Target<'_, T> {
        match &self.labels {
            Some(labels) => Target::Labels(labels),
            None => Target::Values(&self.values),
        }
    }

    /// The numbers or labels of the target.
    pub fn target_len(&self) -> usize {
        self.labels.as_ref().map_or(self.values.len(), Vec::len)
    }

    /// Multiplies all weights.
    pub fn scale_weights(&mut self, factor: T) {
        for weight in self.weights.as_mut().expect("weights") {
            *weight *= factor;
        }
    }

    /// The same numbers in the other type.
    pub fn to<U: Float>(&self) -> Sample<U> {
        let convert = |numbers: &[T]| numbers.iter().map(|x| U::of(x.to_f64())).collect::<Vec<_>>();
        Sample {
            rows: self.rows,
            width: self.width,
            x: convert(&self.x),
            values: convert(&self.values),
            labels: self.labels.clone(),
            weights: self.weights.as_deref().map(convert),
        }
    }

    /// What it is, for a message.
    pub fn describe(&self) -> String {
        let (kind, weighted) = (self.plain().kind(), self.weights.is_some());
        format!("{kind}, weighted: {weighted}, [{}, {}]", self.rows, self.width)
    }
}
