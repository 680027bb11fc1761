//! FTRL: follow the regularized leader, for sparse linear models.

use neuropil_simd::{Float, Lanes};

use crate::{Optimizer, OptimizerError, Rule, Step, error::non_negative, sweep};

/// Follow the regularized leader (proximal): the weights that would have been best against all gradients
/// so far, with penalties L1 and L2 that count from the first step on. L1 makes true zeros.
///
/// With n beginning at the initial accumulator, z at 0:
///
/// σ = (√(n + g²) − √n) / rate
/// z += g − σ w,  n += g²
/// w = 0 where |z| ≤ l1, else −(z − sign(z) l1) / ((β + √n) / rate + 2 l2)
///
/// Made for models whose weights begin at zero: the first step forgets where a weight began, all of it
/// where it has no gradient. Take another optimizer for the hidden layers of a network.
///
/// Defaults: an initial accumulator of 0.1, β = 0, l1 = l2 = 0, and a rate of 10⁻³, as in Keras. A rate of
/// 0 leaves all as it is.
///
/// Source: McMahan et al., "Ad Click Prediction: a View from the Trenches" (2013), algorithm 1, whose λ₂ is
/// 2 l2 here. Equals Keras's `Ftrl`; PyTorch has no such optimizer.
///
/// ```
/// use neuropil_optimizers::{Ftrl, Optimizer, Step};
///
/// let ftrl = Ftrl::new().l1(1.0)?;
/// let (mut w, mut n, mut z) = ([0.0_f64; 2], [0.0; 2], [0.0; 2]);
/// let at = Step { rate: 0.5, count: 1, shape: &[2] };
/// ftrl.step(at, &mut w, &[0.9, -3.0], &mut [&mut n, &mut z]);
/// assert_eq!(w[0], 0.0); // too small a gradient to leave zero
/// assert!((w[1] - 2.0 * 0.5 / 9.1_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), neuropil_optimizers::OptimizerError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ftrl {
    initial: f64,
    beta: f64,
    l1: f64,
    l2: f64,
}

impl Ftrl {
    /// An initial accumulator of 0.1, β = 0, no penalties.
    #[must_use]
    pub const fn new() -> Self {
        Self { initial: 0.1, beta: 0.0, l1: 0.0, l2: 0.0 }
    }

    /// What the sum of squares begins with: above 0 it shortens the first steps.
    ///
    /// # Errors
    /// [`OptimizerError`] if `initial` is NaN, infinite or negative.
    pub fn initial_accumulator(self, initial: f64) -> Result<Self, OptimizerError> {
        let initial = non_negative("Ftrl", "initial_accumulator", initial)?;
        Ok(Self { initial, ..self })
    }

    /// What is added to the root of the sum of squares.
    ///
    /// # Errors
    /// [`OptimizerError`] if `beta` is NaN, infinite or negative.
    pub fn beta(self, beta: f64) -> Result<Self, OptimizerError> {
        let beta = non_negative("Ftrl", "beta", beta)?;
        Ok(Self { beta, ..self })
    }

    /// The penalty l1 · Σ|w|.
    ///
    /// # Errors
    /// [`OptimizerError`] if `l1` is NaN, infinite or negative.
    pub fn l1(self, l1: f64) -> Result<Self, OptimizerError> {
        let l1 = non_negative("Ftrl", "l1", l1)?;
        Ok(Self { l1, ..self })
    }

    /// The penalty l2 · Σw².
    ///
    /// # Errors
    /// [`OptimizerError`] if `l2` is NaN, infinite or negative.
    pub fn l2(self, l2: f64) -> Result<Self, OptimizerError> {
        let l2 = non_negative("Ftrl", "l2", l2)?;
        Ok(Self { l2, ..self })
    }
}

impl Default for Ftrl {
    fn default() -> Self {
        Self::new()
    }
}

impl Optimizer for Ftrl {
    fn name(&self) -> &'static str {
        "Ftrl"
    }

    fn default_rate(&self) -> f64 {
        1e-3
    }

    fn slot_names(&self) -> &'static [&'static str] {
        &["accumulator", "linear"]
    }

    fn without_decay(&self) -> Self {
        Self { l1: 0.0, l2: 0.0, ..*self }
    }

    fn step<T: Float>(&self, at: Step<'_>, w: &mut [T], dw: &[T], state: &mut [&mut [T]]) {
        assert!(at.count > 0, "the first step's count is 1, but count is 0");
        // The quotients have no value there, and a step of no length is none.
        let rate = if at.rate == 0.0 { None } else { Some(at.rate) };
        sweep(Update { rate, of: *self }, w, dw, state);
    }
}

/// What all weights of a step have in common.
struct Update {
    rate: Option<f64>,
    of: Ftrl,
}

impl Rule<2> for Update {
    #[inline(always)]
    fn update<T: Float, V: Lanes<T>>(&self, w: V, dw: V, [n, z]: &mut [V; 2]) -> V {
        let Some(rate) = self.rate else { return w };
        let (zero, rate, l1) = (V::of(0.0), V::of(rate), V::of(self.of.l1));
        // A sum that has not begun begins with the first gradient.
        let begins = n.eq(zero) & !dw.eq(zero);
        let before = V::select(begins, V::of(self.of.initial), *n);
        *n = dw.mul_add(dw, before);
        let root = n.sqrt();
        let sigma = (root - before.sqrt()) / rate;
        *z = *z + (dw - sigma * w);
        let curvature = (root + V::of(self.of.beta)) / rate + V::of(2.0 * self.of.l2);
        let excess = *z - l1.copysign(*z);
        V::select(z.abs().le(l1), zero, zero - excess / curvature)
    }
}
