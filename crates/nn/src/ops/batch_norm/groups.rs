//! The order of the work: some channels through all sweeps, then the next ones.

use crate::op::FinishRef;
use neuropil_simd::Float;
use std::ops::Range;

/// Numbers of x that go through all sweeps before the next ones: 256 KB of `f32`, which the second
/// sweep finds in the second-level cache.
const GROUP: usize = 1 << 16;

/// Numbers that are finished at a time: with as many of x, what the first-level cache holds.
const FINISHED: usize = 1 << 12;

/// Numbers of a row that stand side by side in a group at least, where a channel has fewer.
const RUN: usize = 512;

/// Numbers of a row that a thread works on at least, where a channel has fewer.
const UNIT: usize = 64;

/// A tensor's shape, and which channels of it go through all sweeps together.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    shape: [usize; 3],
    channels: usize,
}

impl Groups {
    pub fn new(shape: [usize; 3]) -> Self {
        let [rows, _, inner] = shape;
        let (of_channel, inner) = ((rows * inner).max(1), inner.max(1));
        // At least one for each thread.
        let least = RUN.div_ceil(inner).max(rayon::current_num_threads());
        Self { shape, channels: (GROUP / of_channel).max(least) }
    }

    pub fn each(self) -> impl Iterator<Item = Range<usize>> {
        let [_, channels, _] = self.shape;
        let starts = (0..channels).step_by(self.channels);
        starts.map(move |start| start..channels.min(start + self.channels))
    }

    /// Rows of a tensor, each with the numbers of so many channels to work on.
    pub fn of_rows(&self, channels: usize) -> (usize, usize) {
        let [_, all, inner] = self.shape;
        (all * inner, channels * inner)
    }

    /// The least channels of a thread, and the work of one.
    pub fn of_channels(&self) -> (usize, usize) {
        let [rows, _, inner] = self.shape;
        (UNIT.div_ceil(inner.max(1)), rows * inner)
    }

    /// Where some rows stand.
    pub fn place(&self, rows: Range<usize>) -> Range<usize> {
        let [_, channels, inner] = self.shape;
        rows.start * channels * inner..rows.end * channels * inner
    }

    /// Where the numbers of some channels stand in each row of so many numbers, row by row.
    pub fn runs(&self, channels: &Range<usize>, len: usize) -> impl Iterator<Item = Range<usize>> {
        let [_, all, inner] = self.shape;
        let run = channels.start * inner..channels.end * inner;
        (0..len).step_by((all * inner).max(1)).map(move |row| row + run.start..row + run.end)
    }

    /// Does work on some channels of rows, from x to y, and finishes what stands in y, by so many rows
    /// and channels that it is still in the cache.
    pub fn finished<T: Float>(
        &self,
        channels: &Range<usize>,
        (x, y): (&[T], &mut [T]),
        finish: Option<FinishRef<'_, T>>,
        work: impl Fn([usize; 3], Range<usize>, &[T], &mut [T]),
    ) {
        let [_, all, inner] = self.shape;
        let width = (all * inner).max(1);
        let Some(finish) = finish else {
            return work([y.len() / width, all, inner], channels.clone(), x, y);
        };
        let at_a_time = (FINISHED / inner.max(1)).clamp(1, channels.len().max(1));
        let rows = (FINISHED / (at_a_time * inner).max(1)).max(1);
        for (x, y) in x.chunks(rows * width).zip(y.chunks_mut(rows * width)) {
            for first in channels.clone().step_by(at_a_time) {
                let channels = first..channels.end.min(first + at_a_time);
                work([y.len() / width, all, inner], channels.clone(), x, y);
                for run in self.runs(&channels, y.len()) {
                    finish.0.apply(&mut y[run]);
                }
            }
        }
    }
}
