//! One thread's share of a sweep: blocks of images, and of each some output channels.

use super::output::After;
use super::source::Block;
use super::sweep::{Kind, Layout, Sweep};
use super::tile::{Strip, TILE_ROWS};
use neuropil_simd::{ALIGNMENT, Float, Lanes};
use std::ops::Range;

/// The most numbers of a dense source over which all channels are gone through at a time: they stay
/// in the first-level cache.
const CHUNK: usize = 6 * 1024;

/// A sweep over a batch.
#[derive(Clone, Copy)]
pub(super) struct Task<'a, T> {
    pub sweep: &'a Sweep,
    pub x: &'a [T],
    pub w: &'a [T],
    pub y: Target<T>,
    /// Whether the sums are added to what stands in y.
    pub adds: bool,
    pub after: After<'a, T>,
    /// Images.
    pub images: usize,
}

/// The output, of which each thread writes its own part.
#[derive(Clone, Copy)]
pub(super) struct Target<T>(pub *mut T);

// SAFETY: threads only use the pointer in `Part::run`, whose parts do not overlap.
unsafe impl<T: Send> Send for Target<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Target<T> {}

/// The part of a task that one thread computes.
pub(crate) struct Part<'a, T> {
    task: &'a Task<'a, T>,
    blocks: Range<usize>,
    /// Of all groups' output channels, in a row.
    channels: Range<usize>,
    scratch: &'a mut [T],
}

/// From a channel of a strip to the next: a vector may begin at its last place.
fn strip_row(sweep: &Sweep) -> usize {
    sweep.places(sweep.images).next_multiple_of(16) + 16
}

/// The scratch, in numbers, that a part may need.
pub(super) fn part_scratch<T>(sweep: &Sweep) -> usize {
    let strip = if sweep.is_dense() { 0 } else { TILE_ROWS * strip_row(sweep) };
    sweep.source_len().next_multiple_of(16) + strip + ALIGNMENT / size_of::<T>()
}

impl<'a, T: Float> Part<'a, T> {
    /// A part of a task.
    ///
    /// # Safety
    /// The target is valid for reading and writing all images of the sweep's output, and nobody else
    /// has access to those blocks of those channels. x, w and what `after` holds have the lengths
    /// that the sweep asks for. The scratch is at least `part_scratch` long.
    pub(super) unsafe fn new(
        task: &'a Task<'a, T>,
        blocks: Range<usize>,
        channels: Range<usize>,
        scratch: &'a mut [T],
    ) -> Self {
        Self { task, blocks, channels, scratch }
    }
}

impl<T: Float> Part<'_, T> {
    /// Computes the part.
    #[inline(always)]
    pub fn run<V: Lanes<T>>(self) {
        let Self { task, blocks, channels, scratch } = self;
        let sweep = task.sweep;
        let skip = scratch.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<T>());
        let scratch = &mut scratch[skip..];
        let (source, strip) = scratch.split_at_mut(sweep.source_len().next_multiple_of(16));
        for block in blocks {
            let block = Block::new(sweep, block, task.images);
            let mut channel = channels.start;
            while channel < channels.end {
                let group = channel / sweep.rows;
                let end = channels.end.min((group + 1) * sweep.rows);
                let x = task.source::<V>(group, block, source);
                let now = Now { task, block, group, x, strip: strip.as_mut_ptr() };
                // SAFETY: that of `new`; the channels are of this group, whose source x is.
                unsafe {
                    match sweep.is_dense() {
                        true => now.dense::<V>(channel..end),
                        false => now.by_strips::<V>(channel..end),
                    }
                }
                channel = end;
            }
        }
    }
}

