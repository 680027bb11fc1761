//! The gradient of the weights: dw[o, t] = Σ over images and places of dy[o, p] x[p + t].
//!
//! The x of a block is laid out as forward has it, dy with zeros between its rows, so that both are
//! runs of neighbouring numbers for each weight: a tile is the products of a few channels of dy with
//! a few terms of x.
//!
//! # The order of the sums
//! A *group* is some blocks, enough for their places to be some thousand. Within a group, a weight
//! has as many chains as there are lanes in 64 bytes, over the places in their order, which are then
//! folded by halving. Groups are added in their order within a *shard*, a part of the batch, and
//! shards in theirs. All of these depend on shapes alone, whoever computes them.

use super::run::Target;
use super::source::{Block, copy};
use super::sweep::{Layout, Sweep};
use super::tile::Term;
use neuropil_simd::{ALIGNMENT, Float, Lanes};
use std::ops::Range;

/// Places of a group, about: so many that folding the lanes does not weigh.
const GROUP: usize = 1024;

/// The most shards, and so threads that share a batch; and the most numbers of all shards' sums.
const SHARDS: usize = 8;
const SHARD_NUMBERS: usize = 1 << 20;

/// Channels of dy that are laid out at a time.
const ROWS: usize = 6;

/// The chains of a sum.
const fn lanes<T>() -> usize {
    ALIGNMENT / size_of::<T>()
}

/// How the blocks of a batch are grouped and shared out, a function of shapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shards {
    /// Blocks of the batch, and of a group.
    blocks: usize,
    group: usize,
    /// Shards, and groups of a shard.
    pub count: usize,
    groups: usize,
}

impl Shards {
    pub fn new(sweep: &Sweep, images: usize) -> Self {
        let blocks = Block::count(sweep, images);
        let group = (GROUP / sweep.places(1)).max(1);
        let all = blocks.div_ceil(group);
        let most = (SHARD_NUMBERS / sums(sweep)).clamp(1, SHARDS);
        let groups = all.div_ceil(most).max(1);
        Self { blocks, group, count: all.div_ceil(groups), groups }
    }

    /// The groups of a shard, as their blocks.
    fn of_shard(self, shard: usize) -> impl Iterator<Item = Range<usize>> {
        let Self { blocks, group, groups, .. } = self;
        let first = shard * groups * group;
        let last = blocks.min(first + groups * group);
        (first..last).step_by(group).map(move |at| at..last.min(at + group))
    }
}

/// The sums of a shard: all weights, then a bias for each channel.
pub(super) fn sums(sweep: &Sweep) -> usize {
    let channels = sweep.groups * sweep.rows;
    (channels * sweep.weight_row + channels).next_multiple_of(16)
}

/// The gradient over a batch.
#[derive(Clone, Copy)]
pub(super) struct Task<'a, T> {
    pub sweep: &'a Sweep,
    pub x: &'a [T],
    pub dy: &'a [T],
    pub images: usize,
    pub shards: Shards,
    /// The sums of all shards.
    pub sums: Target<T>,
}

/// The part of a task that one thread computes: channels of some shards.
pub(crate) struct Part<'a, T> {
    task: &'a Task<'a, T>,
    shards: Range<usize>,
    channels: Range<usize>,
    scratch: &'a mut [T],
}

#[inline(always)]
fn dy_row<T>(sweep: &Sweep) -> usize {
    sweep.places(1).next_multiple_of(lanes::<T>())
}

/// The scratch, in numbers, that a part may need.
pub(super) fn part_scratch<T>(sweep: &Sweep, shards: Shards) -> usize {
    let block = sweep.source_len().next_multiple_of(16) + ROWS * dy_row::<T>(sweep);
    shards.group * block + ALIGNMENT / size_of::<T>()
}

