//! A block's source: its planes copied so that every term lies at one offset from all places.

use super::sweep::{Layout, SLACK, Sweep};
use neuropil_simd::{Float, Lanes};
use std::ops::Range;

/// Some images, and of each the relative places `first..first + len` along the sweep's axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub image: usize,
    pub images: usize,
    pub first: usize,
    pub len: usize,
}

impl Block {
    /// The block with this number of a sweep over `rows` images.
    pub fn new(sweep: &Sweep, number: usize, rows: usize) -> Self {
        let blocks = sweep.blocks();
        let (image, first) = (number / blocks * sweep.images, number % blocks * sweep.block);
        Self {
            image,
            images: sweep.images.min(rows - image),
            first,
            len: sweep.block.min(sweep.extents[sweep.axis] - first),
        }
    }

    /// How many there are.
    pub fn count(sweep: &Sweep, rows: usize) -> usize {
        rows.div_ceil(sweep.images) * sweep.blocks()
    }
}

impl Sweep {
    /// Copies all channels of a group to `to`, as the layout has them.
    #[inline(always)]
    pub fn pack<T: Float, V: Lanes<T>>(&self, x: &[T], group: usize, block: Block, to: &mut [T]) {
        let (planes, slack) = to.split_at_mut(self.channels * self.layout.channel);
        for (c, to) in planes.chunks_exact_mut(self.layout.channel).enumerate() {
            self.pack_channel::<T, V>(x, group * self.channels + c, block, to);
        }
        slack[..SLACK].fill(T::ZERO);
    }

    /// Copies one channel of the block's images to `to`, which is that channel's part of a layout.
    #[inline(always)]
    pub fn pack_channel<T: Float, V: Lanes<T>>(
        &self,
        x: &[T],
        channel: usize,
        block: Block,
        to: &mut [T],
    ) {
        let Layout { phase, image, slice, row, in_place, .. } = self.layout;
        let channels = self.groups * self.channels;
        let plane = self.source.iter().product::<usize>();
        let x = &x[block.image * channels * plane..];
        if in_place {
            // From the block's first place on: what the offsets of its places begin at.
            let skip = block.first * [slice, row, 1][self.axis];
            let from = &x[channel * plane + skip..(channel + 1) * plane];
            copy::<T, V>(from, &mut to[..from.len()]);
            to[from.len()..].fill(T::ZERO);
            return;
        }
        let mut entries = self.entries();
        entries[self.axis] = block.len + self.reach[self.axis];
        for (number, of) in self.phases.iter().enumerate() {
            let data = [0, 1, 2].map(|axis| {
                let skip = if axis == self.axis { block.first } else { 0 };
                let data = self.data(axis, of[axis], skip..skip + entries[axis]);
                data.start - skip..data.end - skip
            });
            // The place of the source of number 0.
            let origin = [0, 1, 2].map(|axis| {
                let skip = if axis == self.axis { block.first * self.step[axis] } else { 0 };
                self.shift[axis] + (of[axis] + skip) as isize
            });
            let at = |axis: usize, entry: usize| {
                (origin[axis] + (entry * self.step[axis]) as isize) as usize
            };
            // Where there are fewer images, the last one's row ends in what stands behind it.
            let behind = number * phase + block.images * image;
            to[behind..(number + 1) * phase].fill(T::ZERO);
            for i in 0..block.images {
                let x = &x[(i * channels + channel) * plane..][..plane];
                let to = &mut to[number * phase + i * image..][..image];
                for (d, to) in to.chunks_exact_mut(slice).enumerate() {
                    if !data[0].contains(&d) {
                        to.fill(T::ZERO);
                        continue;
                    }
                    let x = &x[at(0, d) * self.source[1] * self.source[2]..];
                    for (h, to) in to.chunks_exact_mut(row).enumerate() {
                        if !data[1].contains(&h) {
                            to.fill(T::ZERO);
                            continue;
                        }
                        let x = &x[at(1, h) * self.source[2]..][..self.source[2]];
                        let Range { start, end } = data[2];
                        to[..start].fill(T::ZERO);
                        to[end..].fill(T::ZERO);
                        if start < end {
                            let x = &x[at(2, start)..];
                            stride_copy::<T, V>(x, self.step[2], &mut to[start..end]);
                        }
                    }
                }
            }
        }
        let used = self.phases.len() * phase;
        to[used..].fill(T::ZERO);
    }
}

/// Every `step`-th number of `from`, until `to` is full.
#[inline(always)]
fn stride_copy<T: Float, V: Lanes<T>>(from: &[T], step: usize, to: &mut [T]) {
    match step {
        1 => copy::<T, V>(&from[..to.len()], to),
        2 => {
            let from = &from[..2 * to.len() - 1];
            for (j, to) in to.iter_mut().enumerate() {
                *to = from[2 * j];
            }
        }
        _ => {
            for (to, &from) in to.iter_mut().zip(from.iter().step_by(step)) {
                *to = from;
            }
        }
    }
}

/// A copy of short rows, of equal lengths, without a call.
#[inline(always)]
pub(super) fn copy<T: Float, V: Lanes<T>>(from: &[T], to: &mut [T]) {
    let mut to = to.chunks_exact_mut(V::LEN);
    let mut from = from.chunks_exact(V::LEN);
    for (to, from) in (&mut to).zip(&mut from) {
        V::load(from).store(to);
    }
    let (to, from) = (to.into_remainder(), from.remainder());
    if !to.is_empty() {
        V::load_partial(from).store_partial(to);
    }
}
