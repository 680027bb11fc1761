//! Losses that are a function of the cross entropy of the label: one sweep for all of them.

use crate::shapes::{check_labels, check_rows};
use crate::{Target, Weights};
use neuropil_simd::reduce::{ExpBelow, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};

/// f(c) with c = -ln softmax(x)_label, and its derivative.
pub(crate) trait OfCrossEntropy {
    /// f(c) and f'(c).
    fn both<T: Float, V: Lanes<T>>(&self, c: V) -> (V, V);
}

/// The loss of each row and, if asked for, its weighted gradient.
///
/// # Panics
/// As [`Loss::rows`](crate::Loss::rows).
#[expect(clippy::too_many_arguments, reason = "those of `Loss::rows`, and what they are for")]
pub(crate) fn sweep<T: Float>(
    name: &'static str,
    f: impl OfCrossEntropy,
    ignored: Option<u32>,
    width: usize,
    x: &[T],
    target: Target<'_, T>,
    weights: Weights<'_, T>,
    loss: &mut [T],
    dx: Option<&mut [T]>,
) {
    let rows = check_rows(|| name.into(), width, x, &weights, loss, dx.as_deref());
    let Target::Labels(labels) = target else { panic!("{name}: takes no values as target") };
    check_labels(|| name.into(), labels, rows, width, ignored);
    match dx {
        Some(dx) => {
            dispatch(Rows::<T, _, true> { f, ignored, width, x, labels, weights, loss, dx });
        }
        None => {
            let dx = &mut [];
            dispatch(Rows::<T, _, false> { f, ignored, width, x, labels, weights, loss, dx });
        }
    }
}

struct Rows<'a, T, F, const GRADIENT: bool> {
    f: F,
    ignored: Option<u32>,
    width: usize,
    x: &'a [T],
    labels: &'a [u32],
    weights: Weights<'a, T>,
    loss: &'a mut [T],
    /// Empty if the gradient is not asked for.
    dx: &'a mut [T],
}

impl<T: Float, F: OfCrossEntropy, const GRADIENT: bool> Kernel<T> for Rows<'_, T, F, GRADIENT> {
    type Out = ();
    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let width = self.width;
        for (row, (loss, &label)) in self.loss.iter_mut().zip(self.labels).enumerate() {
            if Some(label) == self.ignored {
                *loss = T::ZERO;
                if GRADIENT {
                    self.dx[row * width..][..width].fill(T::ZERO);
                }
                continue;
            }
            let label = label as usize;
            let x = &self.x[row * width..][..width];
            let largest = within::largest::<T, V>(x);
            let term = ExpBelow { largest };
            let sum = if GRADIENT {
                let dx = &mut self.dx[row * width..][..width];
                within::sum_into::<T, V, _, 1>(term, [x], dx)
            } else {
                within::sum_of::<T, V, _, 1>(term, [x])
            };
            // All lanes are the same.
            let c = math::ln(V::splat(sum)) + V::splat(largest - x[label]);
            let (value, slope) = self.f.both::<T, V>(c);
            *loss = value.largest();
            if GRADIENT {
                let dx = &mut self.dx[row * width..][..width];
                let w = self.weights.of(row) * slope.largest();
                let factor = V::splat(w / sum);
                let mut vectors = dx.chunks_exact_mut(V::LEN);
                for dx in &mut vectors {
                    (V::load(dx) * factor).store(dx);
                }
                let rest = vectors.into_remainder();
                (V::load_partial(rest) * factor).store_partial(rest);
                dx[label] -= w;
            }
        }
    }
}
