//! Mean and variance of each channel.

use super::planes::{COLUMNS, MARGIN, PLANE, spread};
use crate::deviation::mean_and_variance;
use neuropil_simd::{Float, Kernel, Lanes};

/// Rows whose short planes are summed up together before they are merged with those before: what
/// bounds the chains, and keeps both sweeps in the cache.
pub(super) const ROWS: usize = 64;

/// Numbers of planes that are worked through in a row before the next row's.
const NEIGHBOURS: usize = 2048;

/// Channels whose planes are worked through together.
const CHANNELS: usize = 32;

/// Writes mean and variance of the channels from `first` on, as many as there is room for.
pub(super) struct Statistics<'a, T> {
    pub shape: [usize; 3],
    pub first: usize,
    pub x: &'a [T],
    pub mean: &'a mut [T],
    pub variance: &'a mut [T],
}

/// Means and sums of squared deviations of `W` channels, merged piece by piece.
///
/// A mean is the pivot, that of the first piece, and an offset from it: small where the numbers lie
/// close together, so that it is not rounded to the last places of a large mean again and again.
struct Merged<T, const W: usize> {
    pivot: [T; W],
    offset: [T; W],
    squares: [T; W],
    /// Numbers of each channel so far.
    count: usize,
}

impl<T: Float, const W: usize> Merged<T, W> {
    #[inline(always)]
    fn new() -> Self {
        Self { pivot: [T::ZERO; W], offset: [T::ZERO; W], squares: [T::ZERO; W], count: 0 }
    }

    /// Takes up a piece of `count` numbers of each of `n` channels: Chan's formula.
    #[inline(always)]
    fn take<V: Lanes<T>>(&mut self, n: usize, count: usize, mean: &[T], squares: &[T]) {
        if self.count == 0 {
            self.pivot[..n].copy_from_slice(&mean[..n]);
            self.offset[..n].fill(T::ZERO);
            self.squares[..n].copy_from_slice(&squares[..n]);
            self.count = count;
            return;
        }
        let share = count as f64 / (self.count + count) as f64;
        let weight = V::of(self.count as f64 * share);
        let share = V::of(share);
        let mut i = 0;
        while i < n {
            let offset = V::load(&self.offset[i..]);
            let delta = V::load(&mean[i..]) - V::load(&self.pivot[i..]) - offset;
            delta.mul_add(share, offset).store(&mut self.offset[i..]);
            let sum = V::load(&self.squares[i..]) + V::load(&squares[i..]);
            (delta * delta).mul_add(weight, sum).store(&mut self.squares[i..]);
            i += V::LEN;
        }
        self.count += count;
    }

    #[inline(always)]
    fn finish(&self, mean: &mut [T], variance: &mut [T]) {
        let share = T::of(1.0 / self.count as f64);
        for (c, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
            *mean = self.pivot[c] + self.offset[c];
            *variance = self.squares[c] * share;
        }
    }
}

impl<T: Float> Kernel<T> for Statistics<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        if self.shape[2] >= PLANE { self.by_plane::<V>() } else { self.by_column::<V>() }
    }
}