impl<'a, T: Float> Part<'a, T> {
    /// # Safety
    /// The task's sums have room for those of all its shards, and nobody else has access to those of
    /// these channels of these shards. x and dy have the lengths that the sweep asks for. The scratch
    /// is at least `part_scratch` long.
    pub(super) unsafe fn new(
        task: &'a Task<'a, T>,
        shards: Range<usize>,
        channels: Range<usize>,
        scratch: &'a mut [T],
    ) -> Self {
        Self { task, shards, channels, scratch }
    }

    /// Computes the part.
    #[inline(always)]
    pub fn run<V: Lanes<T>>(self) {
        let Self { task, shards, channels, scratch } = self;
        let sweep = task.sweep;
        let skip = scratch.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<T>());
        let (x, dy) = scratch[skip..]
            .split_at_mut(task.shards.group * sweep.source_len().next_multiple_of(16));
        for shard in shards {
            let sums = task.sums.0.wrapping_add(shard * sums(sweep));
            let mut adds = false;
            for blocks in task.shards.of_shard(shard) {
                let mut channel = channels.start;
                while channel < channels.end {
                    let group = channel / sweep.rows;
                    let end = channels.end.min((group + 1) * sweep.rows);
                    let now = Now { task, blocks: blocks.clone(), group, sums, adds };
                    // SAFETY: that of `new`; the channels are of this group.
                    unsafe { now.run::<V>(channel..end, x, dy) };
                    channel = end;
                }
                adds = true;
            }
        }
    }
}

/// A group of blocks, for the channels of one group of the convolution.
struct Now<'a, T> {
    task: &'a Task<'a, T>,
    blocks: Range<usize>,
    group: usize,
    sums: *mut T,
    /// Whether there were groups before.
    adds: bool,
}

