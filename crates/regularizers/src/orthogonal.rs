//! The penalty that keeps units apart.

use crate::{Regularizer, RegularizerError, Units};
use neuropil_simd::reduce::within;
use neuropil_simd::{Float, Kernel, Lanes, dispatch};

/// The orthogonality penalty: it draws the weight vectors of units towards length 1 and right angles.
///
/// penalty = λ · ‖W Wᵀ − I‖² or λ · ‖Wᵀ W − I‖², whichever matrix is the smaller, in the Frobenius norm;
/// the gradient of both is 4λ (W Wᵀ − I) W = 4λ W (Wᵀ W − I)
///
/// where the rows of W are the units of a weight (see [`Units`]), or its columns: the penalty does not
/// depend on which, since the two norms differ by a constant. With the smaller matrix it is 0 where the
/// shorter side is orthonormal. Without units the whole slice is one vector.
///
/// The products are in T, and summed in `f64`.
///
/// Source: Brock et al., "Neural Photo Editing with Introspective Adversarial Networks" (2017); Bansal,
/// Chen and Wang, "Can We Gain More from Orthogonality Regularizations in Training Deep CNNs?" (2018),
/// section 3.1. Keras's `OrthogonalRegularizer` is another formula, of cosines.
///
/// ```
/// use neuropil_regularizers::{Orthogonal, Regularizer, Units};
///
/// let orthogonal = Orthogonal::new(0.5)?;
/// let units = Units::rows(2, 3);
/// assert_eq!(orthogonal.penalty_of_units(units, &[0.0_f32, 1.0, 0.0, 0.0, 0.0, -1.0]), 0.0);
/// let w = [1.0_f32, 0.0, 0.0, 1.0, 1.0, 0.0];
/// assert_eq!(orthogonal.penalty_of_units(units, &w), 1.5); // 0.5 · (0 + 1 + 1 + 1)
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orthogonal {
    lambda: f64,
}

impl Orthogonal {
    /// The penalty of this strength.
    ///
    /// # Errors
    /// [`RegularizerError`] if `lambda` is NaN, infinite or negative.
    pub fn new(lambda: f64) -> Result<Self, RegularizerError> {
        Ok(Self { lambda: RegularizerError::strength("Orthogonal", "lambda", lambda)? })
    }

    /// λ.
    #[must_use]
    pub const fn lambda(&self) -> f64 {
        self.lambda
    }
}

impl Regularizer for Orthogonal {
    fn name(&self) -> String {
        format!("Orthogonal({})", self.lambda)
    }

    fn penalty<T: Float>(&self, w: &[T]) -> f64 {
        self.penalty_of_units(Units::whole(w.len()), w)
    }

    fn backward<T: Float>(&self, w: &[T], dw: &mut [T]) {
        self.backward_of_units(Units::whole(w.len()), w, dw);
    }

    fn penalty_of_units<T: Float>(&self, units: Units, w: &[T]) -> f64 {
        units.check(w.len());
        self.lambda
            * match Side::of(units) {
                Side::Rows => dispatch(Rows { units, slope: T::ZERO, w, dw: None }),
                Side::Columns(width) => dispatch(Columns { width, slope: T::ZERO, w, dw: None }),
            }
    }

    fn backward_of_units<T: Float>(&self, units: Units, w: &[T], dw: &mut [T]) {
        assert!(dw.len() == w.len(), "dw has {} numbers, but w has {}", dw.len(), w.len());
        units.check(w.len());
        let slope = T::of(4.0 * self.lambda);
        match Side::of(units) {
            Side::Rows => dispatch(Rows { units, slope, w, dw: Some(dw) }),
            Side::Columns(width) => dispatch(Columns { width, slope, w, dw: Some(dw) }),
        };
    }
}

/// The vectors whose products are taken: the shorter side of the matrix.
enum Side {
    /// Those of units, which lie in `outer` pieces.
    Rows,
    /// The columns of a matrix of this width, which stands as it is.
    Columns(usize),
}

impl Side {
    fn of(Units { outer, count, inner }: Units) -> Self {
        match (outer, inner) {
            (1, _) if count > inner => Self::Columns(inner),
            (_, 1) if outer > 1 && count <= outer => Self::Columns(count),
            _ => Self::Rows,
        }
    }

    /// The units whose products are taken by [`Rows`]: of a matrix of columns that is wider than high,
    /// its rows.
    fn rows(units: Units) -> Units {
        match units {
            Units { outer, count, inner: 1 } if count > outer => Units::rows(outer, count),
            _ => units,
        }
    }
}

/// Σ (w_u · w_v − δ_uv)², and dw_u += slope (w_u · w_v − δ_uv) w_v.
struct Rows<'a, T> {
    units: Units,
    slope: T,
    w: &'a [T],
    dw: Option<&'a mut [T]>,
}

