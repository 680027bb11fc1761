//! Orthogonal matrices: what keeps the length of every signal.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{
    Fan, Initializer, InitializerError, Nonlinearity, error::finite, initializer::assert_len,
};

/// A random matrix whose rows or columns, whichever are fewer, are orthonormal, times a gain: `W Wᵀ =
/// gain² I` or `Wᵀ W = gain² I`, to rounding.
///
/// So a square one keeps the length of whatever goes through it, forward and back, however often it does:
/// it is for the state's weights of recurrent layers
/// ([`state_init`](https://docs.rs/neuropil-nn/latest/neuropil_nn/struct.Recurrent.html#method.state_init))
/// and for deep networks without normalization. The gain is 1 by default.
///
/// The matrix is that of the first axis and all others: `[rows, columns]` of `[rows, ..]`; a shape of one
/// axis is a column. All such matrices are equally likely (Haar's measure); each number has mean 0 and
/// variance gain²/max(rows, columns). It is the only initializer whose scale the shape decides, and not the
/// fan: what is orthogonal has no other.
///
/// Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
/// linear neural networks" (2014). Equals PyTorch's `init.orthogonal_`; there, too, a convolution's outputs
/// are the first axis.
///
/// ```
/// use neuropil_initializers::{Fan, Initializer, Orthogonal};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let mut w = vec![0.0; 3 * 5];
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// Orthogonal::new().gain(2.0)?.fill(&mut w, &[3, 5], Fan::matrix(3, 5), &mut rng);
/// for (i, a) in w.chunks(5).enumerate() {
///     for (j, b) in w.chunks(5).enumerate() {
///         let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
///         assert!((product - if i == j { 4.0 } else { 0.0 }).abs() < 1e-14);
///     }
/// }
/// # Ok::<(), neuropil_initializers::InitializerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orthogonal {
    gain: f64,
}

impl Orthogonal {
    /// With a gain of 1.
    #[must_use]
    pub const fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Multiplies the matrix by `gain`.
    ///
    /// # Errors
    /// [`InitializerError::NotFinite`] if `gain` is NaN or infinite.
    pub fn gain(self, gain: f64) -> Result<Self, InitializerError> {
        let gain = finite("Orthogonal", "gain", gain)?;
        Ok(Self { gain })
    }

    /// The gain of the activation that follows.
    ///
    /// # Errors
    /// [`InitializerError`] if its gain is NaN, as a leaky ReLU of slope NaN has it.
    pub fn nonlinearity(self, nonlinearity: Nonlinearity) -> Result<Self, InitializerError> {
        self.gain(nonlinearity.gain())
    }
}

impl Default for Orthogonal {
    fn default() -> Self {
        Self::new()
    }
}

impl Initializer for Orthogonal {
    fn fill(&self, w: &mut [f64], shape: &[usize], _fan: Fan, rng: &mut dyn Rng) {
        assert_len(w.len(), shape);
        if w.is_empty() {
            return;
        }
        let rows = shape.first().copied().unwrap_or(1);
        let columns = w.len() / rows;
        let (count, len) = (rows.min(columns), rows.max(columns));
        let vectors = orthonormal(count, len, rng);
        for (i, w) in w.iter_mut().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let (vector, place) = if rows < columns { (row, column) } else { (column, row) };
            *w = self.gain * vectors[vector * len + place];
        }
    }
}