impl<T: Float> Task<'_, T> {
    /// Where the source of a group's block begins: in place, or copied to `to`.
    #[inline(always)]
    fn source<V: Lanes<T>>(&self, group: usize, block: Block, to: &mut [T]) -> *const T {
        let Layout { slice, row, in_place, .. } = self.sweep.layout;
        if in_place {
            let plane: usize = self.sweep.source.iter().product();
            let channel = (block.image * self.sweep.groups + group) * self.sweep.channels;
            let start = channel * plane + block.first * [slice, row, 1][self.sweep.axis];
            let last = self.sweep.furthest();
            let places = self.sweep.places(1).next_multiple_of(V::LEN);
            if start + last + places <= self.x.len() {
                return self.x[start..].as_ptr();
            }
        }
        self.sweep.pack::<T, V>(self.x, group, block, to);
        to.as_ptr()
    }
}

/// A block and a group that are being computed.
struct Now<'a, T> {
    task: &'a Task<'a, T>,
    block: Block,
    group: usize,
    x: *const T,
    strip: *mut T,
}

/// `rows` cut into tiles as equal as can be: the rows of the next, of so many that are left.
#[inline(always)]
fn height(rows: usize) -> usize {
    rows.div_ceil(rows.div_ceil(TILE_ROWS))
}