impl<T: Float> Now<'_, T> {
    /// # Safety
    /// That of [`Part::new`] for these channels, which are of this group.
    #[inline(always)]
    unsafe fn run<V: Lanes<T>>(&self, channels: Range<usize>, x: &mut [T], dy: &mut [T]) {
        let Task { sweep, images, .. } = self.task;
        let x_block = sweep.source_len().next_multiple_of(16);
        for (block, x) in self.blocks.clone().zip(x.chunks_exact_mut(x_block)) {
            let block = Block::new(sweep, block, *images);
            sweep.pack::<T, V>(self.task.x, self.group, block, x);
        }
        let most = if V::REGISTERS == 32 { ROWS } else { 4 };
        let mut channel = channels.start;
        while channel < channels.end {
            let left = channels.end - channel;
            let rows = left.div_ceil(left.div_ceil(most));
            for (number, block) in self.blocks.clone().enumerate() {
                let block = Block::new(sweep, block, *images);
                let dy = &mut dy[number * ROWS * dy_row::<T>(sweep)..];
                self.pack_dy::<V>(block, channel..channel + rows, dy);
            }
            // SAFETY: the channels are among those that the caller guarantees; x and dy have just
            // been laid out.
            unsafe {
                match rows {
                    1 => self.channels::<V, 1>(channel, x, dy),
                    2 => self.channels::<V, 2>(channel, x, dy),
                    3 => self.channels::<V, 3>(channel, x, dy),
                    4 => self.channels::<V, 4>(channel, x, dy),
                    5 => self.channels::<V, 5>(channel, x, dy),
                    _ => self.channels::<V, 6>(channel, x, dy),
                }
            }
            channel += rows;
        }
    }

    /// Lays some channels of a block's dy out over its places, with zeros between the rows.
    #[inline(always)]
    fn pack_dy<V: Lanes<T>>(&self, block: Block, channels: Range<usize>, to: &mut [T]) {
        let Sweep { layout, groups, rows, output, extents, axis, .. } = self.task.sweep;
        let Layout { slice, row, .. } = *layout;
        let mut extents = *extents;
        extents[*axis] = block.len;
        let plane: usize = output.iter().product();
        let skip = block.first * output[*axis + 1..].iter().product::<usize>();
        let [depth, height, width] = extents;
        for (channel, to) in channels.zip(to.chunks_exact_mut(dy_row::<T>(self.task.sweep))) {
            let start = (block.image * groups * rows + channel) * plane + skip;
            let dy = &self.task.dy[start..];
            to.fill(T::ZERO);
            for d in 0..depth {
                for h in 0..height {
                    let dy = &dy[(d * output[1] + h) * output[2]..][..width];
                    copy::<T, V>(dy, &mut to[d * slice + h * row..][..width]);
                }
            }
        }
    }

    /// All weights of some channels, and their biases.
    ///
    /// # Safety
    /// As for [`run`](Self::run); x and dy hold the laid out blocks.
    #[inline(always)]
    unsafe fn channels<V: Lanes<T>, const HEIGHT: usize>(&self, channel: usize, x: &[T], dy: &[T]) {
        let sweep = self.task.sweep;
        let bias = sweep.groups * sweep.rows * sweep.weight_row + channel;
        let terms = &sweep.terms[..];
        macro_rules! tiles {
            ($taps:literal) => {{
                let (tiles, rest) = terms.as_chunks::<$taps>();
                for (tile, terms) in tiles.iter().enumerate() {
                    // SAFETY: passed on to the caller.
                    unsafe { self.tile::<V, HEIGHT, $taps>(channel, tile * $taps, terms, x, dy) };
                }
                let done = terms.len() - rest.len();
                for (at, terms) in rest.as_chunks::<1>().0.iter().enumerate() {
                    // SAFETY: passed on to the caller.
                    unsafe { self.tile::<V, HEIGHT, 1>(channel, done + at, terms, x, dy) };
                }
            }};
        }
        match (V::REGISTERS, HEIGHT) {
            (32, 4..) => tiles!(4),
            (32, _) => tiles!(8),
            (_, 3..) => tiles!(2),
            (_, _) => tiles!(4),
        }
        let dy_row = dy_row::<T>(sweep);
        for i in 0..HEIGHT {
            let mut all = [T::ZERO; 16];
            for lane in (0..lanes::<T>()).step_by(V::LEN) {
                let mut sum = V::splat(T::ZERO);
                for number in 0..self.blocks.len() {
                    let dy = &dy[(number * ROWS + i) * dy_row..][..dy_row];
                    for at in (lane..dy_row).step_by(lanes::<T>()) {
                        sum = sum + V::load(&dy[at..]);
                    }
                }
                sum.store(&mut all[lane..]);
            }
            // SAFETY: the bias of a channel that the caller guarantees.
            unsafe { self.add(bias + i, fold::<T, V>(&mut all)) };
        }
    }

    /// Adds a group's sum to the shard's, or sets it.
    ///
    /// # Safety
    /// Nobody else has access to this sum of the shard.
    #[inline(always)]
    unsafe fn add(&self, at: usize, sum: T) {
        let to = self.sums.wrapping_add(at);
        // SAFETY: passed on to the caller.
        unsafe { *to = if self.adds { *to + sum } else { sum } };
    }

    /// A few weights of a few channels.
    ///
    /// # Safety
    /// As for [`channels`](Self::channels).
    #[inline(always)]
    unsafe fn tile<V: Lanes<T>, const HEIGHT: usize, const TAPS: usize>(
        &self,
        channel: usize,
        first: usize,
        terms: &[Term; TAPS],
        x: &[T],
        dy: &[T],
    ) {
        let sweep = self.task.sweep;
        let to = |i: usize, t: usize| (channel + i) * sweep.weight_row + first + t;
        let row = dy_row::<T>(sweep);
        let dy = Rows { numbers: dy, block: ROWS * row };
        let x = Rows { numbers: x, block: sweep.source_len().next_multiple_of(16) };
        let mut rows = [0; HEIGHT];
        for (i, at) in rows.iter_mut().enumerate() {
            *at = i * row;
        }
        let mut places = [0; TAPS];
        for (at, term) in places.iter_mut().zip(terms) {
            *at = term.source as usize;
        }
        let blocks = self.blocks.len();
        let mut all = [[[T::ZERO; 16]; TAPS]; HEIGHT];
        // No iterators here: the compiler does not inline all of them, and each is a call.
        for lane in (0..lanes::<T>()).step_by(V::LEN) {
            let mut sums = [[V::splat(T::ZERO); TAPS]; HEIGHT];
            // Of rows and places, what there is less of is kept in registers.
            if TAPS <= HEIGHT {
                // SAFETY: rows of dy, which have `row` numbers; places of x lie in the block, or
                // behind the last by less than the slack.
                sums = unsafe {
                    chains::<T, V, HEIGHT, TAPS>(blocks, row, lane, (dy, rows), (x, places))
                };
            } else {
                // SAFETY: as above.
                let turned = unsafe {
                    chains::<T, V, TAPS, HEIGHT>(blocks, row, lane, (x, places), (dy, rows))
                };
                for i in 0..HEIGHT {
                    for t in 0..TAPS {
                        sums[i][t] = turned[t][i];
                    }
                }
            }
            for i in 0..HEIGHT {
                for t in 0..TAPS {
                    if V::LEN == lanes::<T>() {
                        // SAFETY: a weight of a channel that the caller guarantees.
                        unsafe { self.add(to(i, t), sums[i][t].sum()) };
                    } else {
                        sums[i][t].store(&mut all[i][t][lane..]);
                    }
                }
            }
        }
        if V::LEN < lanes::<T>() {
            for (i, all) in all.iter_mut().enumerate() {
                for (t, all) in all.iter_mut().enumerate() {
                    // SAFETY: as above.
                    unsafe { self.add(to(i, t), fold::<T, V>(all)) };
                }
            }
        }
    }
}

