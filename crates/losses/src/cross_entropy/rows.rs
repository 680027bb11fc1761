//! The kernels of the cross entropy: per row one sweep for the largest logit, one for the
//! exponentials and their sum, one that makes the gradient of them.
//!
//! With m the largest x and s = Σ_j e^(x_j - m), the loss is Σ_i p_i (m - x_i) + Σ_i p_i ln s. The
//! logarithms are left for the end of a block of rows, where there are enough of them to fill
//! vectors.

use crate::Weights;
use neuropil_simd::reduce::{ExpBelow, Term, within};
use neuropil_simd::{Float, Kernel, Lanes, math};

/// Rows of a block.
const BLOCK: usize = 64;

/// The p of each row, as labels or as they are.
pub(super) trait Distribution<T: Float>: Copy {
    /// Whether the row counts nothing.
    #[inline(always)]
    fn skips(&self, row: usize) -> bool {
        let _ = row;
        false
    }

    /// Σ_i p_i and Σ_i p_i (largest - x_i), where 0 · ∞ is 0.
    fn distance<V: Lanes<T>>(&self, row: usize, x: &[T], largest: T) -> (T, T);

    /// dx_i = factor dx_i - w p_i
    fn scale_and_subtract<V: Lanes<T>>(&self, row: usize, dx: &mut [T], factor: T, w: T);
}

/// 1 at the label of each row, else 0.
#[derive(Clone, Copy)]
pub(super) struct Labels<'a>(pub(super) &'a [u32]);

impl<T: Float> Distribution<T> for Labels<'_> {
    #[inline(always)]
    fn distance<V: Lanes<T>>(&self, row: usize, x: &[T], largest: T) -> (T, T) {
        (T::ONE, largest - x[self.0[row] as usize])
    }

    #[inline(always)]
    fn scale_and_subtract<V: Lanes<T>>(&self, row: usize, dx: &mut [T], factor: T, w: T) {
        let label = self.0[row] as usize;
        let factor = V::splat(factor);
        let mut vectors = dx.chunks_exact_mut(V::LEN);
        for dx in &mut vectors {
            (V::load(dx) * factor).store(dx);
        }
        let rest = vectors.into_remainder();
        (V::load_partial(rest) * factor).store_partial(rest);
        dx[label] -= w;
    }
}

/// The probabilities of all rows.
#[derive(Clone, Copy)]
pub(super) struct Probabilities<'a, T>(pub(super) &'a [T]);

impl<T: Float> Distribution<T> for Probabilities<'_, T> {
    #[inline(always)]
    fn distance<V: Lanes<T>>(&self, row: usize, x: &[T], largest: T) -> (T, T) {
        let p = &self.0[row * x.len()..][..x.len()];
        let distance = within::sum_of::<T, V, _, 2>(Distance { largest }, [x, p]);
        (within::sum::<T, V>(p), distance)
    }

    #[inline(always)]
    fn scale_and_subtract<V: Lanes<T>>(&self, row: usize, dx: &mut [T], factor: T, w: T) {
        let p = &self.0[row * dx.len()..][..dx.len()];
        let (factor, minus_w) = (V::splat(factor), V::splat(-w));
        let (mut dx, mut p) = (dx.chunks_exact_mut(V::LEN), p.chunks_exact(V::LEN));
        for (dx, p) in (&mut dx).zip(&mut p) {
            V::load(dx).mul_add(factor, V::load(p) * minus_w).store(dx);
        }
        let (dx, p) = (dx.into_remainder(), V::load_partial(p.remainder()));
        V::load_partial(dx).mul_add(factor, p * minus_w).store_partial(dx);
    }
}

/// The loss of each row and, if asked for, its weighted gradient.
pub(super) struct Rows<'a, T, D, const GRADIENT: bool> {
    pub(super) width: usize,
    pub(super) x: &'a [T],
    pub(super) p: D,
    pub(super) weights: Weights<'a, T>,
    pub(super) loss: &'a mut [T],
    /// Empty if the gradient is not asked for.
    pub(super) dx: &'a mut [T],
}

impl<T: Float, D: Distribution<T>, const GRADIENT: bool> Kernel<T> for Rows<'_, T, D, GRADIENT> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let width = self.width;
        for (block, loss) in self.loss.chunks_mut(BLOCK).enumerate() {
            let (mut total, mut distance) = ([T::ZERO; BLOCK], [T::ZERO; BLOCK]);
            for (i, loss) in loss.iter_mut().enumerate() {
                let row = block * BLOCK + i;
                if self.p.skips(row) {
                    // ln 1 = 0, times 0, plus 0.
                    *loss = T::ONE;
                    if GRADIENT {
                        self.dx[row * width..][..width].fill(T::ZERO);
                    }
                    continue;
                }
                let x = &self.x[row * width..][..width];
                let largest = within::largest::<T, V>(x);
                (total[i], distance[i]) = self.p.distance::<V>(row, x, largest);

                let term = ExpBelow { largest };
                if GRADIENT {
                    let dx = &mut self.dx[row * width..][..width];
                    *loss = within::sum_into::<T, V, _, 1>(term, [x], dx);
                    let w = self.weights.of(row);
                    self.p.scale_and_subtract::<V>(row, dx, w * total[i] / *loss, w);
                } else {
                    *loss = within::sum_of::<T, V, _, 1>(term, [x]);
                }
            }
            finish::<T, V>(loss, &total, &distance);
        }
    }
}

/// loss = total ln s + distance, where `loss` holds s.
#[inline(always)]
fn finish<T: Float, V: Lanes<T>>(loss: &mut [T], total: &[T; BLOCK], distance: &[T; BLOCK]) {
    let mut i = 0;
    let mut loss = loss.chunks_exact_mut(V::LEN);
    for loss in &mut loss {
        let ln_s = math::ln(V::load(loss));
        V::load(&total[i..]).mul_add(ln_s, V::load(&distance[i..])).store(loss);
        i += V::LEN;
    }
    let loss = loss.into_remainder();
    if !loss.is_empty() {
        let ln_s = math::ln(V::load_partial(loss));
        // A block is whole vectors, so these can be read to the end.
        V::load(&total[i..]).mul_add(ln_s, V::load(&distance[i..])).store_partial(loss);
    }
}

/// p (largest - x), where 0 · ∞ is 0
#[derive(Clone, Copy)]
pub(super) struct Distance<T> {
    pub(super) largest: T,
}

impl<T: Float> Term<T, 2> for Distance<T> {
    #[inline(always)]
    fn term<V: Lanes<T>>(&self, [x, p]: [V; 2]) -> V {
        let zero = V::splat(T::ZERO);
        V::select(p.eq(zero), zero, p * (V::splat(self.largest) - x))
    }
}
