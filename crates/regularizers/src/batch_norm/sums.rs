//! The two sums over a channel that gradients are made of.

use super::planes::{COLUMNS, MARGIN, PLANE, spread};
use super::statistics::{ROWS, add, fold};
use crate::deviation::Moment;
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes};

/// Writes Σ dy and Σ dy (x - mean) of the channels from `first` on, as many as there is room for.
pub(super) struct Sums<'a, T> {
    pub shape: [usize; 3],
    pub first: usize,
    pub x: &'a [T],
    /// Of all channels.
    pub mean: &'a [T],
    pub dy: &'a [T],
    pub sum: &'a mut [T],
    pub moment: &'a mut [T],
}

impl<T: Float> Kernel<T> for Sums<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        self.sum.fill(T::ZERO);
        self.moment.fill(T::ZERO);
        if self.shape[2] >= PLANE { self.by_plane::<V>() } else { self.by_column::<V>() }
    }
}

impl<T: Float> Sums<'_, T> {
    #[inline(always)]
    fn by_plane<V: Lanes<T>>(self) {
        let Self { shape: [rows, channels, inner], first, x, mean, dy, sum, moment } = self;
        let width = channels * inner;
        let mean = &mean[first..][..sum.len()];
        for row in 0..rows {
            let start = row * width + first * inner;
            let (x, dy) = (x[start..].chunks_exact(inner), dy[start..].chunks_exact(inner));
            let of_channel = mean.iter().zip(sum.iter_mut().zip(moment.iter_mut()));
            for ((x, dy), (&mean, (sum, moment))) in x.zip(dy).zip(of_channel) {
                *sum += within::sum::<T, V>(dy);
                *moment += within::sum_of::<T, V, _, 2>(Moment { mean }, [dy, x]);
            }
        }
    }

    /// Sums a column each over some rows, then over the columns of a channel.
    #[inline(always)]
    fn by_column<V: Lanes<T>>(self) {
        const W: usize = COLUMNS + MARGIN;
        let Self { shape: [rows, channels, inner], first, x, mean, dy, sum, moment } = self;
        let width = channels * inner;
        let block = COLUMNS / inner;
        let (mut sums, mut moments, mut of_column) = ([T::ZERO; W], [T::ZERO; W], [T::ZERO; W]);
        let mut folded = [T::ZERO; COLUMNS];
        let mean = mean[first..][..sum.len()].chunks(block);
        let blocks = sum.chunks_mut(block).zip(moment.chunks_mut(block)).zip(mean);
        for (number, ((sum, moment), mean)) in blocks.enumerate() {
            let first = (first + number * block) * inner;
            let len = sum.len() * inner;
            if inner == 1 {
                of_column[..len].copy_from_slice(mean);
            } else {
                for (c, &mean) in mean.iter().enumerate() {
                    spread::<T, V>(V::splat(mean), c * inner, inner, &mut of_column);
                }
            }
            let mut from = 0;
            while from < rows {
                let to = rows.min(from + ROWS);
                sums[..len].fill(T::ZERO);
                moments[..len].fill(T::ZERO);
                for row in from..to {
                    let start = row * width + first;
                    let (x, dy) = (&x[start..][..len], &dy[start..][..len]);
                    add_both::<T, V>(x, dy, &of_column, &mut sums[..len], &mut moments[..len]);
                }
                for (columns, total) in [(&sums, &mut *sum), (&moments, &mut *moment)] {
                    fold(inner, &columns[..len], &mut folded);
                    add::<T, V>(&folded[..total.len()], total);
                }
                from = to;
            }
        }
    }
}

/// sums += dy, moments += dy (x - mean)
#[inline(always)]
fn add_both<T: Float, V: Lanes<T>>(
    x: &[T],
    dy: &[T],
    mean: &[T],
    sums: &mut [T],
    moments: &mut [T],
) {
    let len = x.len();
    let (dy, mean) = (&dy[..len], &mean[..len]);
    let (sums, moments) = (&mut sums[..len], &mut moments[..len]);
    let mut i = 0;
    while len - i >= V::LEN {
        let dy = V::load(&dy[i..]);
        let d = V::load(&x[i..]) - V::load(&mean[i..]);
        (V::load(&sums[i..]) + dy).store(&mut sums[i..]);
        dy.mul_add(d, V::load(&moments[i..])).store(&mut moments[i..]);
        i += V::LEN;
    }
    if i < len {
        let (sums, moments) = (&mut sums[i..], &mut moments[i..]);
        let dy = V::load_partial(&dy[i..]);
        let d = V::load_partial(&x[i..]) - V::load_partial(&mean[i..]);
        (V::load_partial(sums) + dy).store_partial(sums);
        dy.mul_add(d, V::load_partial(moments)).store_partial(moments);
    }
}