impl<T: Float> Now<'_, T> {
    /// Extents of the block in relative places.
    #[inline(always)]
    fn extents(&self) -> [usize; 3] {
        let mut extents = self.task.sweep.extents;
        extents[self.task.sweep.axis] = self.block.len;
        extents
    }

    /// The numbers of an output plane that the block's places are: a run.
    #[inline(always)]
    fn region(&self) -> Range<usize> {
        let Sweep { axis, output, output_step, kinds, .. } = self.task.sweep;
        let Block { first, len, .. } = self.block;
        let start = kinds[0].start[*axis];
        let at = |r: usize| {
            let place = (r * output_step[*axis]) as isize + start;
            place.clamp(0, output[*axis] as isize) as usize
        };
        let inner: usize = output[*axis + 1..].iter().product();
        at(first) * inner..at(first + len) * inner
    }

    /// The first number of a channel's plane in the output.
    #[inline(always)]
    fn plane(&self, image: usize, channel: usize) -> *mut T {
        let sweep = self.task.sweep;
        let plane: usize = sweep.output.iter().product();
        let number = (self.block.image + image) * sweep.groups * sweep.rows + channel;
        self.task.y.0.wrapping_add(number * plane)
    }

    /// The weights of a channel.
    #[inline(always)]
    fn weights(&self, channel: usize) -> *const T {
        let Sweep { rows, weight_row, weight_group, .. } = self.task.sweep;
        let row = channel - self.group * rows;
        self.task.w.as_ptr().wrapping_add(self.group * weight_group + row * weight_row)
    }

    /// Places lie as the output does: sums go there at once.
    ///
    /// # Safety
    /// That of [`Part::new`], and x is the group's source.
    #[inline(always)]
    unsafe fn dense<V: Lanes<T>>(&self, channels: Range<usize>) {
        let Task { sweep, adds, after, .. } = self.task;
        let region = self.region();
        let terms = &sweep.terms[sweep.kinds[0].terms.clone()];
        let chunk = (CHUNK / sweep.channels).max(4 * 16).next_multiple_of(4 * 16);
        let mut place = region.start;
        while place < region.end {
            let places = chunk.min(region.end - place);
            let mut channel = channels.start;
            while channel < channels.end {
                let rows = height(channels.end - channel);
                let y = self.plane(0, channel).wrapping_add(place);
                let y_row = sweep.output.iter().product();
                let strip = Strip {
                    terms,
                    x: self.x.wrapping_add(place - region.start),
                    w: self.weights(channel),
                    w_row: sweep.weight_row,
                    y,
                    y_row,
                    rows,
                    places,
                    adds: *adds,
                };
                // SAFETY: the caller guarantees the source and the weights; the places are the
                // block's, to whose part of these planes nobody else has access.
                unsafe { strip.run::<V>() };
                for i in 0..rows {
                    let after = after.of_channel(channel + i);
                    let y = y.wrapping_add(i * y_row);
                    if !after.is_plain() {
                        // SAFETY: as above.
                        unsafe { after.in_place::<V>(y, places) };
                    }
                    if let Some(finish) = after.finish {
                        // SAFETY: as above.
                        finish(unsafe { std::slice::from_raw_parts_mut(y, places) });
                    }
                }
                channel += rows;
            }
            place += places;
        }
    }

    /// Sums go to a strip, and from there to the output.
    ///
    /// # Safety
    /// That of [`Part::new`], and x is the group's source.
    #[inline(always)]
    unsafe fn by_strips<V: Lanes<T>>(&self, channels: Range<usize>) {
        let Task { sweep, after, .. } = self.task;
        let places = sweep.places_of(self.extents(), self.block.images);
        let mut channel = channels.start;
        while channel < channels.end {
            let rows = height(channels.end - channel);
            for kind in &sweep.kinds {
                let strip = Strip {
                    terms: &sweep.terms[kind.terms.clone()],
                    x: self.x,
                    w: self.weights(channel),
                    w_row: sweep.weight_row,
                    y: self.strip,
                    y_row: strip_row(sweep),
                    rows,
                    places,
                    adds: false,
                };
                // SAFETY: the caller guarantees the source and the weights; the strip has a row of
                // `strip_row` numbers for each channel.
                unsafe {
                    strip.run::<V>();
                    self.copy_out::<V>(kind, channel, rows);
                }
            }
            if after.finish.is_some() {
                let region = self.region();
                for i in 0..rows {
                    for image in 0..self.block.images {
                        let y = self.plane(image, channel + i).wrapping_add(region.start);
                        // SAFETY: the block's part of a plane, to which nobody else has access.
                        let piece = unsafe { std::slice::from_raw_parts_mut(y, region.len()) };
                        if let Some(finish) = after.finish {
                            finish(piece);
                        }
                    }
                }
            }
            channel += rows;
        }
    }

    /// Copies the places of a strip that are some of the output.
    ///
    /// # Safety
    /// As for [`by_strips`](Self::by_strips); the strip holds the sums of the channels.
    #[inline(always)]
    unsafe fn copy_out<V: Lanes<T>>(&self, kind: &Kind, channel: usize, rows: usize) {
        let Task { sweep, adds, after, .. } = self.task;
        let Layout { image, slice, row, .. } = sweep.layout;
        // Relative places that are some, and the first one's place in the output.
        let valid = [0, 1, 2].map(|axis| {
            let (skip, len) = match axis == sweep.axis {
                true => (self.block.first, self.block.len),
                false => (0, sweep.extents[axis]),
            };
            let (step, start) = (sweep.output_step[axis] as isize, kind.start[axis]);
            let at = |bound: isize| {
                let first = (bound - start + step - 1).div_euclid(step) - skip as isize;
                first.clamp(0, len as isize) as usize
            };
            at(0)..at(sweep.output[axis] as isize)
        });
        let [d_valid, h_valid, w_valid] = valid;
        if w_valid.is_empty() {
            return;
        }
        let place = |axis: usize, r: usize| {
            let skip = if axis == sweep.axis { self.block.first } else { 0 };
            (((skip + r) * sweep.output_step[axis]) as isize + kind.start[axis]) as usize
        };
        let [_, height, width] = sweep.output;
        let first = place(2, w_valid.start);
        for i in 0..rows {
            let of_channel = after.of_channel(channel + i);
            for j in 0..self.block.images {
                let strip = self.strip.wrapping_add(i * strip_row(sweep) + j * image);
                let y = self.plane(j, channel + i).wrapping_add(first);
                for d in d_valid.clone() {
                    for h in h_valid.clone() {
                        let sums = strip.wrapping_add(d * slice + h * row + w_valid.start);
                        let y = y.wrapping_add((place(0, d) * height + place(1, h)) * width);
                        let len = w_valid.len();
                        // SAFETY: the sums lie in the strip, with a vector behind them; y is a row
                        // of the block's part of a plane.
                        unsafe {
                            match sweep.output_step[2] {
                                1 => of_channel.copy::<V>(sums, y, len, *adds),
                                step => of_channel.spread::<V>(sums, y, step, len, *adds),
                            }
                        }
                    }
                }
            }
        }
    }
}
