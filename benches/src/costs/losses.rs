//! All losses.

use std::hint::black_box;

use neuropil_losses::{CrossEntropy, Loss, MeanSquaredError, Target, TargetKind};
use neuropil_simd::{AlignedVec, Float};

use super::{LEN, Member, ROWS, Run, WIDTH, spread};

pub(super) fn all() -> Vec<Member> {
    use TargetKind::{Labels, Values};
    vec![
        of(MeanSquaredError::new(), Values),
        of(CrossEntropy::new(), Labels).with("labels"),
        of(CrossEntropy::new(), Values).with("probabilities"),
    ]
}

fn of(loss: impl Loss, kind: TargetKind) -> Member {
    let runs = [value::<f32>(&loss, kind), both::<f32>(&loss, kind), both::<f64>(&loss, kind)];
    Member::new(&loss, runs.map(Some).into())
}

/// Predictions and targets that every loss takes: numbers in (0, 1), classes of rows.
struct Data<T> {
    x: AlignedVec<T>,
    values: AlignedVec<T>,
    labels: Vec<u32>,
    kind: TargetKind,
}

impl<T: Float> Data<T> {
    fn new(loss: &impl Loss, kind: TargetKind) -> Self {
        let between = |len, seed| {
            let mut x = spread::<T>(len, seed);
            x.iter_mut().for_each(|x| *x = T::of(0.5 + x.to_f64() / 8.01));
            x
        };
        let classes = loss.classes(WIDTH).max(1) as u32;
        Self {
            x: between(LEN, 1),
            values: between(ROWS * loss.target_width(WIDTH), 2),
            labels: (0..ROWS as u32).map(|row| row * 7 % classes).collect(),
            kind,
        }
    }

    fn target(&self) -> Target<'_, T> {
        match self.kind {
            TargetKind::Values => Target::Values(black_box(&self.values)),
            TargetKind::Labels => Target::Labels(black_box(&self.labels)),
        }
    }
}

fn value<T: Float>(loss: &impl Loss, kind: TargetKind) -> Run {
    let (loss, data) = (loss.clone(), Data::<T>::new(loss, kind));
    Box::new(move || {
        let value = loss.value(WIDTH, black_box(&data.x), data.target());
        black_box(value.expect("targets that fit"));
    })
}

fn both<T: Float>(loss: &impl Loss, kind: TargetKind) -> Run {
    let (loss, data) = (loss.clone(), Data::<T>::new(loss, kind));
    let mut dx = AlignedVec::<T>::zeros(LEN);
    Box::new(move || {
        let value = loss.both(WIDTH, black_box(&data.x), data.target(), black_box(&mut dx));
        black_box(value.expect("targets that fit"));
    })
}