impl<T: Float> Statistics<'_, T> {
    /// Both sweeps over a plane while it is in the first-level cache, then the next plane.
    #[inline(always)]
    fn by_plane<V: Lanes<T>>(self) {
        let Self { shape: [rows, channels, inner], first, x, mean, variance } = self;
        let width = channels * inner;
        let (numbers, share) = (T::of(inner as f64), T::of(1.0 / inner as f64));
        let block = (NEIGHBOURS / inner).clamp(1, CHANNELS);
        let (mut means, mut squares) = ([T::ZERO; CHANNELS], [T::ZERO; CHANNELS]);
        let blocks = mean.chunks_mut(block).zip(variance.chunks_mut(block));
        for (number, (mean, variance)) in blocks.enumerate() {
            let mut merged = Merged::<T, CHANNELS>::new();
            let first = (first + number * block) * inner;
            for row in 0..rows {
                let x = &x[row * width + first..][..mean.len() * inner];
                for ((x, mean), squares) in x.chunks_exact(inner).zip(&mut means).zip(&mut squares)
                {
                    let (of_plane, variance) = mean_and_variance::<T, V>(x, share);
                    (*mean, *squares) = (of_plane, variance * numbers);
                }
                merged.take::<V>(mean.len(), inner, &means, &squares);
            }
            merged.finish(mean, variance);
        }
    }

    /// Sums a column each over some rows, then over the columns of a channel.
    #[inline(always)]
    fn by_column<V: Lanes<T>>(self) {
        const W: usize = COLUMNS + MARGIN;
        let Self { shape: [rows, channels, inner], first, x, mean, variance } = self;
        let width = channels * inner;
        let block = COLUMNS / inner;
        let (mut sums, mut squares, mut of_column) = ([T::ZERO; W], [T::ZERO; W], [T::ZERO; W]);
        let (mut means, mut deviations) = ([T::ZERO; COLUMNS], [T::ZERO; COLUMNS]);
        let blocks = mean.chunks_mut(block).zip(variance.chunks_mut(block));
        for (number, (mean, variance)) in blocks.enumerate() {
            let mut merged = Merged::<T, COLUMNS>::new();
            let (first, n) = ((first + number * block) * inner, mean.len());
            let len = n * inner;
            let mut from = 0;
            while from < rows {
                let to = rows.min(from + ROWS);
                let count = (to - from) * inner;
                let share = V::of(1.0 / count as f64);

                sums[..len].fill(T::ZERO);
                for row in from..to {
                    add::<T, V>(&x[row * width + first..][..len], &mut sums[..len]);
                }
                fold(inner, &sums[..len], &mut means);
                let mut c = 0;
                while c < n {
                    (V::load(&means[c..]) * share).store(&mut means[c..]);
                    c += V::LEN;
                }
                if inner == 1 {
                    of_column[..n].copy_from_slice(&means[..n]);
                } else {
                    for (c, &mean) in means[..n].iter().enumerate() {
                        spread::<T, V>(V::splat(mean), c * inner, inner, &mut of_column);
                    }
                }

                // Σ (x - mean) is what the mean is off by, and is taken off.
                sums[..len].fill(T::ZERO);
                squares[..len].fill(T::ZERO);
                for row in from..to {
                    let x = &x[row * width + first..][..len];
                    deviate::<T, V>(x, &of_column, &mut sums[..len], &mut squares[..len]);
                }
                let off = &mut deviations;
                fold(inner, &sums[..len], off);
                let mut of_squares = [T::ZERO; COLUMNS];
                fold(inner, &squares[..len], &mut of_squares);
                let mut c = 0;
                while c < n {
                    let (sum, off) = (V::load(&off[c..]), V::load(&off[c..]) * share);
                    (V::load(&means[c..]) + off).store(&mut means[c..]);
                    let exact = (-sum).mul_add(off, V::load(&of_squares[c..]));
                    // A NaN stays one.
                    V::splat(T::ZERO).max(exact).store(&mut of_squares[c..]);
                    c += V::LEN;
                }
                merged.take::<V>(n, count, &means, &of_squares);
                from = to;
            }
            merged.finish(mean, variance);
        }
    }
}

/// sums += x
#[inline(always)]
pub(super) fn add<T: Float, V: Lanes<T>>(x: &[T], sums: &mut [T]) {
    let sums = &mut sums[..x.len()];
    let mut i = 0;
    while x.len() - i >= V::LEN {
        (V::load(&sums[i..]) + V::load(&x[i..])).store(&mut sums[i..]);
        i += V::LEN;
    }
    if i < x.len() {
        let sums = &mut sums[i..];
        (V::load_partial(sums) + V::load_partial(&x[i..])).store_partial(sums);
    }
}

/// sums += x - mean, squares += (x - mean)²
#[inline(always)]
fn deviate<T: Float, V: Lanes<T>>(x: &[T], mean: &[T], sums: &mut [T], squares: &mut [T]) {
    let len = x.len();
    let (mean, sums, squares) = (&mean[..len], &mut sums[..len], &mut squares[..len]);
    let mut i = 0;
    while len - i >= V::LEN {
        let d = V::load(&x[i..]) - V::load(&mean[i..]);
        (V::load(&sums[i..]) + d).store(&mut sums[i..]);
        d.mul_add(d, V::load(&squares[i..])).store(&mut squares[i..]);
        i += V::LEN;
    }
    if i < len {
        let (sums, squares) = (&mut sums[i..], &mut squares[i..]);
        let d = V::load_partial(&x[i..]) - V::load_partial(&mean[i..]);
        (V::load_partial(sums) + d).store_partial(sums);
        d.mul_add(d, V::load_partial(squares)).store_partial(squares);
    }
}

/// The sum of each `inner` numbers, in ascending order.
#[inline(always)]
pub(super) fn fold<T: Float>(inner: usize, x: &[T], sums: &mut [T]) {
    if inner == 1 {
        sums[..x.len()].copy_from_slice(x);
        return;
    }
    for (x, sum) in x.chunks_exact(inner).zip(sums) {
        *sum = x[0];
        for &x in &x[1..] {
            *sum += x;
        }
    }
}