/// Laid out blocks, so far apart.
#[derive(Clone, Copy)]
struct Rows<'a, T> {
    numbers: &'a [T],
    block: usize,
}

/// Vectors of the chains of all products of a row of `a` and one of `b`, from a lane on: rows begin
/// at these places of each block, and are `len` numbers long.
///
/// # Safety
/// The rows lie within their numbers, `len` rounded up to whole vectors.
#[inline(always)]
unsafe fn chains<T: Float, V: Lanes<T>, const A: usize, const B: usize>(
    blocks: usize,
    len: usize,
    lane: usize,
    (a, a_rows): (Rows<'_, T>, [usize; A]),
    (b, b_rows): (Rows<'_, T>, [usize; B]),
) -> [[V; B]; A] {
    let mut sums = [[V::splat(T::ZERO); B]; A];
    for block in 0..blocks {
        let mut a = a.numbers[block * a.block + lane..].as_ptr();
        let mut b = b.numbers[block * b.block + lane..].as_ptr();
        for _ in 0..len / lanes::<T>() {
            let mut kept = [V::splat(T::ZERO); B];
            for (kept, row) in kept.iter_mut().zip(&b_rows) {
                // SAFETY: passed on to the caller.
                *kept = unsafe { V::load_at(b.wrapping_add(*row)) };
            }
            for (sums, row) in sums.iter_mut().zip(&a_rows) {
                // SAFETY: passed on to the caller.
                let a = unsafe { V::load_at(a.wrapping_add(*row)) };
                for (sum, kept) in sums.iter_mut().zip(&kept) {
                    *sum = a.mul_add(*kept, *sum);
                }
            }
            a = a.wrapping_add(lanes::<T>());
            b = b.wrapping_add(lanes::<T>());
        }
    }
    sums
}

/// The sum of the chains, folded by halving.
#[inline(always)]
fn fold<T: Float, V: Lanes<T>>(chains: &mut [T; 16]) -> T {
    let mut len = lanes::<T>();
    while len > V::LEN {
        len /= 2;
        for lane in (0..len).step_by(V::LEN) {
            let sum = V::load(&chains[lane..]) + V::load(&chains[lane + len..]);
            sum.store(&mut chains[lane..]);
        }
    }
    V::load(chains).sum()
}
