//! What is done to a block of logits.

use neuropil_simd::reduce::{ExpBelow, within};
use neuropil_simd::{Float, Kernel, Lanes, dispatch, math};

/// Numbers that are kept of a row while its logits go by: the largest, Σ e^(z - largest), the label's
/// logit, Σ z.
pub(super) const STATISTICS: usize = 4;

/// The statistics of rows of which nothing has been seen.
pub(super) fn begin<T: Float>(statistics: &mut [T]) {
    for row in statistics.as_chunks_mut::<STATISTICS>().0 {
        *row = [-T::INFINITY, T::ZERO, T::NAN, T::ZERO];
    }
}

/// Takes a block of some rows into their statistics.
pub(super) struct Gather<'a, T> {
    /// Rows of `n` numbers.
    pub z: &'a [T],
    pub n: usize,
    /// The class of the first column.
    pub first: usize,
    pub labels: &'a [u32],
    pub statistics: &'a mut [T],
}

impl<T: Float> Kernel<T> for Gather<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let Self { z, n, first, labels, statistics } = self;
        let rows = statistics.as_chunks_mut::<STATISTICS>().0;
        for ((z, &label), row) in z.chunks_exact(n).zip(labels).zip(rows) {
            let [mut largest, mut sum, mut of_label, mut total] = *row;
            let here = within::largest::<T, V>(z);
            if here > largest || here.is_nan() {
                sum *= math::exp(V::splat(largest - here)).largest();
                largest = here;
            }
            // Classes that are all ruled out so far add nothing.
            if largest != -T::INFINITY {
                sum += within::sum_of::<T, V, _, 1>(ExpBelow { largest }, [z]);
            }
            total += within::sum::<T, V>(z);
            if let Some(&z) = (label as usize).checked_sub(first).and_then(|at| z.get(at)) {
                of_label = z;
            }
            *row = [largest, sum, of_label, total];
        }
    }
}

/// The loss of each row; its largest logit and its sum of exponentials are kept.
pub(super) fn finish<'a, T: Float>(
    statistics: &'a [T],
    saved: &'a mut [T],
    smoothing: T,
    classes: usize,
) -> impl Iterator<Item = T> + 'a {
    let (rows, saved) = (statistics.as_chunks::<STATISTICS>().0, saved.as_chunks_mut::<2>().0);
    rows.iter().zip(saved).map(move |(&[largest, sum, of_label, total], saved)| {
        *saved = [largest, sum];
        let loss = (T::ONE - smoothing) * (largest - of_label) + dispatch(Ln(sum));
        // 0 times a class ruled out is 0.
        if smoothing == T::ZERO {
            return loss;
        }
        loss + smoothing * (largest - total / T::of(classes as f64))
    })
}

struct Ln<T>(T);

impl<T: Float> Kernel<T> for Ln<T> {
    type Out = T;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> T {
        math::ln(V::splat(self.0)).largest()
    }
}

/// z = factor e^(z - largest) - shift
pub(super) struct Slope<'a, T> {
    pub z: &'a mut [T],
    pub largest: T,
    pub factor: T,
    pub shift: T,
}

impl<T: Float> Kernel<T> for Slope<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let [largest, factor, shift] =
            [self.largest, self.factor, T::ZERO - self.shift].map(V::splat);
        let mut vectors = self.z.chunks_exact_mut(V::LEN);
        for z in &mut vectors {
            math::exp_below_40(V::load(z) - largest).mul_add(factor, shift).store(z);
        }
        let z = vectors.into_remainder();
        let rest = math::exp_below_40(V::load_partial(z) - largest).mul_add(factor, shift);
        rest.store_partial(z);
    }
}