impl<T: Float> Kernel<T> for Rows<'_, T> {
    type Out = f64;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> f64 {
        let Self { units, slope, w, mut dw } = self;
        let Units { outer, count, inner } = Side::rows(units);
        let piece = |o: usize, u: usize| {
            let start = (o * count + u) * inner;
            start..start + inner
        };
        let mut total = 0.0;
        for u in 0..count {
            for v in 0..count {
                let mut product = if u == v { T::ZERO - T::ONE } else { T::ZERO };
                for o in 0..outer {
                    product += within::dot::<T, V>(&w[piece(o, u)], &w[piece(o, v)]);
                }
                total += product.to_f64() * product.to_f64();
                if let Some(dw) = dw.as_deref_mut() {
                    let factor = slope * product;
                    for o in 0..outer {
                        let (w, dw) = (&w[piece(o, v)], &mut dw[piece(o, u)]);
                        for (&w, dw) in w.iter().zip(dw) {
                            *dw += factor * w;
                        }
                    }
                }
            }
        }
        total
    }
}

/// Columns that are multiplied at once.
const BLOCK: usize = 16;

/// The same of the columns of a matrix: Σ (w_k · w_l − δ_kl)², and dw_l += slope (w_k · w_l − δ_kl) w_k.
struct Columns<'a, T> {
    width: usize,
    slope: T,
    w: &'a [T],
    dw: Option<&'a mut [T]>,
}

impl<T: Float> Kernel<T> for Columns<'_, T> {
    type Out = f64;

    #[inline(always)]
    fn run<V: Lanes<T>>(self) -> f64 {
        let Self { width, slope, w, mut dw } = self;
        let mut total = 0.0;
        for first in (0..width).step_by(BLOCK) {
            let block = BLOCK.min(width - first);
            for k in 0..width {
                // The products of column k with those of the block, which stand side by side.
                let mut products = [T::ZERO; BLOCK];
                for row in w.chunks_exact(width) {
                    for (product, &w) in products.iter_mut().zip(&row[first..first + block]) {
                        *product += row[k] * w;
                    }
                }
                if (first..first + block).contains(&k) {
                    products[k - first] -= T::ONE;
                }
                let squares = products[..block].iter().map(|x| x.to_f64() * x.to_f64());
                total += squares.sum::<f64>();
                let Some(dw) = dw.as_deref_mut() else { continue };
                let factors = products.map(|product| slope * product);
                for (row, dw) in w.chunks_exact(width).zip(dw.chunks_exact_mut(width)) {
                    for (dw, &factor) in dw[first..first + block].iter_mut().zip(&factors) {
                        *dw += factor * row[k];
                    }
                }
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use crate::{Orthogonal, Regularizer, Units};

    /// The definition, by the Gram matrix of the shorter side.
    fn slow(units: Units, w: &[f64]) -> f64 {
        let rows: Vec<Vec<f64>> = (0..units.count).map(|u| units.of(u, w).collect()).collect();
        let columns: Vec<Vec<f64>> =
            (0..units.width()).map(|i| rows.iter().map(|row| row[i]).collect()).collect();
        let is_matrix = units.outer == 1 || units.inner == 1;
        let vectors = if rows.len() <= columns.len() || !is_matrix { rows } else { columns };
        let mut total = 0.0;
        for (i, a) in vectors.iter().enumerate() {
            for (j, b) in vectors.iter().enumerate() {
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                total += (product - f64::from(u8::from(i == j))).powi(2);
            }
        }
        total
    }

    #[test]
    fn every_layout_has_its_penalty_and_slope() -> Result<(), crate::RegularizerError> {
        let orthogonal = Orthogonal::new(0.25)?;
        for (outer, count, inner) in [
            (1, 1, 1),
            (1, 3, 5),
            (1, 5, 3),
            (5, 3, 1),
            (3, 5, 1),
            (2, 3, 4),
            (1, 40, 18),
            (1, 18, 40),
            (40, 18, 1),
            (18, 40, 1),
        ] {
            let units = Units { outer, count, inner };
            let mut w: Vec<f64> =
                (0..units.len()).map(|i| ((i * 29 % 47) as f64 - 23.0) / 32.0).collect();
            let (found, expected) =
                (orthogonal.penalty_of_units(units, &w), 0.25 * slow(units, &w));
            assert!((found - expected).abs() < 1e-12 * (1.0 + expected), "{units:?}");
            let mut dw = vec![1.0; w.len()];
            orthogonal.backward_of_units(units, &w, &mut dw);
            for i in (0..w.len()).step_by(7) {
                let at = w[i];
                let mut moved = |by: f64| {
                    w[i] = at + by;
                    orthogonal.penalty_of_units(units, &w)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                w[i] = at;
                assert!((dw[i] - 1.0 - slope).abs() < 1e-6 * (1.0 + slope.abs()), "{units:?}: {i}");
            }
        }
        Ok(())
    }
}
