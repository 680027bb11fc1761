//! The two sums over a channel that gradients are made of.

use super::planes::{COLUMNS, MARGIN, PLANE, spread};
use super::statistics::{ROWS, add, fold};
use crate::deviation::Moment;
use neuropil_simd::reduce::{Term, within};
use neuropil_simd::{Float, Kernel, Lanes};

/// dy where y = (x - mean) scale + shift is above 0, else 0: what is left of dy behind max(y, 0).
#[inline(always)]
pub(super) fn rectified<T: Float, V: Lanes<T>>(dy: V, x: V, [mean, scale, shift]: [V; 3]) -> V {
    let zero = V::splat(T::ZERO);
    let y = (x - mean).mul_add(scale, shift);
    dy * V::select(y.le(zero), zero, V::splat(T::ONE))
}

/// dy, behind max(y, 0).
#[derive(Clone, Copy)]
struct Rectified<T>([T; 3]);

impl<T: Float> Term<T, 2> for Rectified<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [dy, x]: [V; 2]) -> V {
        let [mean, scale, shift] = self.0;
        rectified(dy, x, [V::splat(mean), V::splat(scale), V::splat(shift)])
    }
}

/// dy (x - mean), behind max(y, 0).
#[derive(Clone, Copy)]
struct RectifiedMoment<T>([T; 3]);

impl<T: Float> Term<T, 2> for RectifiedMoment<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [dy, x]: [V; 2]) -> V {
        Moment { mean: self.0[0] }.term([Rectified(self.0).term([dy, x]), x])
    }

    #[inline(always)]
    fn add<V: Lanes<T>>(&self, sum: V, [dy, x]: [V; 2]) -> V {
        Moment { mean: self.0[0] }.add(sum, [Rectified(self.0).term([dy, x]), x])
    }
}

/// Writes Σ dy and Σ dy (x - mean) of the channels from `first` on, as many as there is room for; if
/// `RECTIFIED`, of dy behind max(y, 0).
pub(super) struct Sums<'a, T, const RECTIFIED: bool> {
    pub shape: [usize; 3],
    pub first: usize,
    pub x: &'a [T],
    /// Of all channels, as what follows.
    pub mean: &'a [T],
    /// What x - mean has been multiplied with is this times the gain, if there is one.
    pub rstd: &'a [T],
    /// Gain and shift.
    pub affine: Option<(&'a [T], &'a [T])>,
    pub dy: &'a [T],
    pub sum: &'a mut [T],
    pub moment: &'a mut [T],
}

impl<T: Float, const RECTIFIED: bool> Kernel<T> for Sums<'_, T, RECTIFIED> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(mut self) {
        self.sum.fill(T::ZERO);
        self.moment.fill(T::ZERO);
        if self.shape[2] >= PLANE { self.by_plane::<V>() } else { self.by_column::<V>() }
    }
}