/// As many vectors of this length, `count <= len`, one behind the other.
///
/// They are the Q of the QR decomposition of a matrix of independent Gaussians, with a positive diagonal of
/// R. That matrix need not be made: of each column what Householder's method still sees, when its turn
/// comes, is a Gaussian vector again, of the numbers from the diagonal on. So these are drawn, and the
/// reflections multiplied, the last one first.
///
/// Source: Stewart, "The Efficient Generation of Random Orthogonal Matrices with an Application to Condition
/// Estimators" (1980).
fn orthonormal(count: usize, len: usize, rng: &mut dyn Rng) -> Vec<f64> {
    let mut q = vec![0.0; count * len];
    for k in (0..count).rev() {
        // v = x + sign(x₁) |x| e₁ is what leads x to -sign(x₁) |x| e₁, the number on R's diagonal.
        let mut v: Vec<f64> = (k..len).map(|_| StandardNormal.sample(rng)).collect();
        let sign = 1.0_f64.copysign(v[0]);
        v[0] += sign * dot(&v, &v).sqrt();
        let square = dot(&v, &v);
        q[k * len + k] = -sign;
        // A vector of zeros is led nowhere.
        let scale = if square > 0.0 { 2.0 / square } else { 0.0 };
        for q in q.chunks_exact_mut(len).skip(k) {
            let q = &mut q[k..];
            let along = scale * dot(&v, q);
            q.iter_mut().zip(&v).for_each(|(q, v)| *q -= along * v);
        }
    }
    q
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::{Orthogonal, orthonormal};
    use crate::{Fan, Initializer, Nonlinearity};
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    /// How far the vectors are from orthonormal ones.
    fn error(vectors: &[f64], len: usize) -> f64 {
        let mut worst = 0.0_f64;
        for (i, a) in vectors.chunks(len).enumerate() {
            for (j, b) in vectors.chunks(len).enumerate() {
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                worst = worst.max((product - f64::from(u8::from(i == j))).abs());
            }
        }
        worst
    }

    #[test]
    fn rows_or_columns_are_orthonormal_to_rounding() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for [rows, columns] in [[1, 1], [1, 6], [6, 1], [5, 5], [3, 40], [40, 3], [150, 150]] {
            let mut w = vec![f64::NAN; rows * columns];
            Orthogonal::new().fill(&mut w, &[rows, columns], Fan::matrix(1, 1), &mut rng);
            if rows > columns {
                w = (0..w.len()).map(|i| w[i % rows * columns + i / rows]).collect();
            }
            let error = error(&w, rows.max(columns));
            assert!(error < 4e-15, "[{rows}, {columns}]: {error:e}");
        }
        assert!(error(&[1.0, 0.0, 1e-14, 1.0], 2) > 4e-15);
    }

    #[test]
    fn axes_behind_the_first_are_one() {
        let fill = |shape: &[usize]| {
            let mut w = vec![f64::NAN; shape.iter().product()];
            let rng = &mut ChaCha8Rng::seed_from_u64(4);
            Orthogonal::new().fill(&mut w, shape, Fan::of(shape), rng);
            w
        };
        assert_eq!(fill(&[4, 2, 3, 3]), fill(&[4, 18]));
        assert_eq!(fill(&[7]), fill(&[7, 1]));
        assert_eq!(fill(&[]).into_iter().map(f64::abs).collect::<Vec<_>>(), [1.0]);
    }

    /// Haar's measure: the moments of each number are those of a coordinate on a sphere, as many squares have
    /// a determinant of 1 as of -1, and the trace is as large as it should be.
    #[test]
    fn no_matrix_is_more_likely_than_another() {
        const N: usize = 3;
        const DRAWS: usize = 20_000;
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (mut means, mut squares, mut fourths) = ([0.0; N * N], [0.0; N * N], [0.0; N * N]);
        let (mut determinants, mut traces) = (0.0, 0.0);
        for _ in 0..DRAWS {
            let q = orthonormal(N, N, &mut rng);
            for (i, q) in q.iter().enumerate() {
                means[i] += q / DRAWS as f64;
                squares[i] += q * q / DRAWS as f64;
                fourths[i] += q.powi(4) / DRAWS as f64;
            }
            let minor = |a: usize, b: usize| q[3 + a] * q[6 + b] - q[3 + b] * q[6 + a];
            let determinant = q[0] * minor(1, 2) - q[1] * minor(0, 2) + q[2] * minor(0, 1);
            determinants += determinant / DRAWS as f64;
            traces += (q[0] + q[4] + q[8]).powi(2) / DRAWS as f64;
        }
        // Moments of a coordinate on the sphere: 0, 1/n, 3/(n (n + 2)), 15/(n (n + 2) (n + 4)) and
        // 105/(n (n + 2) (n + 4) (n + 6)); five deviations of the estimates.
        let (second, fourth, eighth) = (1.0 / 3.0, 0.2, 1.0 / 9.0);
        let allowed = |variance: f64| 5.0 * (variance / DRAWS as f64).sqrt();
        for i in 0..N * N {
            assert!(means[i].abs() < allowed(second), "{i}: {}", means[i]);
            let of_square = allowed(fourth - second * second);
            assert!((squares[i] - second).abs() < of_square, "{i}: {}", squares[i]);
            let of_fourth = allowed(eighth - fourth * fourth);
            assert!((fourths[i] - fourth).abs() < of_fourth, "{i}: {}", fourths[i]);
        }
        assert!(determinants.abs() < allowed(1.0), "{determinants}");
        // The trace's square has mean 1 (Diaconis and Shahshahani, 1994) and is 9 at most.
        assert!((traces - 1.0).abs() < allowed(8.0), "{traces}");
    }

    #[test]
    fn a_gain_that_is_no_number_is_an_error() {
        for gain in [f64::NAN, f64::INFINITY] {
            assert!(Orthogonal::new().gain(gain).is_err(), "{gain}");
        }
        assert!(Orthogonal::new().nonlinearity(Nonlinearity::LeakyRelu(f64::NAN)).is_err());
        assert!(Orthogonal::new().gain(-1.0).is_ok());
    }
}
