//! Few connections: most weights of a unit are zero.

use rand::{Rng, RngExt};

use crate::{
    Fan, Initializer, InitializerError,
    error::{finite_non_negative, share},
    initializer::assert_len,
    normal::fill_normal,
};

/// Of the weights from each input, a given share is zero, at random places; the others are independent draws
/// from N(0, std²), with std = 0.01 by default.
///
/// Of a weight `[inputs, outputs]`, each row has ⌈sparsity · outputs⌉ zeros. All axes before the last are taken
/// as one. Units start different from each other, and none is saturated, however many inputs there are.
///
/// Source: Martens, "Deep learning via Hessian-free optimization" (2010). Equals PyTorch's `init.sparse_`, whose
/// columns are the inputs.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Sparse};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = [f64::NAN; 3 * 10];
/// Sparse::new(0.75)?.fill(&mut w, &[3, 10], Fan::matrix(3, 10), &mut ChaCha8Rng::seed_from_u64(1));
/// assert!(w.chunks(10).all(|row| row.iter().filter(|w| **w == 0.0).count() == 8));
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparse {
    sparsity: f64,
    std: f64,
}

impl Sparse {
    /// This share of zeros, the others with a standard deviation of 0.01.
    ///
    /// # Errors
    /// [`InitializerError::NotShare`] unless `sparsity` is at least 0 and at most 1.
    pub fn new(sparsity: f64) -> Result<Self, InitializerError> {
        Ok(Self { sparsity: share("Sparse", "sparsity", sparsity)?, std: 0.01 })
    }

    /// The standard deviation of what is not zero.
    ///
    /// # Errors
    /// [`InitializerError`] if `std` is NaN, infinite or negative.
    pub fn std(self, std: f64) -> Result<Self, InitializerError> {
        Ok(Self { std: finite_non_negative("Sparse", "std", std)?, ..self })
    }
}

impl Initializer for Sparse {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        fill_normal(w, 0.0, self.std, rng);
        let width = shape.last().copied().unwrap_or(1);
        let zeros = (self.sparsity * width as f64).ceil() as usize;
        for row in w.chunks_exact_mut(width.max(1)) {
            // Each number has as many chances as zeros are still to be placed, of all places left.
            let mut to_place = zeros;
            for (place, w) in row.iter_mut().enumerate() {
                if rng.random_range(0..width - place) < to_place {
                    *w = 0.0;
                    to_place -= 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::Sparse;
    use crate::{Fan, Initializer, InitializerError::NotShare};

    /// Every place is as likely to be zero, and every pair of them.
    #[test]
    fn zeros_stand_anywhere() {
        const ROWS: usize = 40_000;
        let mut w = vec![f64::NAN; ROWS * 5];
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        Sparse::new(0.4).unwrap().fill(&mut w, &[ROWS, 5], Fan::matrix(ROWS, 5), rng);
        let mut pairs = [0_u32; 25];
        for row in w.chunks(5) {
            let zeros: Vec<usize> = (0..5).filter(|&i| row[i] == 0.0).collect();
            let [a, b] = zeros[..] else { panic!("{row:?} has {} zeros", zeros.len()) };
            pairs[a * 5 + b] += 1;
        }
        // Five deviations of a share of one in ten.
        let (expected, allowed) = (ROWS as f64 / 10.0, 5.0 * (ROWS as f64 * 0.09).sqrt());
        for a in 0..5 {
            for b in a + 1..5 {
                let count = f64::from(pairs[a * 5 + b]);
                assert!((count - expected).abs() < allowed, "{a} {b}: {count}");
            }
        }
    }

    #[test]
    fn all_and_nothing() {
        for (sparsity, zeros) in [(0.0, 0), (1.0, 12)] {
            let mut w = [f64::NAN; 12];
            let rng = &mut ChaCha8Rng::seed_from_u64(1);
            Sparse::new(sparsity).unwrap().fill(&mut w, &[3, 4], Fan::matrix(3, 4), rng);
            assert_eq!(w.iter().filter(|w| **w == 0.0).count(), zeros);
        }
    }

    #[test]
    fn a_share_that_cannot_be_is_an_error() {
        for value in [-0.1, 1.1] {
            let (initializer, parameter) = ("Sparse", "sparsity");
            assert_eq!(Sparse::new(value), Err(NotShare { initializer, parameter, value }));
        }
        assert!(Sparse::new(f64::NAN).is_err());
        assert!(Sparse::new(0.5).unwrap().std(-1.0).is_err());
    }
}
