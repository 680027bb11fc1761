//! A start for sub-pixel convolutions that draws no checkerboard.

use std::sync::Arc;

use rand::Rng;

use crate::{Fan, Initializer, InitializerError, error::at_least, initializer::assert_len};

/// Starts a convolution whose outputs are shuffled into an image of `scale` times the height and width: all
/// `scale²` filters of one channel of the result are the same, `w[o] = v[o / scale²]`.
///
/// So the result starts as a convolution followed by nearest-neighbour upsampling, without the checkerboard that
/// independent filters draw. `v` is `[outputs/scale², ..]`, started by another initializer, whose fan-out is that
/// of the smaller convolution. The outputs are the first axis; a last group of fewer than scale² is started like
/// the others.
///
/// Source: Aitken and others, "Checkerboard artifact free sub-pixel convolution" (2017). PyTorch has no such
/// initializer; the order of the outputs is that of its `PixelShuffle`.
///
/// ```
/// use neuropil_initializers::{Fan, Icnr, Initializer, KaimingNormal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// // Two channels of four filters each, of one number.
/// let mut w = [f64::NAN; 8];
/// let rng = &mut ChaCha8Rng::seed_from_u64(1);
/// Icnr::new(KaimingNormal::new(), 2)?.fill(&mut w, &[8, 1, 1, 1], Fan::matrix(1, 8), rng);
/// assert!(w[..4].iter().all(|v| *v == w[0]) && w[4..].iter().all(|v| *v == w[4]));
/// assert_ne!(w[0], w[4]);
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Icnr {
    each: Arc<dyn Initializer>,
    scale: usize,
}

impl Icnr {
    /// Filters started by `each`, for an image that gets `scale` times as high and wide.
    ///
    /// # Errors
    /// [`InitializerError::Below`] if `scale` is 0.
    pub fn new(each: impl Initializer + 'static, scale: usize) -> Result<Self, InitializerError> {
        Ok(Self { each: Arc::new(each), scale: at_least("Icnr", "scale", 1, scale)? })
    }
}

impl Initializer for Icnr {
    fn fill(&self, w: &mut [f64], shape: &[usize], fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        let Some((&outputs, rest)) = shape.split_first().filter(|_| !w.is_empty()) else {
            // A number alone is a filter of its own.
            return self.each.fill(w, shape, fan, rng);
        };
        let copies = self.scale.saturating_mul(self.scale);
        let mut smaller = vec![outputs.div_ceil(copies)];
        smaller.extend(rest);
        let mut v = vec![0.0; smaller.iter().product()];
        let fan = Fan { output: fan.output / copies, ..fan };
        self.each.fill(&mut v, &smaller, fan, rng);
        let filter = w.len() / outputs;
        for (output, w) in w.chunks_exact_mut(filter).enumerate() {
            w.copy_from_slice(&v[output / copies * filter..][..filter]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Icnr;
    use crate::{InitializerError::Below, Zeros};

    #[test]
    fn no_scale_is_an_error() {
        let (initializer, parameter) = ("Icnr", "scale");
        let error = Below { initializer, parameter, least: 1, value: 0 };
        assert_eq!(Icnr::new(Zeros, 0).unwrap_err(), error);
    }
}
