//! Predictions, targets and weights, made up and always the same for a seed.

use neuropil_losses::{Target, TargetKind, Weighted};
use neuropil_nn::Real;
use neuropil_regularizers::random;
use std::ops::Range;

/// What is predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// One of so many classes, by the largest number.
    Classes(usize),
    /// Yes or no as a label, by one number.
    Binary,
    /// So many times yes or no, by a number each.
    Decisions(usize),
    /// So many numbers.
    Values(usize),
    /// The probabilities of so many classes.
    Probabilities(usize),
}

impl Task {
    /// The numbers of a row.
    pub fn width(self) -> usize {
        match self {
            Self::Binary => 1,
            Self::Classes(width)
            | Self::Decisions(width)
            | Self::Values(width)
            | Self::Probabilities(width) => width,
        }
    }

    pub fn kind(self) -> TargetKind {
        match self {
            Self::Classes(_) | Self::Binary => TargetKind::Labels,
            _ => TargetKind::Values,
        }
    }
}

/// Rows of predictions with their targets.
#[derive(Clone, Debug)]
pub struct Sample<T> {
    pub width: usize,
    pub y: Vec<T>,
    /// Empty if targets are values.
    pub labels: Vec<u32>,
    /// Empty if targets are labels.
    pub values: Vec<T>,
    pub kind: TargetKind,
    pub weights: Option<Vec<T>>,
}

/// A number in 0..below, a function of seed and place.
pub fn whole(seed: u64, place: usize, below: u64) -> u64 {
    (random::bits(random::key(&[seed]), place as u64) >> 11) % below
}

impl<T: Real> Sample<T> {
    /// Predictions and values are whole numbers of eighths, so that there are ties, and both types
    /// hold the same.
    pub fn new(task: Task, rows: usize, seed: u64) -> Self {
        let (width, kind) = (task.width(), task.kind());
        let eighth = |seed, place| T::of(whole(seed, place, 33) as f64 / 8.0 - 2.0);
        let y = (0..rows * width).map(|place| eighth(seed, place)).collect();
        let (mut labels, mut values) = (Vec::new(), Vec::new());
        let target = seed.wrapping_add(1 << 32);
        match task {
            Task::Classes(_) | Task::Binary => {
                let classes = width.max(2) as u64;
                labels.extend((0..rows).map(|row| whole(target, row, classes) as u32));
            }
            Task::Decisions(_) => {
                let value = |place| T::of(whole(target, place, 2) as f64);
                values.extend((0..rows * width).map(value));
            }
            Task::Values(_) => values.extend((0..rows * width).map(|place| eighth(target, place))),
            Task::Probabilities(_) => {
                for row in 0..rows {
                    let likely = whole(target, row, width as u64) as usize;
                    let rest = 0.25 / (width - 1) as f64;
                    values.extend((0..width).map(|i| T::of(if i == likely { 0.75 } else { rest })));
                }
            }
        }
        Self { width, y, labels, values, kind, weights: None }
    }

    /// The same with weights that are whole numbers from 0 to 3; the first rows all count.
    pub fn weighted(mut self, seed: u64) -> Self {
        let weight = |row| if row < 3 { 1 } else { whole(seed ^ 0x5eed, row, 4) };
        self.weights = Some((0..self.len()).map(|row| T::of(weight(row) as f64)).collect());
        self
    }

    pub fn len(&self) -> usize {
        self.y.len() / self.width
    }

    pub fn target(&self) -> Weighted<'_, T> {
        let target = match self.kind {
            TargetKind::Labels => Target::Labels(&self.labels),
            TargetKind::Values => Target::Values(&self.values),
        };
        Weighted { target, weights: self.weights.as_deref() }
    }

    pub fn rows(&self, rows: Range<usize>) -> Self {
        self.pick(&rows.collect::<Vec<_>>())
    }

    /// These rows, in this order.
    pub fn pick(&self, rows: &[usize]) -> Self {
        let of_rows = |numbers: &[T], width: usize| {
            rows.iter().flat_map(|row| numbers[row * width..][..width].to_vec()).collect()
        };
        let target_width = self.values.len() / self.len().max(1);
        Self {
            width: self.width,
            y: of_rows(&self.y, self.width),
            labels: match self.kind {
                TargetKind::Labels => rows.iter().map(|&row| self.labels[row]).collect(),
                TargetKind::Values => Vec::new(),
            },
            values: of_rows(&self.values, target_width),
            kind: self.kind,
            weights: self.weights.as_ref().map(|weights| of_rows(weights, 1)),
        }
    }

    /// The same with predictions that are all right.
    pub fn perfect(mut self) -> Self {
        let width = self.width;
        self.y = match self.kind {
            TargetKind::Values => self.values.clone(),
            TargetKind::Labels if width == 1 => {
                self.labels.iter().map(|&label| T::of(f64::from(label) - 0.5)).collect()
            }
            TargetKind::Labels => {
                let hot = |label: u32, i| T::of(if label as usize == i { 4.0 } else { 0.0 });
                let row = |&label: &u32| (0..width).map(move |i| hot(label, i));
                self.labels.iter().flat_map(row).collect()
            }
        };
        self
    }
}