impl<T: Float, const RECTIFIED: bool> Sums<'_, T, RECTIFIED> {
    /// What y is made of: mean, scale and shift of a channel.
    #[inline(always)]
    fn of_channel(&self, c: usize) -> [T; 3] {
        if !RECTIFIED {
            return [self.mean[c], T::ONE, T::ZERO];
        }
        match self.affine {
            None => [self.mean[c], self.rstd[c], T::ZERO],
            Some((gain, shift)) => [self.mean[c], self.rstd[c] * gain[c], shift[c]],
        }
    }

    #[inline(always)]
    fn by_plane<V: Lanes<T>>(&mut self) {
        let ([rows, channels, inner], first) = (self.shape, self.first);
        let (width, count) = (channels * inner, self.sum.len());
        for row in 0..rows {
            for c in 0..count {
                let start = row * width + (first + c) * inner;
                let (x, dy) = (&self.x[start..][..inner], &self.dy[start..][..inner]);
                let of_channel = self.of_channel(first + c);
                let (sum, moment) = if RECTIFIED {
                    let sum = within::sum_of::<T, V, _, 2>(Rectified(of_channel), [dy, x]);
                    let moment = RectifiedMoment(of_channel);
                    (sum, within::sum_of::<T, V, _, 2>(moment, [dy, x]))
                } else {
                    let moment = Moment { mean: of_channel[0] };
                    (within::sum::<T, V>(dy), within::sum_of::<T, V, _, 2>(moment, [dy, x]))
                };
                self.sum[c] += sum;
                self.moment[c] += moment;
            }
        }
    }

    /// Sums a column each over some rows, then over the columns of a channel.
    #[inline(always)]
    fn by_column<V: Lanes<T>>(&mut self) {
        const W: usize = COLUMNS + MARGIN;
        let ([rows, channels, inner], all) = (self.shape, self.first);
        let width = channels * inner;
        let block = COLUMNS / inner;
        let (mut sums, mut moments) = ([T::ZERO; W], [T::ZERO; W]);
        let mut of_column = [[T::ZERO; W]; 3];
        let mut folded = [T::ZERO; COLUMNS];
        let mut done = 0;
        while done < self.sum.len() {
            let count = block.min(self.sum.len() - done);
            let (first, len) = ((all + done) * inner, count * inner);
            for c in 0..count {
                let of_channel = self.of_channel(all + done + c);
                for (column, k) in of_column.iter_mut().zip(of_channel) {
                    if inner == 1 {
                        column[c] = k;
                    } else {
                        spread::<T, V>(V::splat(k), c * inner, inner, column);
                    }
                }
            }
            let mut from = 0;
            while from < rows {
                let to = rows.min(from + ROWS);
                sums[..len].fill(T::ZERO);
                moments[..len].fill(T::ZERO);
                for row in from..to {
                    let start = row * width + first;
                    let slices = (&self.x[start..][..len], &self.dy[start..][..len]);
                    let (sums, moments) = (&mut sums[..len], &mut moments[..len]);
                    add_both::<T, V, RECTIFIED>(slices, &of_column, sums, moments);
                }
                let totals = (&mut self.sum[done..][..count], &mut self.moment[done..][..count]);
                for (columns, total) in [(&sums, totals.0), (&moments, totals.1)] {
                    fold(inner, &columns[..len], &mut folded);
                    add::<T, V>(&folded[..count], total);
                }
                from = to;
            }
            done += count;
        }
    }
}

/// sums += dy, moments += dy (x - mean)
#[inline(always)]
fn add_both<T: Float, V: Lanes<T>, const RECTIFIED: bool>(
    (x, dy): (&[T], &[T]),
    of_column: &[[T; COLUMNS + MARGIN]; 3],
    sums: &mut [T],
    moments: &mut [T],
) {
    let len = x.len();
    let (dy, sums, moments) = (&dy[..len], &mut sums[..len], &mut moments[..len]);
    let [mean, scale, shift] = of_column;
    let (mean, scale, shift) = (&mean[..], &scale[..], &shift[..]);
    let mut i = 0;
    while len - i >= V::LEN {
        let (x, mean) = (V::load(&x[i..]), V::load(&mean[i..]));
        let dy = V::load(&dy[i..]);
        let dy = if RECTIFIED {
            rectified(dy, x, [mean, V::load(&scale[i..]), V::load(&shift[i..])])
        } else {
            dy
        };
        (V::load(&sums[i..]) + dy).store(&mut sums[i..]);
        dy.mul_add(x - mean, V::load(&moments[i..])).store(&mut moments[i..]);
        i += V::LEN;
    }
    if i < len {
        let (sums, moments) = (&mut sums[i..], &mut moments[i..]);
        let (x, mean) = (V::load_partial(&x[i..]), V::load(&mean[i..]));
        let dy = V::load_partial(&dy[i..]);
        let dy = if RECTIFIED {
            rectified(dy, x, [mean, V::load(&scale[i..]), V::load(&shift[i..])])
        } else {
            dy
        };
        (V::load_partial(sums) + dy).store_partial(sums);
        dy.mul_add(x - mean, V::load_partial(moments)).store_partial(moments);
    }
}
