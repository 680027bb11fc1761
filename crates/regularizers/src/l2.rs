//! The square penalty.

use neuropil_simd::{Float, Kernel, Lanes, dispatch, reduce::sum_of_squares};

use crate::shrink::soft_threshold;
use crate::{Proximal, Regularizer, RegularizerError, Units};

/// The L2 penalty, which draws all weights towards zero in proportion to their size:
///
/// penalty = λ/2 · Σw², with the gradient λw
///
/// With plain gradient descent it is weight decay: one step gives w (1 − rate λ) − rate dLoss/dw.
/// λ counts once per objective: with a mean loss it doesn't depend on the batch size.
///
/// As a [`Proximal`] step it is w / (1 + rate λ).
///
/// The sum is in T and in the canonical order of `neuropil_simd::reduce`.
///
/// Source: Krogh and Hertz, "A Simple Weight Decay Can Improve Generalization" (1991). Equals
/// `weight_decay` of PyTorch's `torch.optim.SGD`; Keras's `L2(l2)` has no half: λ = 2 · l2.
///
/// ```
/// use neuropil_regularizers::{L2, Regularizer};
///
/// let (lambda, rate) = (0.5, 0.25);
/// let (w, loss_gradient) = ([4.0_f32, -2.0], [1.0, 8.0]);
/// let l2 = L2::new(lambda)?;
/// assert_eq!(l2.penalty(&w), 5.0); // 0.5/2 · (16 + 4)
///
/// let mut dw = loss_gradient;
/// l2.backward(&w, &mut dw);
/// for i in 0..2 {
///     let stepped = w[i] - rate * dw[i];
///     assert_eq!(stepped, w[i] * (1.0 - rate * 0.5) - rate * loss_gradient[i]);
/// }
/// # Ok::<(), neuropil_regularizers::RegularizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    lambda: f64,
}

impl L2 {
    /// The penalty of this strength.
    ///
    /// # Errors
    /// [`RegularizerError`] if `lambda` is NaN, infinite or negative.
    pub fn new(lambda: f64) -> Result<Self, RegularizerError> {
        Ok(Self { lambda: RegularizerError::strength("L2", "lambda", lambda)? })
    }

    /// λ.
    #[must_use]
    pub const fn lambda(&self) -> f64 {
        self.lambda
    }
}

impl Regularizer for L2 {
    fn name(&self) -> String {
        format!("L2({})", self.lambda)
    }

    fn penalty<T: Float>(&self, w: &[T]) -> f64 {
        self.lambda / 2.0 * sum_of_squares(w).to_f64()
    }

    fn backward<T: Float>(&self, w: &[T], dw: &mut [T]) {
        assert!(dw.len() == w.len(), "dw has {} numbers, but w has {}", dw.len(), w.len());
        dispatch(Backward { lambda: T::of(self.lambda), w, dw });
    }
}

impl Proximal for L2 {
    fn shrink<T: Float>(&self, _units: Units, rate: f64, w: &mut [T]) {
        soft_threshold(0.0, 1.0 / (1.0 + rate * self.lambda), w);
    }
}

/// dw += lambda w
struct Backward<'a, T> {
    lambda: T,
    w: &'a [T],
    dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Out = ();

    #[inline(always)]
    fn run<V: Lanes<T>>(self) {
        let lambda = V::splat(self.lambda);
        let mut w = self.w.chunks_exact(V::LEN);
        let mut dw = self.dw.chunks_exact_mut(V::LEN);
        for (w, dw) in (&mut w).zip(&mut dw) {
            lambda.mul_add(V::load(w), V::load(dw)).store(dw);
        }
        let (w, dw) = (w.remainder(), dw.into_remainder());
        lambda.mul_add(V::load_partial(w), V::load_partial(dw)).store_partial(dw);
    }
}
