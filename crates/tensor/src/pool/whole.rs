//! The largest number of a whole channel.

use super::max::{larger, lowest};
use neuropil_simd::{Float, Kernel, Lanes};

/// The largest number and its place, as [`MaxPooling`](super::MaxPooling) has them for one window.
pub(super) struct Largest<'a, T>(pub &'a [T]);

/// Chains side by side; the place of a number in its chain is that in the channel.
const CHAINS: usize = 32;

impl<T: Float> Kernel<T> for Largest<'_, T> {
    type Out = (T, u32);

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> Self::Out {
        let mut largest = [lowest::<T>(); CHAINS];
        let mut places = [0; CHAINS];
        for (i, place) in places.iter_mut().enumerate() {
            *place = i as u32;
        }
        let mut chunks = self.0.chunks_exact(CHAINS);
        let mut at = 0;
        for x in &mut chunks {
            for i in 0..CHAINS {
                let here = at + i as u32;
                (largest[i], places[i]) = larger((largest[i], places[i]), x[i], here);
            }
            at += CHAINS as u32;
        }
        for (i, &x) in chunks.remainder().iter().enumerate() {
            (largest[i], places[i]) = larger((largest[i], places[i]), x, at + i as u32);
        }
        let mut best = (largest[0], places[0]);
        for i in 1..CHAINS {
            let (x, place) = (largest[i], places[i]);
            let takes = match (x.is_nan(), best.0.is_nan()) {
                (true, true) => place > best.1,
                (true, false) => true,
                (false, true) => false,
                (false, false) => x > best.0 || x == best.0 && place < best.1,
            };
            if takes {
                best = (x, place);
            }
        }
        best
    }
}
